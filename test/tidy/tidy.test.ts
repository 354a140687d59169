import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from './source-files.ts';

const code = sourceFiles('.ts', '.tsx', '.mjs');
const offenders = (test: (file: { path: string; text: string }) => boolean): string[] =>
  code.filter(test).map((file) => file.path);

describe('the house is tidy', () => {
  it('has no file over 400 lines', () => {
    expect(offenders((file) => file.text.split('\n').length > 401)).toEqual([]);
  });

  it('names files in kebab-case, and no folder utils, common or misc', () => {
    expect(offenders((file) => !/^[a-z0-9.-]+$/.test(file.path.split('/').at(-1) ?? ''))).toEqual([]);
    expect(offenders((file) => /(^|\/)(utils?|common|misc|helpers?)\//.test(file.path))).toEqual([]);
  });

  it('leaves nothing for later in a comment', () => {
    const later = new RegExp(['TO', 'DO|FIX', 'ME|X', 'XX'].join(''));
    expect(offenders((file) => later.test(file.text))).toEqual([]);
  });

  it('reads the environment in app/config alone', () => {
    const allowed = /^(app\/config\/|app\/cli\/|app\/bootstrap\/|test\/|vitest\.config\.ts|.*\.test\.ts$)/;
    expect(offenders((file) => file.text.includes('process.env') && !allowed.test(file.path))).toEqual([]);
  });

  it('gives each room a README and one door', () => {
    const rooms = ['core', 'ingest', 'rules', 'models', 'alerts', 'wallet-core', 'platform', 'app', 'dashboards', 'test'];
    expect(rooms.filter((room) => !existsSync(`${root}${room}/README.md`))).toEqual([]);
    expect(['core', 'ingest', 'rules', 'models', 'alerts'].filter((room) => !existsSync(`${root}${room}/index.ts`))).toEqual([]);
  });

  it('never retries a test nor leaves one exclusive', () => {
    const skipped = /\b(it|describe|test)\.only\(|retry:\s*[1-9]/;
    expect(code.filter((file) => file.path.endsWith('.test.ts') && skipped.test(file.text)).map((file) => file.path)).toEqual([]);
  });
});
