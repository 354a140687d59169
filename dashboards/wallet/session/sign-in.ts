import { ApiProblem, fetchAnswer, readJson, readProblem } from '../../ui-kit/index.ts';
import { deviceKey, forgetDeviceKey } from './device-key.ts';
import { makeProof, sha256Base64Url } from './dpop-proof.ts';
import { ensureServerTime, serverNowMs } from './server-clock.ts';
import type { Tokens } from './token-store.ts';

const CLIENT_ID = 'bulwark-wallet';
const PENDING = 'bulwark.wallet.sign-in';

interface Pending {
  readonly verifier: string;
  readonly state: string;
}

function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

const redirectUri = (): string => `${location.origin}/wallet/callback`;

/** Leaves for the login: code flow with PKCE (RFC 7636), the code bound to the device key (RFC 9449 §10). */
export async function beginSignIn(locale: string): Promise<void> {
  const key = await deviceKey();
  const pending: Pending = { verifier: randomText(), state: randomText() };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const parameters = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: redirectUri(),
    scope: 'openid offline_access wallet',
    code_challenge: await sha256Base64Url(pending.verifier),
    code_challenge_method: 'S256',
    dpop_jkt: key.thumbprint,
    state: pending.state,
    ui_locales: locale,
  });
  location.assign(`/oidc/auth?${parameters.toString()}`);
}

async function requestTokens(form: Record<string, string>): Promise<Tokens> {
  await ensureServerTime();
  const url = `${location.origin}/oidc/token`;
  const proof = await makeProof(await deviceKey(), { method: 'POST', url, nowMs: serverNowMs() });
  const response = await fetchAnswer(url, {
    method: 'POST',
    headers: { dpop: proof },
    body: new URLSearchParams({ client_id: CLIENT_ID, ...form }),
  });
  if (!response.ok) throw await readProblem(response);
  const body = await readJson<{ access_token: string; refresh_token: string; expires_in: number }>(response);
  return {
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
    expiresAtMs: serverNowMs() + body.expires_in * 1_000,
  };
}

/** Redeems the code that the login sent back. Throws ApiProblem; `sign_in_stale` where this tab did not begin it. */
export async function finishSignIn(query: URLSearchParams): Promise<Tokens> {
  const stored = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  const pending = stored === null ? null : (JSON.parse(stored) as Pending);
  if (pending === null || query.get('state') !== pending.state) {
    throw new ApiProblem('sign_in_stale', 0, 'this sign-in was begun elsewhere or is over; begin again');
  }
  const code = query.get('code');
  if (code === null) throw new ApiProblem(query.get('error') ?? 'access_denied', 0, query.get('error_description') ?? '');
  try {
    const form = { grant_type: 'authorization_code', code, code_verifier: pending.verifier, redirect_uri: redirectUri() };
    return await requestTokens(form);
  } catch (error) {
    // A removed device never works again; the next sign-in comes as a new one.
    if (error instanceof ApiProblem && error.code === 'device_removed') await forgetDeviceKey();
    throw error;
  }
}

export function refreshTokens(refreshToken: string): Promise<Tokens> {
  return requestTokens({ grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** Tells the server to forget the session (RFC 7009). */
export async function revokeTokens(refreshToken: string): Promise<void> {
  await fetchAnswer('/oidc/token/revocation', {
    method: 'POST',
    body: new URLSearchParams({ client_id: CLIENT_ID, token: refreshToken, token_type_hint: 'refresh_token' }),
  });
}
