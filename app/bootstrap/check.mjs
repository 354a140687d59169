// `npm run check`: types, lint with types, format, dead code, and the tests that keep the house tidy. All run; all failures show.
import { spawnSync } from 'node:child_process';
import { ensureInstalled, root, toolEnvironment } from './ensure-installed.mjs';

ensureInstalled({ pages: false });
const steps = [
  ['types', 'tsc', ['-p', '.']],
  ['types of the pages', 'tsc', ['-p', 'dashboards/tsconfig.json']],
  ['lint', 'oxlint', ['--type-aware']],
  ['format', 'oxfmt', ['--check', '.']],
  ['dead code', 'knip', []],
  ['tidy and boundaries', 'vitest', ['run', 'test/tidy']],
];
const failed = [];
for (const [name, command, args] of steps) {
  const begun = performance.now();
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', env: toolEnvironment() });
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  process.stdout.write(`${result.status === 0 ? 'ok  ' : 'FAIL'} ${String(name)} (${seconds} s)\n`);
  if (result.status === 0) continue;
  failed.push(name);
  process.stdout.write(`${result.stdout}${result.stderr}\n`);
}
if (failed.length > 0) {
  process.stdout.write(`check failed: ${failed.join(', ')}\n`);
  process.exit(1);
}
