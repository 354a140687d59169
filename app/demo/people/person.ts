import { getAddress } from 'ethers';
import type { Answer, WalletAgent } from '../../../wallet-core/identity/agent/index.ts';
import { type DemoAsset, minorOf } from '../world/demo-assets.ts';
import type { Draw } from '../world/draw.ts';
import type { NetworkEnd } from '../world/network.ts';
import { payOnChain, until, type World } from '../world/world.ts';

/** Somebody with an account, honest or not. */
export interface Person {
  readonly email: string;
  readonly password: string;
  readonly accountId: string;
  readonly network: NetworkEnd;
  readonly draw: Draw;
  readonly asset: DemoAsset;
  readonly depositAddress: string;
  readonly hasTotp: boolean;
  agent: WalletAgent;
  /** Times this person was asked to prove more. */
  challenges: number;
  /** Logins that the engine refused. */
  refusedLogins: number;
}

/** A withdrawal as the API shows it. */
export interface ShownWithdrawal {
  readonly withdrawal_id: string;
  readonly state: string;
}

const NAMES = [
  'amina',
  'bela',
  'chen',
  'dara',
  'emil',
  'fatou',
  'goran',
  'hana',
  'ines',
  'jonas',
  'kofi',
  'lena',
  'mirko',
  'noor',
];
const WORDS = ['lantern', 'orchard', 'pebble', 'thicket', 'walnut', 'harvest', 'copper', 'meadow', 'saddle', 'violet'];
/** Both take three blocks on a quiet machine; twenty times as long is a failure worth seeing. */
const WITHDRAWAL_MS_MAX = 60_000;
const DEPOSIT_MS_MAX = 60_000;
/** A hold for a verdict that is late ends by itself within this; any other stays. */
const HELD_MS_MAX = 8_000;
const OPEN: ReadonlySet<string> = new Set(['requested', 'awaiting_step_up', 'held']);
const OVER: ReadonlySet<string> = new Set(['confirmed', 'denied', 'cancelled', 'expired', 'failed']);

function expectOk(answer: Answer, what: string): unknown {
  if (answer.status < 300) return answer.body;
  throw new Error(`${what} was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Signs up, signs in and sets up the authenticator app. */
export async function openAccount(options: {
  readonly draw: Draw;
  readonly network: NetworkEnd;
  readonly agent: WalletAgent;
  readonly asset: DemoAsset;
  readonly totp: boolean;
}): Promise<Person> {
  const { draw, agent } = options;
  const email = `${draw.pick(NAMES)}.${draw.hex(4)}@example.org`;
  const password = `${draw.pick(WORDS)}-${draw.hex(3)}-${draw.pick(WORDS)}`;
  const { accountId } = await agent.signUp(email, password);
  const login = await agent.login(email, password);
  if (login.kind !== 'signed_in') throw new Error(`the first login of ${email} was refused: ${login.code}`);
  if (options.totp) await agent.enrolTotp();
  const addresses = expectOk(await agent.api('GET', '/v1/me/deposit-addresses'), 'the deposit address') as { address: string }[];
  const depositAddress = addresses[0]?.address;
  if (depositAddress === undefined) throw new Error('the wallet gave no deposit address');
  const { asset, network, totp: hasTotp } = options;
  return { email, password, accountId, network, draw, asset, depositAddress, hasTotp, agent, challenges: 0, refusedLogins: 0 };
}

/** Signs in on the present device; true when that worked. */
export async function signIn(person: Person, password = person.password): Promise<boolean> {
  const result = await person.agent.login(person.email, password);
  if (result.kind === 'signed_in') {
    if (result.steps.length > 1) person.challenges += 1;
    return true;
  }
  // The wrong password is this person's own slip; with the right one it is the engine that refuses.
  if (password === person.password) person.refusedLogins += 1;
  return false;
}

/** Money arrives on the chain; resolves with the transaction's hash, once credited unless `wait` is false. */
export async function receive(world: World, person: Person, usd: number, wait = true): Promise<`0x${string}`> {
  const { hash } = await payOnChain(world.honest, person.asset, person.depositAddress, minorOf(person.asset, usd));
  if (!wait) return hash;
  const credited = await until(DEPOSIT_MS_MAX, async () => {
    const { deposits } = expectOk(await person.agent.api('GET', '/v1/me/deposits'), 'the deposits') as {
      deposits: { tx_hash: string; state: string }[];
    };
    return deposits.find((each) => each.tx_hash === hash && each.state === 'credited') ?? null;
  });
  if (credited === null) throw new Error(`a deposit of ${person.email} was not credited in time`);
  return hash;
}

export function withdrawalBody(person: Person, usd: number, payee: string) {
  return {
    withdrawal_id: person.draw.uuid(),
    asset: person.asset.listed.id,
    amount: minorOf(person.asset, usd).toString(),
    payee,
  };
}

async function look(person: Person, id: string): Promise<ShownWithdrawal> {
  const answer = await person.agent.api('GET', `/v1/me/withdrawals/${id}`);
  return (expectOk(answer, 'the withdrawal') as { withdrawal: ShownWithdrawal }).withdrawal;
}

/** What the owner does about a withdrawal that was asked for: proves the second factor where asked, and waits for `enough`. */
export async function follow(
  person: Person,
  first: ShownWithdrawal,
  enough: 'approved' | 'confirmed',
  prove: () => Promise<string | null> = () => person.agent.nextTotpCode(),
): Promise<ShownWithdrawal> {
  let now = first;
  let proven = false;
  const begun = Date.now();
  const settled = (): boolean => {
    if (OVER.has(now.state)) return true;
    if (now.state === 'held') return Date.now() - begun > HELD_MS_MAX;
    return enough === 'approved' && !OPEN.has(now.state);
  };
  await until(WITHDRAWAL_MS_MAX, async () => {
    if (now.state === 'awaiting_step_up') {
      if (proven) return now;
      proven = true;
      person.challenges += 1;
      const code = await prove();
      if (code === null) return now;
      await person.agent.api('POST', `/v1/me/withdrawals/${now.withdrawal_id}/step-up`, { code });
    }
    now = await look(person, now.withdrawal_id);
    return settled() ? now : null;
  });
  return now;
}

/** Asks for a payment; null where the API refused it outright. */
export async function askToPay(person: Person, usd: number, payee: string): Promise<ShownWithdrawal | null> {
  const answer = await person.agent.api('POST', '/v1/me/withdrawals', withdrawalBody(person, usd, payee));
  return answer.status < 300 ? (answer.body as { withdrawal: ShownWithdrawal }).withdrawal : null;
}

/** An address that belongs to nobody yet, in EIP-55 spelling. */
export function newPayee(draw: Draw): string {
  return getAddress(`0x${draw.hex(20)}`);
}
