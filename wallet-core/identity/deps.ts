import type { IncomingMessage } from 'node:http';
import type { JWK } from 'jose';
import type { Clock, Random, Redacted } from '../../core/index.ts';
import type { Sql } from '../../platform/sql/port.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Devices } from '../devices/index.ts';
import type { Outbox } from '../outbox/index.ts';
import type { Restrictions } from '../restrictions/index.ts';
import type { VerdictInbox } from '../verdicts/index.ts';
import type { IdentityRates } from './limits.ts';
import type { Argon2Parameters } from './passwords/password-hash.ts';

export type Locale = 'en' | 'zh';

/** A mail to one person, already in words. `deliveryId` is stable over retries. */
export interface IdentityMail {
  readonly deliveryId: string;
  readonly to: string;
  readonly locale: Locale;
  readonly kind: 'sign_up_code' | 'account_exists' | 'login_code' | 'credential_changed';
  readonly subject: string;
  readonly text: string;
}

export interface IdentityKeys {
  /** Newest first; older ones still verify cookies that are out there. At least one, 32 bytes or more each. */
  readonly cookieSecrets: readonly Redacted<string>[];
  /** Private signing keys, ES256 or EdDSA; the first signs. */
  readonly jwks: Redacted<{ readonly keys: readonly JWK[] }>;
  /** Keys the hashes of e-mail addresses and codes: without it nobody can look an address up in an event. */
  readonly identifierPepper: Redacted<string>;
  /** 32 bytes: AES-256-GCM for TOTP secrets at rest. */
  readonly totpKey: Redacted<Buffer>;
}

export interface IdentityDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly restrictions: Restrictions;
  readonly devices: Devices;
  readonly verdicts: Pick<VerdictInbox, 'awaitVerdict'>;
  /** Resolves once the channel has taken the mail. Throws OutsideError when it cannot. */
  readonly mail: (message: IdentityMail) => Promise<void>;
  /** `https://wallet.example/oidc`: its path is where the authorization server is mounted, its origin is the API's audience. */
  readonly issuerUrl: string;
  /** Redirect URIs besides `<origin>/wallet/callback`: a development server, a command line on loopback. */
  readonly extraRedirectUris?: readonly string[];
  readonly keys: IdentityKeys;
  /** The network end of a raw request; only the host knows which proxies to believe. */
  readonly clientOf: (request: IncomingMessage) => { readonly ip: string; readonly userAgent: string };
  readonly argon2?: Argon2Parameters;
  readonly rates?: Partial<IdentityRates>;
  /** Milliseconds a login waits for its verdict; `LIMITS.loginVerdictWaitMs` unless told. */
  readonly loginVerdictWaitMs?: number;
  readonly onError?: (error: unknown) => void;
}
