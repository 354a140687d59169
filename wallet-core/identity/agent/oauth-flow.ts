import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/index.ts';
import type { AgentHttp, Answer } from './agent-http.ts';
import type { DpopKey } from './dpop-key.ts';

const CLIENT_ID = 'bulwark-wallet';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAtMs: number;
}

/** One authorization request of the wallet: RFC 6749 code flow with PKCE (RFC 7636) and the code bound to the key (RFC 9449 §10). */
export interface Authorization {
  readonly verifier: string;
  readonly redirectUri: string;
  /** Path of the login. */
  readonly interaction: string;
}

export async function beginAuthorization(http: AgentHttp, key: DpopKey): Promise<Authorization> {
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = http.absolute('/wallet/callback');
  const parameters = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid offline_access wallet',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    dpop_jkt: key.jkt,
    state: randomBytes(16).toString('base64url'),
  });
  const answer = await http.send('GET', `/oidc/auth?${parameters.toString()}`);
  const interaction = answer.headers.get('location');
  if (interaction === null || !interaction.includes('/interaction/')) {
    throw new Error(`the authorization request was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return { verifier, redirectUri, interaction: new URL(http.absolute(interaction)).pathname };
}

/** Follows the resume URL of a finished login to the code in the redirect. */
export async function takeCode(http: AgentHttp, location: string): Promise<string> {
  const answer = await http.send('GET', location);
  const redirect = answer.headers.get('location');
  const code = redirect === null ? null : new URL(redirect).searchParams.get('code');
  if (code === null) throw new Error(`the login ended with ${answer.status} ${JSON.stringify(answer.body)} ${redirect ?? ''}`);
  return code;
}

async function tokenRequest(http: AgentHttp, key: DpopKey, form: Record<string, string>, proof?: string): Promise<Answer> {
  const dpop = proof ?? (await key.proof({ method: 'POST', url: http.absolute('/oidc/token') }));
  return http.send('POST', '/oidc/token', { headers: { dpop }, form: { client_id: CLIENT_ID, ...form } });
}

export function redeemCode(http: AgentHttp, key: DpopKey, authorization: Authorization, code: string): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code,
    code_verifier: authorization.verifier,
    redirect_uri: authorization.redirectUri,
  };
  return tokenRequest(http, key, form);
}

/** `proof` only for misuse: a fresh one is made without it. */
export function redeemRefreshToken(http: AgentHttp, key: DpopKey, refreshToken: string, proof?: string): Promise<Answer> {
  return tokenRequest(http, key, { grant_type: 'refresh_token', refresh_token: refreshToken }, proof);
}

export function readTokens(answer: Answer, clock: Clock): Tokens {
  const body = answer.body as { access_token?: string; refresh_token?: string; expires_in?: number };
  if (answer.status !== 200 || body.access_token === undefined || body.refresh_token === undefined) {
    throw new Error(`the token request was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  const expiresAtMs = clock.now() + (body.expires_in ?? 0) * 1_000;
  return { accessToken: body.access_token, refreshToken: body.refresh_token, expiresAtMs };
}
