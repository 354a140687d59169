import { useSyncExternalStore } from 'react';
import { ApiProblem, fetchAnswer, readJson, readProblem } from '../../ui-kit/index.ts';
import { deviceKey } from './device-key.ts';
import { makeProof } from './dpop-proof.ts';
import { learnServerTime, serverNowMs } from './server-clock.ts';
import { finishSignIn, refreshTokens, revokeTokens } from './sign-in.ts';
import { type Tokens, tokenStore } from './token-store.ts';

export type SessionState = { readonly kind: 'signed_in' } | { readonly kind: 'signed_out'; readonly why: ApiProblem | null };

/** Refreshing this early, a token never expires on its way. */
const REFRESH_EARLY_MS = 10_000;
/** After these the session is over, whatever is tried. */
const SESSION_OVER: ReadonlySet<string> = new Set([
  'session_ended',
  'token_invalid',
  'token_missing',
  'invalid_grant',
  'device_removed',
]);

const listeners = new Set<() => void>();
let state: SessionState = tokenStore.read() === null ? { kind: 'signed_out', why: null } : { kind: 'signed_in' };

function become(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

tokenStore.onChangeElsewhere(() => {
  const signedIn = tokenStore.read() !== null;
  if (signedIn !== (state.kind === 'signed_in')) become(signedIn ? { kind: 'signed_in' } : { kind: 'signed_out', why: null });
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSession(): SessionState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Signs this browser out without asking the server, which has ended the session already; `why` is shown. */
export function endSession(why: ApiProblem | null): void {
  tokenStore.clear();
  become({ kind: 'signed_out', why });
}

/** Comes back from the login. Nothing is thrown: the signed-out page says what went wrong. */
export async function completeSignIn(query: URLSearchParams): Promise<void> {
  try {
    tokenStore.write(await finishSignIn(query));
    become({ kind: 'signed_in' });
  } catch (error) {
    endSession(error instanceof ApiProblem ? error : new ApiProblem('sign_in_failed', 0, String(error), error));
  }
}

export async function signOut(): Promise<void> {
  const tokens = tokenStore.read();
  endSession(null);
  if (tokens !== null) await revokeTokens(tokens.refreshToken).catch(() => undefined);
}

function isFresh(tokens: Tokens): boolean {
  return tokens.expiresAtMs - serverNowMs() > REFRESH_EARLY_MS;
}

/**
 * The access token, refreshed when it is about to expire. A refresh token works once, and a second use ends the session as theft:
 * so one tab refreshes at a time, and the others take what it got.
 */
async function accessToken(refused?: string): Promise<string> {
  const usable = (): string | null => {
    const tokens = tokenStore.read();
    return tokens !== null && isFresh(tokens) && tokens.accessToken !== refused ? tokens.accessToken : null;
  };
  return (
    usable() ??
    navigator.locks.request('bulwark-refresh', async () => {
      const got = usable();
      if (got !== null) return got;
      const tokens = tokenStore.read();
      if (tokens === null) throw new ApiProblem('token_missing', 401, 'sign in first');
      const fresh = await refreshTokens(tokens.refreshToken);
      tokenStore.write(fresh);
      return fresh.accessToken;
    })
  );
}

async function send(
  method: string,
  path: string,
  body: unknown,
  refused?: string,
): Promise<{ response: Response; token: string }> {
  const token = await accessToken(refused);
  const url = new URL(path, location.origin).href;
  const proof = await makeProof(await deviceKey(), { method, url, nowMs: serverNowMs(), accessToken: token });
  const headers = { authorization: `DPoP ${token}`, dpop: proof };
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetchAnswer(url, {
    method,
    cache: 'no-store',
    ...json,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
  });
  learnServerTime(response);
  return { response, token };
}

async function callOnce(method: string, path: string, body: unknown): Promise<Response> {
  const first = await send(method, path, body);
  if (first.response.status !== 401) return first.response;
  const problem = await readProblem(first.response.clone());
  // Refused before anything was done, so it is safe to ask again: with a new token, or with the right time.
  if (problem.code === 'token_expired') return (await send(method, path, body, first.token)).response;
  if (problem.code === 'dpop_expired') return (await send(method, path, body)).response;
  return first.response;
}

/** Asks the API as this device. Throws ApiProblem; where the session is over, everything turns to signed out. */
export async function callApi<Value>(method: string, path: string, body?: unknown): Promise<Value> {
  try {
    const response = await callOnce(method, path, body);
    if (!response.ok) throw await readProblem(response);
    return await readJson<Value>(response);
  } catch (error) {
    if (error instanceof ApiProblem && SESSION_OVER.has(error.code) && state.kind === 'signed_in') endSession(error);
    throw error;
  }
}
