import type { Migrations } from '../../platform/sql/port.ts';

export { type AuditEntry, type AuditLog, createAuditLog } from './audit-log.ts';
export { type Checkpoint, openCheckpoint } from './checkpoint.ts';
export { consistencyProof, hashLeaf, inclusionProof, rootFromInclusion, rootOf, verifyConsistency } from './merkle.ts';
export { createSequencer, type Sequencer, sqlNodeReader, treeSize } from './sequencer.ts';
export { type AuditFinding, verifyAudit } from './verify-audit.ts';

export const auditMigrations: Migrations = { room: 'audit', directory: new URL('./migrations/', import.meta.url) };
