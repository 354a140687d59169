import { HDNodeWallet, JsonRpcProvider } from 'ethers';
import type { RunningBulwark } from '../../../app/run/start-bulwark.ts';
import type { StaffRole } from '../../../core/index.ts';
import { DEVELOPMENT_MNEMONIC } from '../../../platform/chain/index.ts';
import { systemClock } from '../../../platform/clock/index.ts';
import { type AgentHttp, type Answer, createAgentHttp } from '../../../wallet-core/identity/agent/agent-http.ts';
import { createTotpApp, type TotpApp } from '../../../wallet-core/identity/agent/totp-app.ts';
import { createWalletAgent, type WalletAgent } from '../../../wallet-core/identity/agent/wallet-agent.ts';
import { runToEnd } from './bulwark-child.ts';
import { createMailReader } from './mailed-codes.ts';

export const PASSWORD = 'violet anchor tramway';
/** The ether of the development chain. */
export const ETHER_ASSET = 'eip155:31337/slip44:60';
export const ETHER = 10n ** 18n;

export interface Place {
  readonly baseUrl: string;
  readonly dataDirectory: string;
}

export interface Owner {
  readonly agent: WalletAgent;
  readonly email: string;
  readonly accountId: string;
}

/** Signs up and in. Each owner has an address of their own, so instances believe the proxy 127.0.0.1 (`TRUSTED`). */
export async function newOwner(place: Place, name: string, forwardedFor: string): Promise<Owner> {
  const readMailedCode = createMailReader(place.dataDirectory);
  const agent = await createWalletAgent({ baseUrl: place.baseUrl, readMailedCode, forwardedFor });
  const email = `${name}@example.com`;
  const { accountId } = await agent.signUp(email, PASSWORD);
  const login = await agent.login(email, PASSWORD);
  if (login.kind !== 'signed_in') throw new Error(`${email} was refused: ${login.code}`);
  return { agent, email, accountId };
}

/** Lets tests say where each of their people sits. */
export const TRUSTED = { BULWARK_TRUSTED_PROXIES: '127.0.0.1,::1' } as const;

/** The answer's body when its status is as expected; throws with all of it otherwise. */
export function bodyOf<Body>(answer: Answer, ...statuses: readonly number[]): Body {
  if (!statuses.includes(answer.status)) throw new Error(`answered with ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Body;
}

/** Sends ether from one of the development chain's rich accounts, each test its own. Gives the transaction's hash. */
export async function sendEther(rpcUrl: string, richAccount: number, to: string, wei: bigint): Promise<string> {
  const provider = new JsonRpcProvider(rpcUrl, 31_337, { staticNetwork: true });
  try {
    const rich = HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC, undefined, `m/44'/60'/0'/0/${richAccount}`).connect(provider);
    const sent = await rich.sendTransaction({ to, value: wei });
    await sent.wait();
    return sent.hash;
  } finally {
    provider.destroy();
  }
}

export async function depositAddress({ agent }: Owner): Promise<string> {
  const [address] = bodyOf<{ address: string }[]>(await agent.api('GET', '/v1/me/deposit-addresses'), 200);
  if (address === undefined) throw new Error('no deposit address was assigned');
  return address.address;
}

/** What the owner may spend, in wei. */
export async function availableWei({ agent }: Owner): Promise<bigint> {
  const { balances } = bodyOf<{ balances: { asset: string; available: string }[] }>(
    await agent.api('GET', '/v1/me/balances'),
    200,
  );
  return BigInt(balances.find((balance) => balance.asset === ETHER_ASSET)?.available ?? '0');
}

export interface StaffPerson {
  readonly name: string;
  readonly password: string;
  readonly app: TotpApp;
}

/** `bulwark staff add` beside the running instance. */
export async function addStaff(place: Place, name: string, roles: readonly StaffRole[]): Promise<StaffPerson> {
  const flags = roles.flatMap((role) => ['--role', role]);
  const ended = await runToEnd(['staff', 'add', name, ...flags, '--json'], place.dataDirectory);
  if (ended.code !== 0) throw new Error(`staff add ended with ${ended.code}: ${ended.stdout}${ended.stderr}`);
  const added = JSON.parse(ended.stdout) as { password: string; totpSecret: string };
  return { name, password: added.password, app: createTotpApp(added.totpSecret, systemClock) };
}

/** The same without a process of its own, where the command is not what is tested. */
export async function addColleague(bulwark: RunningBulwark, name: string, roles: readonly StaffRole[]): Promise<StaffPerson> {
  const added = await bulwark.wallet.identity.staff.add({ name, roles });
  if (!added.ok) throw new Error(added.refusal.message);
  return { name, password: added.value.password ?? '', app: createTotpApp(added.value.totpSecret, systemClock) };
}

export interface StaffSession {
  readonly http: AgentHttp;
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
}

/** Signs in with name, password and authenticator code. */
export async function signInStaff(place: Place, person: StaffPerson, forwardedFor: string): Promise<StaffSession> {
  const http = createAgentHttp({ baseUrl: place.baseUrl, forwardedFor });
  const code = await person.app.nextCode();
  bodyOf(await http.send('POST', '/staff/login', { body: { name: person.name, password: person.password, code } }), 200);
  const me = bodyOf<{ csrf_token: string }>(await http.send('GET', '/v1/staff/me'), 200);
  const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
    http.send(method, path, { body, headers: { 'x-csrf-token': me.csrf_token } });
  return { http, send, get: (path) => send('GET', path), post: (path, body) => send('POST', path, body) };
}
