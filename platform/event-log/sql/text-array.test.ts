import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../sql/testing.ts';
import { textArray } from './text-array.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase([]);
});
afterAll(() => database.drop());

test('any texts arrive in PostgreSQL as they are', async () => {
  const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\u0000') && text.isWellFormed());
  const awkward = fc.constantFrom('', 'NULL', '{"a":"b\\"c"}', '{}', ' , ', '\u{1f600}', '"\\');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(storable, awkward), { minLength: 1, maxLength: 20 }), async (texts) => {
      const rows = await database.sql.query<{ text: string }>(
        'select t.text from unnest($1::text[]) with ordinality as t (text, place) order by place',
        [textArray(texts)],
      );
      expect(rows.map((row) => row.text)).toEqual(texts);
    }),
    { numRuns: 50 },
  );
});
