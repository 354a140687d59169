// `npm test`: the whole suite, or what is named behind `--`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, node24, root, toolEnvironment } from './ensure-installed.mjs';

ensureInstalled();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(node24, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env: toolEnvironment() });
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
