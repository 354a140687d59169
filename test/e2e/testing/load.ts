import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../../wallet-core/identity/agent/agent-http.ts';
import { ETHER, ETHER_ASSET, type Owner, PASSWORD } from './people.ts';

/** A write whose id its caller made, and what was answered in the end. */
export interface Acknowledged {
  readonly kind: 'transfer' | 'withdrawal' | 'claim';
  readonly id: string;
  readonly owner: Owner;
  readonly to: string;
  readonly wei: bigint;
  readonly status: number;
  readonly code: string | null;
  /** How often it was sent: more than once where the answer was lost. */
  readonly sent: number;
}

export interface Loaded extends Owner {
  /** Where this owner's withdrawals go. */
  readonly payee: string;
  readonly depositHash: string;
}

export interface Load {
  readonly acknowledged: readonly Acknowledged[];
  /** Answers of the server that are no answer to the question: 5xx other than "starting". */
  readonly broken: readonly string[];
  /** Stops asking for new things, sends what is unanswered until it is answered. */
  finish(): Promise<void>;
}

const PAUSE_MS = 40;

/** Answered for good: anything but an outage, a throttle, or a token that went with a lost answer. */
function isAnswer(answer: Answer): boolean {
  return answer.status < 500 && answer.status !== 429 && answer.status !== 401;
}

interface Worker {
  readonly owner: Loaded;
  readonly random: () => number;
  readonly others: readonly Loaded[];
  readonly state: { running: boolean };
  readonly acknowledged: Acknowledged[];
  readonly broken: string[];
}

/** A refresh whose answer was lost leaves a dead token, and its reuse ends the session: the owner signs in again. */
async function signInAgain({ owner }: Worker): Promise<void> {
  await owner.agent.login(owner.email, PASSWORD).catch(() => undefined);
}

async function sendUntilAnswered(worker: Worker, path: string, body: unknown): Promise<{ answer: Answer; sent: number }> {
  for (let sent = 1; ; sent += 1) {
    const answer = await worker.owner.agent.api('POST', path, body).catch(() => null);
    if (answer !== null && isAnswer(answer)) return { answer, sent };
    if (answer !== null && answer.status >= 500 && (answer.body as { code?: string }).code !== 'starting') {
      worker.broken.push(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    if (answer?.status === 401) await signInAgain(worker);
    await sleep(3 * PAUSE_MS);
  }
}

async function write(worker: Worker, kind: Acknowledged['kind']): Promise<void> {
  const { owner, random, others } = worker;
  // An owner has one deposit, and claims it under one id, again and again.
  const id = kind === 'claim' ? owner.accountId : randomUUID();
  const wei = BigInt(1 + Math.floor(random() * 9)) * (ETHER / 1_000n);
  const other = others[Math.floor(random() * others.length)] ?? owner;
  const common = { asset: ETHER_ASSET, amount: wei.toString() };
  const [path, body, to] = {
    transfer: ['/v1/me/transfers', { transfer_id: id, ...common, to_account: other.accountId }, other.accountId] as const,
    withdrawal: ['/v1/me/withdrawals', { withdrawal_id: id, ...common, payee: owner.payee }, owner.payee] as const,
    claim: ['/v1/me/deposit-claims', { claim_id: id, chain_id: 31_337, tx_hash: owner.depositHash }, ''] as const,
  }[kind];
  const { answer, sent } = await sendUntilAnswered(worker, path, body);
  const { code = null } = answer.body as { code?: string | null };
  worker.acknowledged.push({ kind, id, owner, to, wei, status: answer.status, code, sent });
}

/** Mostly money, now and then who one is. */
async function step(worker: Worker): Promise<void> {
  const dice = worker.random();
  if (dice < 0.45) await write(worker, 'transfer');
  else if (dice < 0.7) await write(worker, 'withdrawal');
  else if (dice < 0.8) await write(worker, 'claim');
  else if (dice < 0.87) {
    const answer = await worker.owner.agent.refresh().catch(() => null);
    if (answer?.status !== 200) await signInAgain(worker);
  } else await worker.owner.agent.api('GET', '/v1/me/balances').catch(() => null);
}

async function work(worker: Worker): Promise<void> {
  while (worker.state.running) {
    await step(worker);
    await sleep(PAUSE_MS * worker.random());
  }
}

/** Every owner asks one thing after the other, as fast as it is answered. */
export function startLoad(owners: readonly Loaded[], random: () => number): Load {
  const state = { running: true };
  const acknowledged: Acknowledged[] = [];
  const broken: string[] = [];
  const works = owners.map((owner) => {
    const others = owners.filter((other) => other !== owner);
    return work({ owner, random, others, state, acknowledged, broken });
  });
  return {
    acknowledged,
    broken,
    async finish() {
      state.running = false;
      await Promise.all(works);
    },
  };
}
