import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JournalEntry, openJournal } from './journal.ts';

const key = Buffer.alloc(32, 7);
const entry = (id: string): JournalEntry => ({ kind: 'abandoned', withdrawal_id: id, at: 1 });
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bulwark-journal-'));
  file = join(directory, 'journal.jsonl');
  const journal = openJournal(file, key);
  for (const id of ['a', 'b', 'c']) journal.append(entry(id));
  journal.close();
});
afterEach(() => rmSync(directory, { recursive: true }));

function idsIn(): string[] {
  const journal = openJournal(file, key);
  journal.close();
  return journal.entries.map((each) => each.withdrawal_id);
}

test('remembers in order, and goes on after a half-written last line', () => {
  expect(idsIn()).toEqual(['a', 'b', 'c']);
  appendFileSync(file, '{"entry":{"kind":"aband');
  const journal = openJournal(file, key);
  journal.append(entry('d'));
  journal.close();
  expect(idsIn()).toEqual(['a', 'b', 'c', 'd']);
});

test('an edited, removed, swapped or foreign line stops the signer', () => {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const [first = '', second = '', third = ''] = lines;
  const forged = openJournal(join(directory, 'other.jsonl'), Buffer.alloc(32, 8));
  forged.append(entry('x'));
  forged.close();
  const foreign = readFileSync(join(directory, 'other.jsonl'), 'utf8').trim();
  for (const text of [
    [first.replace('"a"', '"z"'), second, third],
    [first, third],
    [second, first, third],
    [first, second, foreign],
    [first, 'not json', third],
  ]) {
    writeFileSync(file, `${text.join('\n')}\n`);
    expect(idsIn).toThrow(expect.objectContaining({ code: 'signer_journal_corrupt' }));
  }
});
