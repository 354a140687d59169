import type { Migrations } from '../../platform/sql/port.ts';

export { createOutbox, type Outbox } from './outbox.ts';
export { createRelay, type Relay } from './relay.ts';

export const outboxMigrations: Migrations = { room: 'outbox', directory: new URL('./migrations/', import.meta.url) };
