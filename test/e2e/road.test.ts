import { createPublicKey, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningBulwark } from '../../app/run/start-bulwark.ts';
import type { Verdict } from '../../core/index.ts';
import { recompute } from '../../ingest/index.ts';
import { createPolicy } from '../../rules/index.ts';
import { verifyAudit } from '../../wallet-core/audit/index.ts';
import {
  addColleague,
  addStaff,
  availableWei,
  bodyOf,
  depositAddress,
  ETHER,
  ETHER_ASSET,
  newOwner,
  type Owner,
  type Place,
  sendEther,
  signInStaff,
  type StaffSession,
} from './testing/people.ts';
import { readEvents, readVerdicts, recomputeRoad } from './testing/read-road.ts';
import { type RunningInstance, startInstance } from './testing/running-instance.ts';

const PAYEE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
/** Far longer than anything takes: a wait that ends is a failure, not a measure. */
const PATIENCE = { timeout: 45_000, interval: 100 };

let instance: RunningInstance;
let bulwark: RunningBulwark;
let place: Place;
let owner: Owner;
const frames: Record<string, unknown>[] = [];

interface Withdrawal {
  readonly state: string;
  readonly outcome: string | null;
  readonly step_up: unknown;
  readonly tx_hash: string | null;
}

async function withdraw(wei: bigint): Promise<{ id: string }> {
  const id = randomUUID();
  const body = { withdrawal_id: id, asset: ETHER_ASSET, amount: wei.toString(), payee: PAYEE };
  const answer = await owner.agent.api('POST', '/v1/me/withdrawals', body);
  bodyOf(answer, 201);
  return { id };
}

const readWithdrawal = async (id: string): Promise<Withdrawal> =>
  bodyOf<{ withdrawal: Withdrawal }>(await owner.agent.api('GET', `/v1/me/withdrawals/${id}`), 200).withdrawal;

async function verdictOf(type: string): Promise<Verdict> {
  const [row] = await bulwark.sql.query<{ statement: Verdict }>(
    'select statement from verdicts.verdict where event_type = $1 and subject = $2 order by received_at desc limit 1',
    [type, owner.accountId],
  );
  if (row === undefined) throw new Error(`no verdict on ${type}`);
  return row.statement;
}

beforeAll(async () => {
  instance = await startInstance();
  ({ bulwark, place } = instance);
});

afterAll(async () => {
  await instance?.stop();
});

describe('the whole road of one owner', () => {
  it('signs up by a mailed code, signs in with a key of the device, and adds an authenticator app', async () => {
    owner = await newOwner(place, 'alice', '198.51.100.1');
    await owner.agent.enrolTotp();
    const me = bodyOf(await owner.agent.api('GET', '/v1/me'), 200);
    expect(me).toMatchObject({ account_id: owner.accountId, factors: { totp: true }, state: { frozen: false } });
  });

  it('hears of its alerts live', async () => {
    const ticket = bodyOf<{ ticket: string }>(await owner.agent.api('POST', '/v1/live/tickets'), 201).ticket;
    const socket = new WebSocket(`${place.baseUrl.replace('http', 'ws')}/v1/live?ticket=${ticket}`, { origin: place.baseUrl });
    socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>));
    await once(socket, 'open');
    const again = new WebSocket(`${place.baseUrl.replace('http', 'ws')}/v1/live?ticket=${ticket}`, { origin: place.baseUrl });
    await expect(once(again, 'open')).rejects.toThrow('401');
  });

  it('is credited what the chain proves, with its evidence', async () => {
    const to = await depositAddress(owner);
    const hash = await sendEther(bulwark.developmentChainUrl ?? '', 3, to, 2n * ETHER);
    await expect.poll(() => availableWei(owner), PATIENCE).toBe(2n * ETHER);
    const { deposits } = bodyOf<{ deposits: Record<string, unknown>[] }>(await owner.agent.api('GET', '/v1/me/deposits'), 200);
    expect(deposits).toEqual([expect.objectContaining({ tx_hash: hash, state: 'credited' })]);
    const claim = { claim_id: 'claim-1', chain_id: 31_337, tx_hash: hash };
    expect(bodyOf(await owner.agent.api('POST', '/v1/me/deposit-claims', claim), 200)).toMatchObject({ state: 'credited' });
    const evidence = await bulwark.sql.query('select hash from deposits.evidence');
    expect(evidence).toHaveLength(1);
    // The claim of what was credited before credits nothing again.
    expect(await availableWei(owner)).toBe(2n * ETHER);
  });

  it('is asked for a code before nearly everything goes to a new payee, and the payment is confirmed on chain', async () => {
    const wei = 19n * (ETHER / 10n);
    const { id } = await withdraw(wei);
    // A verdict that is late finds the payment held, and lifts that hold itself.
    await expect.poll(async () => (await readWithdrawal(id)).state, PATIENCE).toBe('awaiting_step_up');
    expect(await readWithdrawal(id)).toMatchObject({ outcome: 'challenge', step_up: { methods: ['totp'] } });
    const verdict = await verdictOf('wallet.withdrawal.requested');
    expect(verdict.body.reasons.map((reason) => reason.rule)).toContain('money.first-payout-large');
    const wrong = await owner.agent.api('POST', `/v1/me/withdrawals/${id}/step-up`, { code: '000000' });
    expect(wrong.status).toBe(403);
    const code = await owner.agent.nextTotpCode();
    bodyOf(await owner.agent.api('POST', `/v1/me/withdrawals/${id}/step-up`, { code }), 200);
    await expect.poll(async () => (await readWithdrawal(id)).state, PATIENCE).toBe('confirmed');
    const { tx_hash: hash } = await readWithdrawal(id);
    const receipt = await bulwark.chain.receipt(hash as `0x${string}`);
    expect(receipt).not.toBeNull();
    expect(await availableWei(owner)).toBe(2n * ETHER - wei);
  });

  it('pays a known payee a little without being asked', async () => {
    const { id } = await withdraw(ETHER / 100n);
    await expect.poll(async () => (await readWithdrawal(id)).state, PATIENCE).toBe('confirmed');
    expect((await readWithdrawal(id)).outcome).toBe('allow');
    expect((await bulwark.wallet.ledger.balanced(bulwark.sql)).ok).toBe(true);
  });

  it('told the owner what happened, live and in the list', async () => {
    const templates = (): unknown[] => frames.map((frame) => frame['template']);
    await expect.poll(templates, PATIENCE).toEqual(expect.arrayContaining(['deposit_credited', 'withdrawal_challenged']));
    const { alerts } = bodyOf<{ alerts: { template: string }[] }>(await owner.agent.api('GET', '/v1/me/alerts'), 200);
    expect(alerts.map((alert) => alert.template)).toEqual(expect.arrayContaining(['deposit_credited', 'withdrawal_challenged']));
  });
});

describe('staff', () => {
  let analyst: StaffSession;
  let restrictionId: string;

  it('sign in with credentials that the command printed once, and see the verdict with its why', async () => {
    const ada = await addStaff(place, 'ada', ['analyst']);
    analyst = await signInStaff(place, ada, '198.51.100.20');
    const feed = bodyOf<{ verdicts: Record<string, unknown>[] }>(
      await analyst.get(`/v1/staff/verdicts?account_id=${owner.accountId}&limit=50`),
      200,
    );
    const challenged = feed.verdicts.find(
      (verdict) => verdict['event_type'] === 'wallet.withdrawal.requested' && verdict['outcome'] === 'challenge',
    );
    const one = bodyOf(await analyst.get(`/v1/staff/verdicts/${String(challenged?.['event_id'])}`), 200);
    expect(JSON.stringify(one)).toContain('money.first-payout-large');
  });

  it('freeze an account, whose money then stays', async () => {
    const frozen = await analyst.post(`/v1/staff/accounts/${owner.accountId}/freeze`, {
      reason: 'called from an unknown number',
    });
    restrictionId = bodyOf<{ restriction_id: string }>(frozen, 201).restriction_id;
    const body = { withdrawal_id: randomUUID(), asset: ETHER_ASSET, amount: `${ETHER / 100n}`, payee: PAYEE };
    const refused = await owner.agent.api('POST', '/v1/me/withdrawals', body);
    expect(refused).toMatchObject({ status: 403, body: { code: 'account_restricted' } });
    await expect.poll(() => frames.map((frame) => frame['template']), PATIENCE).toContain('account_frozen');
  });

  it('cannot lift what they imposed: another person, an approver, does', async () => {
    const unfreeze = { restriction_id: restrictionId, reason: 'it was her' };
    const path = `/v1/staff/accounts/${owner.accountId}/unfreeze`;
    expect(await analyst.post(path, unfreeze)).toMatchObject({ status: 403, body: { code: 'own_restriction' } });
    const ben = await signInStaff(place, await addColleague(bulwark, 'ben', ['analyst']), '198.51.100.21');
    expect(await ben.post(path, unfreeze)).toMatchObject({ status: 403, body: { code: 'approver_needed' } });
    const cleo = await signInStaff(place, await addColleague(bulwark, 'cleo', ['approver']), '198.51.100.22');
    bodyOf(await cleo.post(path, unfreeze), 200, 204);
    const me = bodyOf(await owner.agent.api('GET', '/v1/me'), 200);
    expect(me).toMatchObject({ state: { frozen: false, causes: [] } });
  });
});

describe('what remains', () => {
  it('lands in ClickHouse: every event and every verdict of the log, once', async () => {
    await expect
      .poll(async () => (await bulwark.sql.query('select 1 from outbox.message where sent_at is null')).length, PATIENCE)
      .toBe(0);
    await expect
      .poll(async () => (await readVerdicts(bulwark.log)).length - (await readEvents(bulwark.log)).length, PATIENCE)
      .toBe(0);
    const count = async (view: string): Promise<number> => {
      const [row] = await bulwark.analytics.query<{ rows: string }>(`select count() as rows from ${view} where stream = 'live'`);
      return Number(row?.rows);
    };
    const events = await readEvents(bulwark.log);
    expect(events.length).toBeGreaterThan(10);
    await expect.poll(() => count('v_events'), PATIENCE).toBe(events.length);
    await expect.poll(() => count('v_verdicts'), PATIENCE).toBe(events.length);
    const types = new Set(events.map(({ event }) => event.type));
    for (const type of ['account.registered', 'login.attempted', 'deposit.confirmed', 'withdrawal.confirmed', 'staff.acted']) {
      expect(types).toContain(`wallet.${type}`);
    }
  });

  it('is an audit log that a stranger verifies, with the deposit, the payments and what staff did in it', async () => {
    const key = createPublicKey(bulwark.keys.audit.publicKey.export({ type: 'spki', format: 'pem' }));
    const entries = async (): Promise<number> =>
      (await bulwark.sql.query('select 1 from audit.entry where leaf_index is null')).length;
    await expect.poll(entries, PATIENCE).toBe(0);
    expect(await verifyAudit(bulwark.sql, key)).toMatchObject({ ok: true });
    const kinds = await bulwark.sql.query<{ kind: string }>('select distinct kind from audit.entry');
    expect(kinds.map((row) => row.kind)).toEqual(expect.arrayContaining(['deposit_credited']));
  });

  it('is verdicts that anybody recomputes bit for bit from the log', async () => {
    const { book, evaluator } = bulwark.judging;
    const judges = { rules: evaluator, policy: createPolicy(book.policy) };
    expect(await recompute(await verdictOf('wallet.withdrawal.requested'), judges)).toEqual({ same: true });
    expect(await recomputeRoad(bulwark)).toEqual({ same: true });
  });
});
