// `npm run bench`: figures of this machine; `-- --only NAME --json` for scripts.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, node24, root, toolEnvironment } from './ensure-installed.mjs';

ensureInstalled({ pages: false });
const main = join(root, 'test', 'bench', 'main.ts');
const child = spawn(node24, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: toolEnvironment(),
});
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
