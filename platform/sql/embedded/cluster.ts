import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { basename, dirname, join } from 'node:path';
import { platform } from 'node:os';
import { OutsideError } from '../../../core/index.ts';
import type { Binaries } from './binaries.ts';
import { canReach, type UnixUser } from './unprivileged-user.ts';

/** Major version of the binaries: PostgreSQL reads only data of its own major version. */
export const MAJOR_VERSION = '18';
export const SUPERUSER = 'bulwark';

/** Lines kept of what the server said, for the message when it does not start. */
const TAIL_LINES = 40;

export interface Program {
  readonly child: ChildProcess;
  /** What it said, newest last, at most `TAIL_LINES`. */
  readonly tail: string[];
  readonly exit: Promise<number | NodeJS.Signals>;
}

export interface Place {
  readonly binaries: Binaries;
  readonly user: UnixUser | null;
  /** Told what the server writes; what initdb says is kept for its error message only. */
  readonly onLog: (line: string) => void;
}

/**
 * Runs a program of PostgreSQL on the data folder. Where folders above it are closed to the unprivileged user, the folder is
 * handed over as an open file: `/proc/self/fd/3` leads into it without walking down from the root, and no permission of a
 * folder that is not ours needs to change.
 */
export async function runOn(
  place: Place,
  program: keyof Binaries,
  cluster: string,
  toArguments: (data: string) => string[],
  input: string | null = null,
): Promise<Program> {
  const { user } = place;
  const byDescriptor = user !== null && !(await canReach(cluster, user));
  if (byDescriptor && platform() !== 'linux') {
    throw new OutsideError(
      'data_unreachable',
      `user ${user.uid} cannot reach ${cluster}: put the data folder elsewhere, or open the folders above it (chmod o+x)`,
      { retryable: false },
    );
  }
  const descriptor = byDescriptor ? openSync(cluster, 'r') : null;
  const child = spawn(place.binaries[program], toArguments(descriptor === null ? cluster : '/proc/self/fd/3'), {
    cwd: byDescriptor ? '/' : dirname(cluster),
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(descriptor === null ? [] : [descriptor])],
    // A group of its own: Ctrl-C in the terminal is ours to handle, in order, before the server goes.
    detached: true,
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  });
  if (descriptor !== null) closeSync(descriptor);
  const exit = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  // Whoever cares awaits it; without this line a failed spawn would crash before they do.
  exit.catch(() => {});
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      if (input === null && program === 'postgres') place.onLog(line);
    });
  }
  if (input !== null) child.stdin?.on('error', () => {}).end(input);
  return { child, tail, exit };
}

async function finish(what: string, { tail, exit }: Program): Promise<void> {
  const code = await exit.catch((error: unknown) => {
    throw new OutsideError('sql_start_failed', `${what} could not be run`, { retryable: false, cause: error });
  });
  if (code !== 0)
    throw new OutsideError('sql_start_failed', `${what} failed (${code}): ${tail.join('\n')}`, { retryable: false });
}

/** Sets the password of the superuser with nobody connected: the server runs alone, reading statements from its input. */
export async function setPassword(place: Place, cluster: string, password: string): Promise<void> {
  if (!/^[0-9a-f]+$/.test(password)) throw new Error('the password must be hexadecimal');
  // 32 random bytes cannot be guessed, so stretching them (4,096 rounds by default) would only slow down each connection.
  const flags = ['-c', 'scram_iterations=1', '-c', 'log_min_messages=warning', 'postgres'];
  const statement = `alter role ${SUPERUSER} password '${password}'\n`;
  await finish(
    'setting the password of PostgreSQL',
    await runOn(place, 'postgres', cluster, (data) => ['--single', '-D', data, ...flags], statement),
  );
}

/** Makes a new cluster beside its place and moves it there when it is whole, so that a crash leaves none or all of it. */
export async function initialise(place: Place, cluster: string, password: string, sync: boolean): Promise<void> {
  const half = `${cluster}.new`;
  const parent = dirname(cluster);
  for (const name of await readdir(parent)) {
    // What an earlier start left half made; it never held anything.
    if (name === basename(half)) await rm(join(parent, name), { recursive: true });
  }
  await mkdir(half, { mode: 0o700 });
  if (place.user !== null) await chown(half, place.user.uid, place.user.gid);
  // The built-in locale gives the same order of text on every machine, whatever its C library.
  const flags = [
    '-U',
    SUPERUSER,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  if (!sync) flags.push('--no-sync');
  await finish('initdb', await runOn(place, 'initdb', half, (data) => ['-D', data, ...flags]));
  await setPassword(place, half, password);
  await writeFile(join(half, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await rename(half, cluster);
}

const NECESSARY = ['PG_VERSION', 'global/pg_control', 'base', 'pg_wal'] as const;

/** Refuses what is no whole cluster of this version, before anything is started on it. */
export async function inspect(cluster: string): Promise<'absent' | 'whole'> {
  const exists = await stat(cluster).then(
    () => true,
    () => false,
  );
  if (!exists) return 'absent';
  for (const name of NECESSARY) {
    await stat(join(cluster, name)).catch((error: unknown) => {
      throw corrupt(cluster, `${name} is missing`, error);
    });
  }
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version !== MAJOR_VERSION) {
    throw new OutsideError(
      'data_version_unsupported',
      `${cluster} was written by PostgreSQL ${version}, and this is ${MAJOR_VERSION}: move the data with pg_dump of version ${version}, or start the Bulwark that wrote it`,
      { retryable: false },
    );
  }
  return 'whole';
}

/** Says what is wrong, where, and what to do. Nothing is ever deleted: what looks broken may be the only copy. */
export function corrupt(cluster: string, what: string, cause?: unknown): OutsideError {
  return new OutsideError(
    'data_corrupt',
    `the PostgreSQL data in ${cluster} is damaged: ${what}. Nothing was changed. Restore that folder from a backup, or move it aside to begin empty`,
    { retryable: false, cause },
  );
}
