import { alertsMigrations } from '../../alerts/index.ts';
import { eventLogMigrations } from '../../platform/event-log/index.ts';
import { migrate, type Sql } from '../../platform/sql/index.ts';
import { auditMigrations } from '../../wallet-core/audit/index.ts';
import { depositsMigrations } from '../../wallet-core/deposits/index.ts';
import { devicesMigrations } from '../../wallet-core/devices/index.ts';
import { identityMigrations } from '../../wallet-core/identity/index.ts';
import { ledgerMigrations } from '../../wallet-core/ledger/index.ts';
import { outboxMigrations } from '../../wallet-core/outbox/index.ts';
import { restrictionsMigrations } from '../../wallet-core/restrictions/index.ts';
import { verdictsMigrations } from '../../wallet-core/verdicts/index.ts';
import { withdrawalsMigrations } from '../../wallet-core/withdrawals/index.ts';

/** Brings every room's schema up to date; whoever is first does it, others wait. */
export async function migrateAll(sql: Sql): Promise<void> {
  await migrate(sql, [
    eventLogMigrations,
    outboxMigrations,
    auditMigrations,
    restrictionsMigrations,
    verdictsMigrations,
    ledgerMigrations,
    identityMigrations,
    devicesMigrations,
    depositsMigrations,
    withdrawalsMigrations,
    alertsMigrations,
  ]);
}
