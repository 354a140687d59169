import { expect, it } from 'vitest';
import { checkValues } from './check-values.ts';

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

it.each<[string, unknown, string | undefined]>([
  ['plain values', { a: [1, 'x', null, true, { b: 'y' }] }, undefined],
  ['NUL in a text', { a: [{ b: 'x\0y' }] }, 'text_holds_nul'],
  ['NUL in a name', { a: { 'x\0': 1 } }, 'text_holds_nul'],
  ['bytes, which are no text', Buffer.from('\0'), undefined],
  ['as deep as may be', nested(32), undefined],
  ['one deeper', nested(33), 'nested_too_deep'],
  ['deeper than calls can be', nested(400_000), 'nested_too_deep'],
])('%s', (_name, value, code) => {
  expect(checkValues([value, undefined])?.code).toBe(code);
});
