import type { IdentityDeps } from '../deps.ts';
import { createPasswordHasher } from '../passwords/password-hash.ts';
import { createSecretBox } from '../totp/secret-box.ts';
import { disableWith } from './disable-staff.ts';
import { addWith, type Staff } from './staff.ts';

/** Makes and ends staff accounts without the rest of identity: what `bulwark staff` works with. */
export function createStaffRegister(
  deps: Pick<IdentityDeps, 'sql' | 'clock' | 'random' | 'audit' | 'keys'>,
): Pick<Staff, 'add' | 'disable'> {
  const context = { ...deps, now: () => new Date(deps.clock.now()) };
  return {
    add: addWith(context, createPasswordHasher(), createSecretBox(deps.keys.totpKey, deps.random)),
    disable: disableWith(context),
  };
}
