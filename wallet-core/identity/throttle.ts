import type { Clock } from '../../core/index.ts';
import type { SqlExecutor } from '../../platform/sql/port.ts';
import type { IdentityRates, RateName } from './limits.ts';

export interface Throttle {
  /**
   * Takes one from the bucket of `rate` for `key`; false when it is empty (and then nothing is taken). One atomic statement, so
   * concurrent requests to several instances share the bucket. The generic cell rate algorithm (ITU-T I.371).
   */
  take(executor: SqlExecutor, rate: RateName, key: string): Promise<boolean>;
  sweep(executor: SqlExecutor): Promise<void>;
}

export function createThrottle(clock: Clock, rates: IdentityRates): Throttle {
  return {
    async take(executor, rate, key) {
      const { burst, everyMs } = rates[rate];
      const now = clock.now();
      const rows = await executor.query(
        `insert into identity.throttle as bucket (key, tat) values ($1, $2::timestamptz + $3 * interval '1 millisecond')
         on conflict (key) do update set tat = greatest(bucket.tat, $2) + $3 * interval '1 millisecond'
         where greatest(bucket.tat, $2) <= $4 returning key`,
        [`${rate}:${key}`, new Date(now), everyMs, new Date(now + (burst - 1) * everyMs)],
      );
      return rows.length > 0;
    },
    async sweep(executor) {
      await executor.query('delete from identity.throttle where tat < $1', [new Date(clock.now())]);
    },
  };
}
