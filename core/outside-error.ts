/**
 * Thrown only for the outside world: a broker, a database, a chain node, a file. What we decide ourselves is refused with a
 * value (`Result`), and a bug crashes.
 */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
  /** Stable, snake_case: `kafka_unreachable`, `sql_url_invalid`. */
  readonly code: string;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
  }
}
