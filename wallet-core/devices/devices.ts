import { type AccountId, type ClientInfo, type Clock, type DeviceId, refuse, type Result, succeed } from '../../core/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Outbox } from '../outbox/index.ts';

/** Phone, tablet and a few browsers fit; a list longer than this nobody reads, and each device is a way in. */
export const DEVICES_MAX = 10;
/** Removed keys stay refused; the oldest go when an account collects more than this, so the table stays bounded. */
const REMOVED_KEEP = 100;

export interface Device {
  readonly deviceId: DeviceId;
  readonly userAgent: string;
  readonly ip: string;
  readonly boundAt: Date;
  readonly lastSeenAt: Date;
}

export type DeviceRefusal = 'device_removed' | 'device_limit_reached';

/** Devices of an account, each known by the thumbprint (RFC 7638) of the key it holds. */
export interface Devices {
  /**
   * Binds the device at the first token issued to its key, and is quiet when it is bound already. A removed key stays removed.
   * Appends `wallet.device.bound` in the caller's transaction.
   */
  bind(
    transaction: SqlTransaction,
    device: { readonly accountId: AccountId; readonly deviceId: DeviceId; readonly client: ClientInfo },
  ): Promise<Result<{ readonly created: boolean; readonly first: boolean }, DeviceRefusal>>;
  /** Devices that are not removed, newest use first. */
  list(executor: SqlExecutor, accountId: AccountId): Promise<readonly Device[]>;
  /** Appends `wallet.device.removed`; revoking the device's sessions is the caller's. `reason` is snake_case. */
  remove(
    transaction: SqlTransaction,
    removal: { readonly accountId: AccountId; readonly deviceId: DeviceId; readonly actor: string; readonly reason: string },
  ): Promise<Result<void, 'device_unknown'>>;
}

interface DeviceRow extends Record<string, unknown> {
  readonly device_id: DeviceId;
  readonly user_agent: string;
  readonly ip: string;
  readonly bound_at: Date;
  readonly last_seen_at: Date;
  readonly removed_at: Date | null;
}

interface DevicesDeps {
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}

function bindWith(deps: DevicesDeps): Devices['bind'] {
  return async (transaction, { accountId, deviceId, client }) => {
    // The count and the insert must not interleave with another bind of the same account.
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`devices:${accountId}`]);
    const rows = await transaction.query<DeviceRow>('select * from devices.device where account_id = $1', [accountId]);
    const known = rows.find((row) => row.device_id === deviceId);
    if (known !== undefined && known.removed_at !== null) {
      return refuse('device_removed', 'this device was removed from the account; sign in with a new key');
    }
    if (known !== undefined) {
      await transaction.query('update devices.device set last_seen_at = $3, ip = $4 where account_id = $1 and device_id = $2', [
        accountId,
        deviceId,
        new Date(deps.clock.now()),
        client.ip,
      ]);
      return succeed({ created: false, first: false });
    }
    if (rows.filter((row) => row.removed_at === null).length >= DEVICES_MAX) {
      return refuse('device_limit_reached', `an account has at most ${DEVICES_MAX} devices; remove one first`);
    }
    const first = rows.length === 0;
    await transaction.query(
      `insert into devices.device (account_id, device_id, user_agent, ip, bound_at, last_seen_at) values ($1, $2, $3, $4, $5, $5)`,
      [accountId, deviceId, client.userAgent, client.ip, new Date(deps.clock.now())],
    );
    await deps.outbox.append(transaction, {
      type: 'wallet.device.bound',
      subject: accountId,
      data: {
        device_id: deviceId,
        first,
        client: { ip: client.ip, user_agent: client.userAgent, device_id: deviceId, session_id: client.sessionId },
      },
    });
    await deps.audit.append(transaction, {
      kind: 'device_bound',
      actor: `owner:${accountId}`,
      subject: accountId,
      details: { device_id: deviceId, first },
    });
    return succeed({ created: true, first });
  };
}

function removeWith(deps: DevicesDeps): Devices['remove'] {
  return async (transaction, { accountId, deviceId, actor, reason }) => {
    const removed = await transaction.query(
      `update devices.device set removed_at = $3, removed_why = $4
        where account_id = $1 and device_id = $2 and removed_at is null returning device_id`,
      [accountId, deviceId, new Date(deps.clock.now()), reason],
    );
    if (removed.length === 0) return refuse('device_unknown', 'the account has no such device');
    await transaction.query(
      `delete from devices.device where account_id = $1 and device_id in (
         select device_id from devices.device where account_id = $1 and removed_at is not null
          order by removed_at desc offset $2)`,
      [accountId, REMOVED_KEEP],
    );
    await deps.outbox.append(transaction, {
      type: 'wallet.device.removed',
      subject: accountId,
      data: { device_id: deviceId, reason },
    });
    await deps.audit.append(transaction, {
      kind: 'device_removed',
      actor,
      subject: accountId,
      details: { device_id: deviceId, reason },
    });
    return succeed(undefined);
  };
}

export function createDevices(deps: DevicesDeps): Devices {
  return {
    bind: bindWith(deps),
    remove: removeWith(deps),
    async list(executor, accountId) {
      const rows = await executor.query<DeviceRow>(
        'select * from devices.device where account_id = $1 and removed_at is null order by last_seen_at desc',
        [accountId],
      );
      return rows.map((row) => ({
        deviceId: row.device_id,
        userAgent: row.user_agent,
        ip: row.ip,
        boundAt: row.bound_at,
        lastSeenAt: row.last_seen_at,
      }));
    },
  };
}
