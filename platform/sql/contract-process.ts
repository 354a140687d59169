import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ContractServer {
  readonly url: string;
  /** Process id of PostgreSQL. */
  readonly postmaster: number;
  readonly child: ChildProcess;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** SIGKILL, and PostgreSQL lives on without its parent. */
  kill(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./contract-server.ts', import.meta.url));

/** Runs `contract-server.ts` and waits until its PostgreSQL takes connections; rejects with what it said on its error output. */
export async function startContractServer(
  folder: string,
  user: { readonly uid?: number; readonly gid?: number } = {},
): Promise<ContractServer> {
  const child = spawn(process.execPath, [SCRIPT, folder], { stdio: ['pipe', 'pipe', 'pipe'], ...user });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(String(chunk)));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('close', () => reject(new Error(said.join(''))));
  });
  return {
    ...(JSON.parse(line) as { url: string; postmaster: number }),
    child,
    async stop() {
      child.stdin.end();
      await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
