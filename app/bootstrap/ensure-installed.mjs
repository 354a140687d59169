// Plain JavaScript that any Node >= 20 runs: it brings the dependencies, Node 24 among them, before anything else is imported.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'bulwark');
export const node24 = join(root, 'node_modules', '.bin', 'node');

/**
 * Environment in which `node`, `vitest` and the others are the ones of this checkout. onnxruntime-node's install script would
 * otherwise fetch a CUDA runtime that nobody here uses (npm 11 does not run it; npm 10 does).
 */
export function toolEnvironment() {
  return {
    ...process.env,
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
  };
}

function digest(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function stampIs(name, value) {
  const file = join(cache, name);
  return existsSync(file) && readFileSync(file, 'utf8') === value;
}

function stamp(name, value) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, name), value);
}

function run(command, args, what) {
  // Installers and bundlers talk to stderr, so that `--json` commands keep stdout to themselves.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env: toolEnvironment() });
  if (result.status === 0) return;
  process.stderr.write(`bulwark: ${what} failed (${command} ${args.join(' ')}); the lines above say why.\n`);
  process.exit(result.status ?? 1);
}

function ensureDependencies() {
  const wanted = digest('package.json', 'package-lock.json');
  if (existsSync(node24) && stampIs('install', wanted)) return;
  process.stderr.write('bulwark: installing dependencies (once; a few minutes on a cold cache) ...\n');
  // `npm ci` refuses lock files that lack another platform's optional packages; `install --no-save` honours the lock and does not.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], 'installing dependencies');
  if (!existsSync(node24)) {
    process.stderr.write(
      `bulwark: no Node 24 was installed for ${process.platform}-${process.arch}. Install Node 24 yourself and run: node app/cli/main.ts\n`,
    );
    if (Number(process.versions.node.split('.')[0]) < 24) process.exit(1);
  }
  stamp('install', wanted);
}

function filesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/dist'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .toSorted();
}

function ensurePages() {
  const config = 'dashboards/vite.config.ts';
  if (!existsSync(join(root, config))) return;
  const sources = ['console', 'wallet', 'ui-kit'].flatMap((page) => filesUnder(`dashboards/${page}`));
  const wanted = digest('package-lock.json', ...sources, config);
  if (existsSync(join(root, 'dashboards', 'dist')) && stampIs('pages', wanted)) return;
  process.stderr.write('bulwark: building the pages ...\n');
  run('vite', ['build', '--config', config, '--logLevel', 'warn'], 'building the pages');
  stamp('pages', wanted);
}

/** Everything a fresh clone lacks: dependencies with Node 24, and the built pages. Quick when nothing changed. */
export function ensureInstalled({ pages = true } = {}) {
  ensureDependencies();
  if (pages) ensurePages();
}
