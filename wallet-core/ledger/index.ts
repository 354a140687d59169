import type { Migrations } from '../../platform/sql/port.ts';

export { type AccountKind, type AccountRef, SYSTEM, transferIdOf } from './chart.ts';
export { createLedger, type Ledger, type TakeBack } from './ledger.ts';
export type { AssetProof, Balance, LedgerProof } from './balances.ts';
export type {
  PendingTransfer,
  PostTransfer,
  RegisteredAsset,
  SingleTransfer,
  TransferCommand,
  TransferRecord,
  TransferRefusal,
  VoidTransfer,
} from './transfer.ts';

export const ledgerMigrations: Migrations = { room: 'ledger', directory: new URL('./migrations/', import.meta.url) };
