import type { Alerts } from '../../alerts/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import { SIGN_INS_ENDED } from '../../wallet-core/identity/index.ts';

/**
 * A live socket outlives the request that opened it; this ends it with the sign-in behind it: by verdict, lock, sign-out, device
 * removal or reuse of a token, in whatever process that happened.
 */
export function endLiveWithSignIn(deps: {
  readonly sql: Sql;
  readonly alerts: Pick<Alerts, 'endLive'>;
  readonly onError: (error: unknown) => void;
}): { start(): Promise<void>; stop(): Promise<void> } {
  let unlisten: (() => Promise<void>) | null = null;
  return {
    async start() {
      unlisten = await deps.sql.listen(SIGN_INS_ENDED, (principal) => {
        // An empty notice follows a lost connection: whoever signed out meanwhile must not stay.
        deps.alerts.endLive(principal === '' ? undefined : principal).catch(deps.onError);
      });
    },
    async stop() {
      await unlisten?.();
      unlisten = null;
    },
  };
}
