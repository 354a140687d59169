import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';
import { startOf } from '../../../platform/process/index.ts';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

async function readProcess(pid: number, folder: string): Promise<FoundProcess | null> {
  try {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    // Backends of PostgreSQL carry neither, but are children of a postmaster that works in the folder.
    const inside = command.includes(folder) || cwd === folder || cwd.startsWith(`${folder}/`);
    return inside && (await startOf(pid)) !== null ? { pid, command } : null;
  } catch {
    return null;
  }
}

/** Processes that work in the folder or name it: every engine of an instance, whoever its parent is by now. */
export async function processesOf(folder: string): Promise<FoundProcess[]> {
  if (platform() !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,command='], { maxBuffer: 1 << 24 });
    const lines = stdout.split('\n').map((line) => /^\s*(\d+)\s+(.*)$/.exec(line));
    return lines.flatMap((match) =>
      match?.[2]?.includes(folder) === true ? [{ pid: Number(match[1]), command: match[2] }] : [],
    );
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => readProcess(pid, folder)));
  return found.filter((each) => each !== null);
}

/** Ends whatever a failed test left working in the folder. */
export async function endProcessesOf(folder: string): Promise<void> {
  for (const { pid } of await processesOf(folder)) {
    if (pid === process.pid) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in between.
    }
  }
}
