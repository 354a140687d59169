import { type DestinationStream, pino } from 'pino';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/read-config.ts';

/** Keys that never reach a log, wherever they stand. */
const SECRET_PATHS = ['password', 'code', 'secret', 'token', 'authorization', 'cookie', 'passphrase', 'email'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** PostgreSQL says which values broke a rule: `Key (email)=(…)`. */
const ROW_VALUES = ['err.detail', 'err.where'];

/** The code of an error is our own or the driver's word, and the first thing an operator looks for. */
function censor(value: unknown, path: readonly string[]): unknown {
  return path.length === 2 && path[0] === 'err' && path[1] === 'code' ? value : '[redacted]';
}

/** Structured logs on standard error, so that standard output stays a command's own. */
export function createLogger(
  level: Config['logLevel'],
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): FastifyBaseLogger {
  return pino({ level, base: null, redact: { paths: [...SECRET_PATHS, ...ROW_VALUES], censor } }, destination);
}
