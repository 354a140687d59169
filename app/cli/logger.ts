import { pino } from 'pino';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/read-config.ts';

/** Keys that never reach a log, wherever they stand. */
const SECRET_PATHS = ['password', 'code', 'secret', 'token', 'authorization', 'cookie', 'passphrase', 'email'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** Structured logs on standard error, so that standard output stays a command's own. */
export function createLogger(level: Config['logLevel']): FastifyBaseLogger {
  return pino(
    { level, base: null, redact: { paths: SECRET_PATHS, censor: '[redacted]' } },
    pino.destination({ dest: 2, sync: true }),
  );
}
