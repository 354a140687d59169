import type { Migrations } from '../../platform/sql/port.ts';

export { createVerdictEnforcer, type IsAccount } from './enforce-verdict.ts';
export {
  type AccountState,
  type ActiveRestriction,
  createRestrictions,
  type NewRestriction,
  type RestrictionCause,
  type RestrictionKind,
  type Restrictions,
} from './restrictions.ts';

export const restrictionsMigrations: Migrations = { room: 'restrictions', directory: new URL('./migrations/', import.meta.url) };
