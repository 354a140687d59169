import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ClientInfo, DeviceId, SessionId } from '../../core/index.ts';
import type { IdentityDeps } from './deps.ts';
import { IDENTITY_LIMITS } from './limits.ts';
import { createThrottle, type Throttle } from './throttle.ts';

/** What every part of identity is given. */
export interface IdentityContext extends IdentityDeps {
  /** `https://wallet.example`, without a slash at the end. */
  readonly origin: string;
  readonly secure: boolean;
  readonly throttle: Throttle;
  now(): Date;
  after(milliseconds: number): Date;
  /** HMAC-SHA-256 under the pepper, hex. `purpose` separates uses, so that one hash is never taken for another. */
  keyedHash(purpose: string, text: string): string;
  /** HMAC-SHA-256 under the newest cookie secret, base64url. */
  seal(purpose: string, text: string): string;
  isSealed(purpose: string, text: string, seal: string): boolean;
}

function sealWith(secret: string, purpose: string, text: string): string {
  return createHmac('sha256', secret).update(`${purpose}\0${text}`).digest('base64url');
}

function seals(deps: IdentityDeps): Pick<IdentityContext, 'seal' | 'isSealed'> {
  const [newest] = deps.keys.cookieSecrets;
  if (newest === undefined) throw new TypeError('identity needs at least one cookie secret');
  return {
    seal: (purpose, text) => sealWith(newest.reveal(), purpose, text),
    isSealed: (purpose, text, seal) =>
      deps.keys.cookieSecrets.some((secret) => sameText(sealWith(secret.reveal(), purpose, text), seal)),
  };
}

/** Compares without telling by time where two texts differ. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function createContext(deps: IdentityDeps): IdentityContext {
  const origin = new URL(deps.issuerUrl).origin;
  return {
    ...deps,
    ...seals(deps),
    origin,
    secure: origin.startsWith('https:'),
    throttle: createThrottle(deps.clock, { ...IDENTITY_LIMITS.rates, ...deps.rates }),
    now: () => new Date(deps.clock.now()),
    after: (milliseconds) => new Date(deps.clock.now() + milliseconds),
    keyedHash: (purpose, text) =>
      createHmac('sha256', deps.keys.identifierPepper.reveal()).update(`${purpose}\0${text}`).digest('hex'),
  };
}

/** The client of an event: what the server saw, cut to what the schema allows. */
export function eventClient(client: { ip: string; userAgent: string; deviceId?: string | null; sessionId?: string | null }): {
  ip: string;
  user_agent: string;
  device_id: string | null;
  session_id: string | null;
} {
  return {
    ip: client.ip,
    user_agent: client.userAgent.slice(0, 256),
    device_id: client.deviceId ?? null,
    session_id: client.sessionId ?? null,
  };
}

export function clientInfo(
  client: { readonly ip: string; readonly userAgent: string },
  deviceId: string | null = null,
  sessionId: string | null = null,
): ClientInfo {
  return {
    ip: client.ip,
    userAgent: client.userAgent.slice(0, 256),
    deviceId: deviceId as DeviceId | null,
    sessionId: sessionId as SessionId | null,
  };
}
