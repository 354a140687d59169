#!/usr/bin/env node
// The command `bulwark`: makes sure of the install, then hands over to the program on Node 24.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, node24, root, toolEnvironment } from './ensure-installed.mjs';

ensureInstalled();
const args = process.argv.slice(2);
const watch = args.includes('--watch') ? ['--watch', '--watch-preserve-output'] : [];
const program = [...watch, join(root, 'app', 'cli', 'main.ts'), ...args.filter((argument) => argument !== '--watch')];
const child = spawn(existsSync(node24) ? node24 : process.execPath, program, { stdio: 'inherit', env: toolEnvironment() });

// Ctrl-C reaches the child by itself: the terminal signals the whole group. Waiting for it keeps the prompt until it has stopped.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exit(signal === null ? (code ?? 1) : 128 + (signal === 'SIGINT' ? 2 : 15));
});
