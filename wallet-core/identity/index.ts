import type { Migrations } from '../../platform/sql/port.ts';

export { createIdentity, type Identity } from './create-identity.ts';
export type { IdentityDeps, IdentityKeys, IdentityMail, Locale } from './deps.ts';
export { IDENTITY_LIMITS, type IdentityRates, type Rate } from './limits.ts';
export type { Argon2Parameters } from './passwords/password-hash.ts';
export type { AuthenticateOwner, OwnerPrincipal, OwnerRefusal } from './resource/authenticate-owner.ts';
export { SIGN_INS_ENDED } from './sessions/sessions.ts';
export { checkFourEyes } from './staff/four-eyes.ts';
export { createStaffRegister } from './staff/staff-register.ts';
export type { NewStaff, StaffAddRefusal, StaffCredentials } from './staff/staff.ts';
export type { AuthenticateStaff, StaffPrincipal, StaffRefusal } from './staff/staff-sessions.ts';
export type { TotpRefusal } from './totp/totp.ts';

export const identityMigrations: Migrations = { room: 'identity', directory: new URL('./migrations/', import.meta.url) };
