import { expect, it } from 'vitest';
import { OutsideError } from '../../core/index.ts';
import { createLogger } from './logger.ts';

function logged(fields: Record<string, unknown>): string {
  const lines: string[] = [];
  createLogger('info', { write: (line) => void lines.push(line) }).error(fields, 'something happened');
  return lines.join('');
}

it('writes no password, code, token or address, wherever it stands in what is logged', () => {
  const secret = 'hunter2-123456';
  for (const name of ['password', 'code', 'secret', 'token', 'authorization', 'cookie', 'passphrase', 'email']) {
    for (const fields of [{ [name]: secret }, { body: { [name]: secret } }, { request: { headers: { [name]: secret } } }]) {
      expect(logged(fields)).toContain('[redacted]');
      expect(logged(fields)).not.toContain(secret);
    }
  }
});

it('says which error it was, and not which row', () => {
  const outside = new OutsideError('sql_disk_full', 'the disk of the server is full', { retryable: true });
  expect(JSON.parse(logged({ err: outside }))).toMatchObject({ err: { code: 'sql_disk_full' } });
  const violated = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(ana@example.com)' });
  expect(logged({ err: violated })).toContain('23505');
  expect(logged({ err: violated })).not.toContain('ana@example.com');
});
