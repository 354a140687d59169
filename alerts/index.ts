import type { Migrations } from '../platform/sql/port.ts';

export type { AppendMessage } from './alert.ts';
export { type Alerts, type AlertsDeps, createAlerts } from './alerts.ts';
export type { OwnerActions } from './answers/questions.ts';
export type { AssetLookup } from './notifications/render.ts';
export type { AccountDirectory } from './notifications/attempt.ts';

/** Schema `alerts`. */
export const alertsMigrations: Migrations = { room: 'alerts', directory: new URL('./migrations/', import.meta.url) };
