import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../app/cli/main.ts', import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BulwarkChild {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when standard output or error holds the text; throws with both when the process ends before. */
  until(text: string): Promise<void>;
  /** Where it listens, once it is ready. */
  ready(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  ended(): Promise<Ended>;
}

export type Settings = Readonly<Record<string, string>>;

/** The command `bulwark` as a process of its own. Nothing of this process's environment but what finds programs goes along. */
export function runBulwark(args: readonly string[], dataDirectory: string, settings: Settings = {}): BulwarkChild {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const base = { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { ...base, BULWARK_DATA: dataDirectory, BULWARK_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  let over: Ended | undefined;
  // `exit`, not `close`: an orphaned engine may hold the pipes open.
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    await sleep(50);
    over = { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
    return over;
  });
  async function until(text: string): Promise<void> {
    while (!stdout.includes(text) && !stderr.includes(text)) {
      if (over !== undefined)
        throw new Error(`bulwark ended (${over.code ?? over.signal}) before "${text}":\n${stdout}\n${stderr}`);
      await sleep(20);
    }
  }
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    until,
    async ready() {
      await until('Bulwark is ready');
      const { publicUrl } = JSON.parse(await readFile(join(dataDirectory, 'running.json'), 'utf8')) as { publicUrl: string };
      return publicUrl;
    },
    kill: (signal) => void child.kill(signal),
    ended: () => ended,
  };
}

/** Runs a command to its end. */
export function runToEnd(args: readonly string[], dataDirectory: string, settings: Settings = {}): Promise<Ended> {
  return runBulwark(args, dataDirectory, settings).ended();
}
