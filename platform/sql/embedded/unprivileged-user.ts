import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OutsideError } from '../../../core/index.ts';

const run = promisify(execFile);

/** Whom the server runs as where we are root; null means: as ourselves. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'] as const;

async function lookUp(name: string): Promise<UnixUser | null> {
  try {
    // Wherever our own PATH points to, `id` of POSIX is here.
    const options = { env: { PATH: '/usr/bin:/bin' } };
    const [uid, gid] = await Promise.all([run('id', ['-u', name], options), run('id', ['-g', name], options)]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/**
 * PostgreSQL refuses to run as root, so root lends it an unprivileged user: the owner of the cluster where there is one, else
 * `postgres`, else `nobody`. Throws OutsideError `data_not_owned`, `no_unprivileged_user`.
 */
export async function chooseUser(cluster: string): Promise<UnixUser | null> {
  const own = process.getuid?.();
  const owner = await stat(cluster).then(
    ({ uid, gid }): UnixUser => ({ uid, gid }),
    () => null,
  );
  if (own !== 0) {
    if (owner === null || own === undefined || owner.uid === own) return null;
    throw new OutsideError(
      'data_not_owned',
      `${cluster} belongs to user ${owner.uid} and we run as user ${own}: start as that user, or give the folder to this one (chown -R)`,
      { retryable: false },
    );
  }
  if (owner !== null && owner.uid !== 0) return owner;
  for (const name of CANDIDATES) {
    const user = await lookUp(name);
    if (user !== null) return user;
  }
  throw new OutsideError(
    'no_unprivileged_user',
    `PostgreSQL does not run as root, and this machine has no user named ${CANDIDATES.join(' or ')}: add one (useradd --system postgres), start as another user, or give SQL_URL`,
    { retryable: false },
  );
}

/** Whether `user` may walk down to `path` by the permission bits of every folder above it. */
export async function canReach(path: string, user: UnixUser): Promise<boolean> {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & execute) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
