import type { Migrations } from '../../platform/sql/port.ts';

export { createVerdictInbox, type VerdictHandler, type VerdictInbox, type VerdictInboxDeps } from './verdict-inbox.ts';

export const verdictsMigrations: Migrations = { room: 'verdicts', directory: new URL('./migrations/', import.meta.url) };
