import { OutsideError } from '../../core/index.ts';

/** SQLSTATE (five characters) of a PostgreSQL error, looked for along `cause`; null for any other error. */
export function sqlState(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const code: unknown = 'code' in at ? at.code : undefined;
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in at) return code;
  }
  return null;
}

/** Name of the constraint that an integrity error (SQLSTATE class 23) names; null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const state = sqlState(at);
    if (state?.startsWith('23') && 'constraint' in at && typeof at.constraint === 'string') return at.constraint;
  }
  return null;
}

interface Meaning {
  readonly code: string;
  readonly retryable: boolean;
  readonly advice: string;
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html; what is not here is a bug of ours and stays what it is. */
const BY_STATE: Readonly<Record<string, Meaning>> = {
  '28000': {
    code: 'sql_auth_failed',
    retryable: false,
    advice: 'the server refuses this user or this address: check the user name and pg_hba.conf',
  },
  '28P01': { code: 'sql_auth_failed', retryable: false, advice: 'the password is wrong: check the URL' },
  '3D000': {
    code: 'sql_database_missing',
    retryable: false,
    advice: 'the database does not exist: create it, or correct the URL',
  },
  '40001': { code: 'sql_contention', retryable: true, advice: 'concurrent transactions kept colliding' },
  '40P01': { code: 'sql_contention', retryable: true, advice: 'concurrent transactions kept deadlocking' },
  '53100': { code: 'sql_disk_full', retryable: true, advice: 'the disk of the server is full: free some space' },
  '53200': { code: 'sql_overloaded', retryable: true, advice: 'the server is out of memory' },
  '53300': {
    code: 'sql_overloaded',
    retryable: true,
    advice: 'the server has no free connection: raise max_connections or lower the pool size',
  },
  '55P03': { code: 'sql_lock_timeout', retryable: true, advice: 'a lock was not free in time' },
  '57014': { code: 'sql_timeout', retryable: true, advice: 'the statement took longer than its limit' },
  '57P01': { code: 'sql_unavailable', retryable: true, advice: 'the server is shutting down' },
  '57P02': { code: 'sql_unavailable', retryable: true, advice: 'the server crashed and is recovering' },
  '57P03': { code: 'sql_unavailable', retryable: true, advice: 'the server is starting up' },
  '25P03': { code: 'sql_timeout', retryable: true, advice: 'the transaction stood idle for longer than its limit' },
  '25006': {
    code: 'sql_read_only',
    retryable: true,
    advice: 'the server takes no writes: it is a standby, or was set read-only',
  },
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there: start the server, or correct the URL',
  ENOTFOUND: 'the host name does not resolve: correct the URL',
  EAI_AGAIN: 'the host name does not resolve right now: check the DNS',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'the host does not answer',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOENT: 'the socket file does not exist',
};

/** Texts of pg 8 and pg-pool 3 for what has no code. */
const BY_TEXT: readonly (readonly [RegExp, Meaning])[] = [
  [
    /timeout exceeded when trying to connect/,
    {
      code: 'sql_pool_exhausted',
      retryable: true,
      advice: 'no connection of the pool came free in time: raise the pool size, or look for a long transaction',
    },
  ],
  [
    /Connection terminated|Client has encountered a connection error|not queryable|Connection ended/i,
    { code: 'sql_unreachable', retryable: true, advice: 'the connection was cut' },
  ],
  [
    /does not support SSL/,
    {
      code: 'sql_tls_refused',
      retryable: false,
      advice: 'the server does not speak TLS: set sslmode in the URL, or switch TLS on there',
    },
  ],
  [
    /certificate|self-signed/i,
    {
      code: 'sql_tls_refused',
      retryable: false,
      advice: 'the certificate of the server is not trusted: give its root by sslrootcert in the URL',
    },
  ],
  [/Cannot use a pool after calling end/, { code: 'sql_closed', retryable: false, advice: 'the connection was closed by us' }],
];

function meaningOf(error: unknown): Meaning | null {
  const state = sqlState(error);
  if (state !== null)
    return (
      BY_STATE[state] ??
      (state.startsWith('08') ? { code: 'sql_unreachable', retryable: true, advice: 'the connection failed' } : null)
    );
  if (!(error instanceof Error)) return null;
  const code: unknown = 'code' in error ? error.code : undefined;
  const unreachable = typeof code === 'string' ? UNREACHABLE[code] : undefined;
  if (unreachable !== undefined) return { code: 'sql_unreachable', retryable: true, advice: unreachable };
  return BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1] ?? null;
}

/**
 * What the outside world did becomes an `OutsideError` that names `place`; every other error (a wrong statement, a violated
 * constraint, an error of the caller's own code) is given back untouched.
 */
export function toOutsideError(error: unknown, place: string): unknown {
  if (error instanceof OutsideError) return error;
  const meaning = meaningOf(error);
  if (meaning === null) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new OutsideError(meaning.code, `PostgreSQL at ${place}: ${meaning.advice} (${said})`, {
    retryable: meaning.retryable,
    cause: error,
  });
}
