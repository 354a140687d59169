import type { Clock } from '../../../core/index.ts';
import { systemClock } from '../../../platform/clock/index.ts';
import { type AgentHttp, type Answer, createAgentHttp } from './agent-http.ts';
import { createDpopKey, type DpopKey } from './dpop-key.ts';
import {
  type Authorization,
  beginAuthorization,
  readTokens,
  redeemCode,
  redeemRefreshToken,
  takeCode,
  type Tokens,
} from './oauth-flow.ts';
import { createTotpApp, type TotpApp } from './totp-app.ts';

export interface WalletAgentOptions {
  readonly baseUrl: string;
  /** The newest code mailed to an address; waits for it. */
  readonly readMailedCode: (email: string) => Promise<string>;
  readonly forwardedFor?: string;
  readonly userAgent?: string;
  readonly clock?: Clock;
}

export type LoginResult =
  | { readonly kind: 'signed_in'; readonly steps: readonly ('password' | 'totp' | 'email_code')[] }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string };

/** An account owner with one browser and one device key: what the wallet app does, and what a thief would try. */
export interface WalletAgent {
  readonly http: AgentHttp;
  deviceId(): string;
  /** The present tokens; throws before a login. */
  tokens(): Tokens;
  signUp(email: string, password: string): Promise<{ accountId: string }>;
  /** Whole login; answers a challenge with the authenticator app or the mailed code. */
  login(email: string, password: string): Promise<LoginResult>;
  refresh(): Promise<Answer>;
  /** A request to the API with a fresh proof; refreshes the access token when it is about to expire. */
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  enrolTotp(): Promise<void>;
  /** The next code of the authenticator app, for a step-up. */
  nextTotpCode(): Promise<string>;
  lastTotpCode(): string;
  /** Another device: a new key, signed out. */
  switchDevice(): Promise<void>;
  readonly misuse: {
    /** Sends one proof `times` times at once. */
    replayProof(method: string, path: string, times: number): Promise<Answer[]>;
    /** Presents the present refresh token `times` times at once, each with a fresh proof. */
    reuseRefreshToken(times: number): Promise<Answer[]>;
    /** Presents a refresh token that was rotated away. */
    reuseOldRefreshToken(): Promise<Answer>;
    /** Signs in, then redeems the one code `times` times at once. */
    reuseCode(email: string, password: string, times: number): Promise<Answer[]>;
    /** A proof whose clock is off. */
    skewedProof(path: string, skewSeconds: number): Promise<Answer>;
    /** The access token with a proof of another key: a stolen token. */
    stolenToken(path: string): Promise<Answer>;
    /** One token-endpoint proof for `times` refreshes at once. */
    replayTokenProof(times: number): Promise<Answer[]>;
  };
}

interface AgentState {
  readonly options: WalletAgentOptions;
  readonly http: AgentHttp;
  readonly clock: Clock;
  key: DpopKey;
  tokens: Tokens | null;
  rotatedAway: string | null;
  app: TotpApp | null;
}

/** Refreshing this early, a token never expires on its way. */
const REFRESH_EARLY_MS = 10_000;

function present(state: AgentState): Tokens {
  if (state.tokens === null) throw new Error('the agent has not signed in');
  return state.tokens;
}

function problemOf(answer: Answer): { kind: 'refused'; status: number; code: string } {
  const { code, error } = answer.body as { code?: string; error?: string };
  return { kind: 'refused', status: answer.status, code: code ?? error ?? 'unknown' };
}

async function signUp(state: AgentState, email: string, password: string): Promise<{ accountId: string }> {
  const steps = async (path: string, body: unknown): Promise<Record<string, string>> => {
    const answer = await state.http.send('POST', path, { body });
    if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Record<string, string>;
  };
  const { signup_id } = await steps('/sign-up/start', { email });
  await steps('/sign-up/verify', { signup_id, code: await state.options.readMailedCode(email) });
  const done = await steps('/sign-up/password', { signup_id, password });
  return { accountId: done['account_id'] ?? '' };
}

/** Goes through the login up to the authorization code. */
async function logIn(
  state: AgentState,
  email: string,
  password: string,
): Promise<{ result: LoginResult; authorization: Authorization; code: string | null }> {
  const authorization = await beginAuthorization(state.http, state.key);
  const steps: ('password' | 'totp' | 'email_code')[] = ['password'];
  let answer = await state.http.send('POST', `${authorization.interaction}/password`, { body: { email, password } });
  const { step } = answer.body as { step?: string };
  if (answer.status === 200 && (step === 'totp' || step === 'email_code')) {
    steps.push(step);
    if (step === 'totp' && state.app === null) throw new Error('the login asks for a code of an app the agent does not have');
    const code = step === 'totp' && state.app !== null ? await state.app.nextCode() : await state.options.readMailedCode(email);
    answer = await state.http.send('POST', `${authorization.interaction}/code`, { body: { code } });
  }
  if (answer.status !== 200) return { result: problemOf(answer), authorization, code: null };
  const { location } = answer.body as { location: string };
  return { result: { kind: 'signed_in', steps }, authorization, code: await takeCode(state.http, location) };
}

async function login(state: AgentState, email: string, password: string): Promise<LoginResult> {
  const { result, authorization, code } = await logIn(state, email, password);
  if (code === null) return result;
  const answer = await redeemCode(state.http, state.key, authorization, code);
  if (answer.status !== 200) return problemOf(answer);
  state.tokens = readTokens(answer, state.clock);
  return result;
}

async function refresh(state: AgentState): Promise<Answer> {
  const { refreshToken } = present(state);
  const answer = await redeemRefreshToken(state.http, state.key, refreshToken);
  if (answer.status === 200) {
    state.rotatedAway = refreshToken;
    state.tokens = readTokens(answer, state.clock);
  }
  return answer;
}

async function callApi(
  state: AgentState,
  method: string,
  path: string,
  extra: { readonly body?: unknown; readonly proof?: string; readonly key?: DpopKey; readonly skewSeconds?: number } = {},
): Promise<Answer> {
  const { accessToken } = present(state);
  const { skewSeconds = 0, key = state.key } = extra;
  const proof = extra.proof ?? (await key.proof({ method, url: state.http.absolute(path), accessToken, skewSeconds }));
  const headers = { authorization: `DPoP ${accessToken}`, dpop: proof };
  return state.http.send(method, path, extra.body === undefined ? { headers } : { headers, body: extra.body });
}

async function enrolTotp(state: AgentState): Promise<void> {
  const replacing = state.app === null ? {} : { body: { code: await state.app.nextCode() } };
  const enrolled = await callApi(state, 'POST', '/v1/me/totp/enrol', replacing);
  const { secret } = enrolled.body as { secret?: string };
  if (secret === undefined) throw new Error(`enrolment was answered with ${enrolled.status} ${JSON.stringify(enrolled.body)}`);
  const app = createTotpApp(secret, state.clock);
  const confirmed = await callApi(state, 'POST', '/v1/me/totp/confirm', { body: { code: await app.nextCode() } });
  if (confirmed.status !== 204) {
    throw new Error(`confirmation was answered with ${confirmed.status} ${JSON.stringify(confirmed.body)}`);
  }
  state.app = app;
}

function appOf(state: AgentState): TotpApp {
  if (state.app === null) throw new Error('the agent has no authenticator app');
  return state.app;
}

function many<Value>(times: number, act: () => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: times }, act));
}

function misuses(state: AgentState): WalletAgent['misuse'] {
  return {
    async replayProof(method, path, times) {
      const { accessToken } = present(state);
      const proof = await state.key.proof({ method, url: state.http.absolute(path), accessToken });
      return many(times, () => callApi(state, method, path, { proof }));
    },
    reuseRefreshToken(times) {
      const { refreshToken } = present(state);
      return many(times, () => redeemRefreshToken(state.http, state.key, refreshToken));
    },
    reuseOldRefreshToken() {
      if (state.rotatedAway === null) throw new Error('no refresh token was rotated away yet');
      return redeemRefreshToken(state.http, state.key, state.rotatedAway);
    },
    async reuseCode(email, password, times) {
      const { result, authorization, code } = await logIn(state, email, password);
      if (code === null) throw new Error(`the login was ${result.kind}`);
      return many(times, () => redeemCode(state.http, state.key, authorization, code));
    },
    skewedProof: (path, skewSeconds) => callApi(state, 'GET', path, { skewSeconds }),
    stolenToken: async (path) => callApi(state, 'GET', path, { key: await createDpopKey(state.clock) }),
    async replayTokenProof(times) {
      const { refreshToken } = present(state);
      const proof = await state.key.proof({ method: 'POST', url: state.http.absolute('/oidc/token') });
      return many(times, () => redeemRefreshToken(state.http, state.key, refreshToken, proof));
    },
  };
}

/** A client for tests and the demo world. Throws Error where the server does not answer as the flow foresees. */
export async function createWalletAgent(options: WalletAgentOptions): Promise<WalletAgent> {
  const clock = options.clock ?? systemClock;
  const state: AgentState = {
    options,
    http: createAgentHttp(options),
    clock,
    key: await createDpopKey(clock),
    tokens: null,
    rotatedAway: null,
    app: null,
  };
  return {
    http: state.http,
    deviceId: () => state.key.jkt,
    tokens: () => present(state),
    signUp: (email, password) => signUp(state, email, password),
    login: (email, password) => login(state, email, password),
    refresh: () => refresh(state),
    async api(method, path, body) {
      if (present(state).expiresAtMs - clock.now() < REFRESH_EARLY_MS) await refresh(state);
      return callApi(state, method, path, body === undefined ? {} : { body });
    },
    enrolTotp: () => enrolTotp(state),
    nextTotpCode: () => appOf(state).nextCode(),
    lastTotpCode: () => appOf(state).lastCode(),
    async switchDevice() {
      state.key = await createDpopKey(clock);
      state.tokens = null;
      state.rotatedAway = null;
    },
    misuse: misuses(state),
  };
}
