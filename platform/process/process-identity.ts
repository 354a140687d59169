import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** True while a process with this id exists (also when it belongs to another user). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * When the process started, in whatever unit the system counts: with the pid it names one process for good, where the pid
 * alone may have been given to another since. Null when there is no such process.
 */
export async function startOf(pid: number): Promise<string | null> {
  try {
    if (platform() === 'linux') {
      const [boot, line] = await Promise.all([
        readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
        readFile(`/proc/${pid}/stat`, 'utf8'),
      ]);
      // The second field is the command in parentheses and may hold blanks; start time is field 22, the state field 3 (proc(5)).
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : `${boot.trim()}:${fields[19]}`;
    }
    return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim() || null;
  } catch {
    return null;
  }
}

/** Whether the process is a PostgreSQL that works in `cluster`: its working folder is the data folder, or its command names it. */
export async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  const path = await realpath(cluster);
  try {
    if (platform() === 'linux') return (await readlink(`/proc/${pid}/cwd`)) === path;
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout.includes('postgres') && stdout.includes(path);
  } catch {
    return false;
  }
}
