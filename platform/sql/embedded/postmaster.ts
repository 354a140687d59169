import { createServer } from 'node:net';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutsideError, SECOND_MS } from '../../../core/index.ts';
import { corrupt, type Place, type Program, runOn } from './cluster.ts';
import { isAlive, isPostmasterOf } from '../../process/index.ts';

const POLL_MS = 15;
/** Replaying the write-ahead log after a crash: at most `max_wal_size` (1 GB), which a slow disk reads in a minute or two. */
const START_MS_MAX = 180 * SECOND_MS;
/** A fast shutdown writes one checkpoint of at most `shared_buffers`; after this it is cut short, and the log replayed at the next start. */
const STOP_MS_MAX = 20 * SECOND_MS;
/** Starts that failed because another program took the port in between. */
const PORT_TRIES_MAX = 5;

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** `postmaster.pid`: lines 1, 4 and 8 are pid, port and status (src/include/utils/pidfile.h). */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' } : null;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function waitUntilGone(pid: number, milliseconds: number): Promise<boolean> {
  for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(POLL_MS))
    if (!isAlive(pid)) return true;
  return !isAlive(pid);
}

/** Stops a server whose parent was killed. A process that is no server of this folder is left alone. */
export async function stopOrphan(cluster: string): Promise<boolean> {
  const file = await readPostmasterFile(cluster);
  if (file === null || !isAlive(file.pid)) return false;
  if (!(await isPostmasterOf(file.pid, cluster))) {
    // The number was given to a stranger since, and PostgreSQL would take that one for a server and refuse to start.
    await rm(join(cluster, 'postmaster.pid'));
    return false;
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(file.pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
    if (await waitUntilGone(file.pid, STOP_MS_MAX)) return true;
  }
  throw new OutsideError('data_in_use', `PostgreSQL (pid ${file.pid}) still works in ${cluster} and cannot be stopped`, {
    retryable: true,
  });
}

const CORRUPT =
  /control file|checkpoint record|invalid page|checksum|database files are incompatible|could not open (?:file|directory) "(?:global|base|pg_)|PANIC|invalid (?:contents|data) in/i;
const PORT_TAKEN = /could not bind|could not create any TCP/i;
const IN_USE = /lock file ".*" already exists|shared memory block .* is still in use/i;

function explain(cluster: string, tail: readonly string[]): OutsideError {
  const said = tail.join('\n');
  const line = tail.find((candidate) => CORRUPT.test(candidate));
  if (IN_USE.test(said))
    return new OutsideError('data_in_use', `another PostgreSQL works in ${cluster}: stop it first (${said})`, {
      retryable: true,
    });
  if (line !== undefined) return corrupt(cluster, line, new Error(said));
  return new OutsideError('sql_start_failed', `PostgreSQL did not start in ${cluster}: ${said || 'it said nothing'}`, {
    retryable: false,
  });
}

async function waitUntilReady(cluster: string, program: Program): Promise<PostmasterFile | 'ended'> {
  let ended = false;
  program.exit.then(
    () => (ended = true),
    () => (ended = true),
  );
  for (const end = performance.now() + START_MS_MAX; performance.now() < end; await sleep(POLL_MS)) {
    if (ended) return 'ended';
    const file = await readPostmasterFile(cluster);
    if (file?.ready && file.pid === program.child.pid) return file;
  }
  program.child.kill('SIGQUIT');
  return 'ended';
}

export interface Postmaster {
  readonly port: number;
  readonly pid: number;
  readonly exit: Promise<number | NodeJS.Signals>;
  stop(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1 and waits until it takes connections. Throws OutsideError. */
export async function startPostmaster(
  place: Place,
  cluster: string,
  settings: Readonly<Record<string, string>>,
): Promise<Postmaster> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const program = await runOn(place, 'postgres', cluster, (data) => ['-D', data, ...flags]);
    const file = await waitUntilReady(cluster, program);
    if (file !== 'ended') {
      return {
        port: file.port,
        pid: file.pid,
        exit: program.exit,
        async stop() {
          for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
            if (program.child.exitCode !== null || program.child.signalCode !== null) break;
            program.child.kill(signal);
            await Promise.race([program.exit, sleep(STOP_MS_MAX, undefined, { ref: false })]);
          }
        },
      };
    }
    if (tries === PORT_TRIES_MAX || !program.tail.some((line) => PORT_TAKEN.test(line))) throw explain(cluster, program.tail);
  }
}
