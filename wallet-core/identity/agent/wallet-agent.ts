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
  /** The key of a device that exists already: one phone with several accounts, or a thief's copy of it. */
  readonly device?: DpopKey;
  /** Tokens that were copied together with the device's key. */
  readonly tokens?: Tokens;
  /** Answers the second step of a login; null where there is no answer. By default the agent's own app and mailbox do. */
  readonly secondFactor?: (step: 'totp' | 'email_code') => Promise<string | null>;
}

/** A request as it goes over the wire: sent a second time it is a replay. */
export interface PreparedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type LoginResult =
  | { readonly kind: 'signed_in'; readonly steps: readonly ('password' | 'totp' | 'email_code')[] }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string };

/** An account owner with one browser and one device key: what the wallet app does, and what a thief would try. */
export interface WalletAgent {
  readonly http: AgentHttp;
  deviceId(): string;
  /** The key of the present device, for an agent that shares it. */
  device(): DpopKey;
  /** The present tokens; throws before a login. */
  tokens(): Tokens;
  signUp(email: string, password: string): Promise<{ accountId: string }>;
  /** Whole login; answers a challenge with the authenticator app or the mailed code. */
  login(email: string, password: string): Promise<LoginResult>;
  refresh(): Promise<Answer>;
  /** A request to the API with a fresh proof; refreshes the access token when it is about to expire. */
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Signs a request without sending it; refreshes first like `api`. */
  prepare(method: string, path: string, body?: unknown): Promise<PreparedRequest>;
  send(request: PreparedRequest): Promise<Answer>;
  enrolTotp(): Promise<void>;
  /** The next code of the authenticator app, for a step-up. */
  nextTotpCode(): Promise<string>;
  lastTotpCode(): string;
  /** Another device: a new key, signed out. */
  switchDevice(): Promise<void>;
  /** The same person, device and browser on another network. */
  elsewhere(end: { readonly ip: string }): WalletAgent;
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

async function answerStep(state: AgentState, step: 'totp' | 'email_code', email: string): Promise<string | null> {
  if (state.options.secondFactor !== undefined) return state.options.secondFactor(step);
  if (step === 'email_code') return state.options.readMailedCode(email);
  if (state.app === null) throw new Error('the login asks for a code of an app the agent does not have');
  return state.app.nextCode();
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
    const code = await answerStep(state, step, email);
    if (code === null) return { result: { kind: 'refused', status: 200, code: `${step}_asked` }, authorization, code: null };
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

interface RequestExtra {
  readonly body?: unknown;
  readonly proof?: string;
  readonly key?: DpopKey;
  readonly skewSeconds?: number;
}

async function sign(state: AgentState, method: string, path: string, extra: RequestExtra): Promise<PreparedRequest> {
  const { accessToken } = present(state);
  const { skewSeconds = 0, key = state.key, body } = extra;
  const proof = extra.proof ?? (await key.proof({ method, url: state.http.absolute(path), accessToken, skewSeconds }));
  const headers = { authorization: `DPoP ${accessToken}`, dpop: proof };
  return { method, path, headers, ...(body === undefined ? {} : { body }) };
}

function send(state: AgentState, { method, path, headers, body }: PreparedRequest): Promise<Answer> {
  return state.http.send(method, path, body === undefined ? { headers } : { headers, body });
}

async function callApi(state: AgentState, method: string, path: string, extra: RequestExtra = {}): Promise<Answer> {
  return send(state, await sign(state, method, path, extra));
}

async function stayFresh(state: AgentState): Promise<void> {
  if (present(state).expiresAtMs - state.clock.now() < REFRESH_EARLY_MS) await refresh(state);
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

function agentOf(state: AgentState): WalletAgent {
  const { clock } = state;
  return {
    http: state.http,
    deviceId: () => state.key.jkt,
    device: () => state.key,
    tokens: () => present(state),
    signUp: (email, password) => signUp(state, email, password),
    login: (email, password) => login(state, email, password),
    refresh: () => refresh(state),
    async api(method, path, body) {
      await stayFresh(state);
      return callApi(state, method, path, body === undefined ? {} : { body });
    },
    async prepare(method, path, body) {
      await stayFresh(state);
      return sign(state, method, path, body === undefined ? {} : { body });
    },
    send: (request) => send(state, request),
    enrolTotp: () => enrolTotp(state),
    nextTotpCode: () => appOf(state).nextCode(),
    lastTotpCode: () => appOf(state).lastCode(),
    async switchDevice() {
      state.key = await createDpopKey(clock);
      state.tokens = null;
      state.rotatedAway = null;
    },
    elsewhere({ ip }) {
      const options = { ...state.options, forwardedFor: ip };
      return agentOf({ ...state, options, http: createAgentHttp(options, state.http.cookies) });
    },
    misuse: misuses(state),
  };
}

/** A client for tests and the demo world. Throws Error where the server does not answer as the flow foresees. */
export async function createWalletAgent(options: WalletAgentOptions): Promise<WalletAgent> {
  const clock = options.clock ?? systemClock;
  return agentOf({
    options,
    http: createAgentHttp(options),
    clock,
    key: options.device ?? (await createDpopKey(clock)),
    tokens: options.tokens ?? null,
    rotatedAway: null,
    app: null,
  });
}
