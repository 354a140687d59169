import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.ts';

const STAGES = ['wallet-core', 'ingest', 'rules', 'models', 'alerts', 'dashboards'];
/** What production code of a room may import besides itself. Test files and `testing` folders may reach for any door. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  platform: ['core'],
  ...Object.fromEntries(STAGES.map((stage) => [stage, ['core', 'platform']])),
  app: ['core', 'platform', ...STAGES],
  test: ['core', 'platform', 'app', ...STAGES],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = sourceFiles('.ts', '.tsx').filter((file) => /^[a-z-]+\//.test(file.path));
const isTest = (path: string): boolean => /\.test\.tsx?$|\/testing(\/|\.ts)|\/contract\.ts$|^test\//.test(path);

function importsOf(file: { path: string; text: string }): Import[] {
  const specifiers = file.text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'\s*\)/g,
  );
  return [...specifiers].map((match) => ({
    from: file.path,
    to: posix.join(posix.dirname(file.path), match[1] ?? match[2] ?? ''),
  }));
}

const imports = files.filter((file) => !isTest(file.path)).flatMap(importsOf);
const room = (path: string): string => path.split('/')[0] ?? '';

const isDoor = (to: string): boolean => to.endsWith('/index.ts') || /^platform\/(adapter|[a-z-]+\/port)\.ts$/.test(to);
const folder = (path: string): string => path.split('/').slice(0, 2).join('/');

describe('imports', () => {
  it('go one way between rooms', () => {
    const wrong = imports.filter(
      ({ from, to }) => room(from) !== room(to) && MAY_IMPORT[room(from)]?.includes(room(to)) !== true,
    );
    expect(wrong).toEqual([]);
  });

  it('enter a room by its door', () => {
    const wrong = imports.filter(({ from, to }) => room(from) !== room(to) && /\.tsx?$/.test(to) && !isDoor(to));
    expect(wrong).toEqual([]);
  });

  it('have no cycle among the folders of wallet-core', () => {
    const edges = new Map<string, Set<string>>();
    for (const { from, to } of imports) {
      if (room(from) === 'wallet-core' && room(to) === 'wallet-core' && folder(from) !== folder(to)) {
        edges.set(folder(from), (edges.get(folder(from)) ?? new Set()).add(folder(to)));
      }
    }
    const reaches = (start: string, goal: string, seen = new Set<string>()): boolean =>
      [...(edges.get(start) ?? [])].some((next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))));
    expect([...edges.keys()].filter((name) => reaches(name, name))).toEqual([]);
  });

  it('sees the imports it checks', () => {
    expect(imports.length).toBeGreaterThan(50);
  });
});
