import { createHash, randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { getAddress } from 'ethers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../app/config/read-config.ts';
import { type RunningBulwark, startBulwark } from '../../app/run/start-bulwark.ts';
import { TOPICS } from '../../core/index.ts';
import { LANDING_GROUP } from '../../dashboards/landing/index.ts';
import { verifyAudit } from '../../wallet-core/audit/index.ts';
import { type BulwarkChild, runBulwark } from './testing/bulwark-child.ts';
import { createDataFolder } from './testing/data-folder.ts';
import { type Acknowledged, type Load, type Loaded, startLoad } from './testing/load.ts';
import { availableWei, depositAddress, ETHER, newOwner, sendEther, TRUSTED } from './testing/people.ts';
import { endProcessesOf } from './testing/processes-of.ts';
import { readEvents, readTopic, readVerdicts, recomputeRoad } from './testing/read-road.ts';
import { seededRandom } from './testing/seeded-random.ts';
import { until } from './testing/until.ts';

const KILLS = 5;
const OWNERS = 4;
const DEPOSIT = 5n * ETHER;
const seed = Number(process.env['BULWARK_TEST_SEED'] ?? randomInt(2 ** 31));

let folder: string;
let settings: Record<string, string>;
let child: BulwarkChild | undefined;
let bulwark: RunningBulwark;
let owners: Loaded[];
let load: Load | undefined;

/** The same address over all restarts: what was issued before must hold after. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function chainUrl(running: BulwarkChild): Promise<string> {
  await running.until('Listening on 127.0.0.1:');
  return `http://${/Listening on (127\.0\.0\.1:\d+)/.exec(running.stderr())?.[1] ?? ''}`;
}

async function prepareOwner(baseUrl: string, rpcUrl: string, index: number): Promise<Loaded> {
  const owner = await newOwner({ baseUrl, dataDirectory: folder }, `owner-${index}`, `198.51.100.${60 + index}`);
  await owner.agent.enrolTotp();
  const depositHash = await sendEther(rpcUrl, 2 + index, await depositAddress(owner), DEPOSIT);
  const payee = getAddress(`0x${createHash('sha256').update(`${seed} ${index}`).digest('hex').slice(0, 40)}`);
  await until(() => availableWei(owner), DEPOSIT);
  return { ...owner, depositHash, payee };
}

/** Kills it under load, now and then while it still starts, and starts it again. */
async function killAndRestart(running: BulwarkChild, random: () => number): Promise<BulwarkChild> {
  let current = running;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const early = kill === KILLS - 2;
    if (!early) await current.ready();
    await sleep((early ? 1_500 : 2_500) * random());
    current.kill('SIGKILL');
    expect(await current.ended()).toMatchObject({ signal: 'SIGKILL' });
    current = runBulwark(['start'], folder, settings);
  }
  await current.ready();
  await sleep(1_000 * random());
  current.kill('SIGKILL');
  await current.ended();
  return current;
}

/** Nothing on its way any more: all told, judged, recorded, carried out and landed. */
async function drained(): Promise<string[]> {
  const { sql, log } = bulwark;
  const left: string[] = [];
  const unsent = await sql.query('select 1 from outbox.message where sent_at is null');
  if (unsent.length > 0) left.push(`${unsent.length} unsent`);
  const open = await sql.query<{ state: string; reason: string | null; verdict: string | null }>(
    `select state, reason, (select outcome from verdicts.verdict where event_id = w.event_id::text) as verdict
       from withdrawals.withdrawal w
      where state not in ('confirmed', 'denied', 'cancelled', 'expired', 'failed', 'awaiting_step_up')
        and not (state = 'held' and hold_cause <> 'no_verdict')`,
  );
  left.push(...open.map(({ state, reason, verdict }) => `a withdrawal is ${state} (${reason}), its verdict ${verdict}`));
  for (const [topic, group] of [
    [TOPICS.events, 'engine'],
    [TOPICS.verdicts, 'wallet'],
    ...Object.values(TOPICS).map((each) => [each, LANDING_GROUP] as const),
  ] as const) {
    const committed = await log.committed(topic, group);
    for (const { partition, begin, end } of await log.ends(topic)) {
      if ((committed.get(partition) ?? begin) < end) left.push(`${group} lags on ${topic}/${partition}`);
    }
  }
  const unsequenced = await sql.query('select 1 from audit.entry where leaf_index is null');
  if (unsequenced.length > 0) left.push(`${unsequenced.length} audit entries wait`);
  return left;
}

beforeAll(async () => {
  process.stdout.write(`kill.test.ts: BULWARK_TEST_SEED=${seed}\n`);
  folder = await createDataFolder();
  settings = { ...TRUSTED, BULWARK_PORT: String(await freePort()), LOG_LEVEL: 'debug' };
  const first = runBulwark(['start'], folder, settings);
  child = first;
  const baseUrl = await first.ready();
  const rpcUrl = await chainUrl(first);
  owners = await Promise.all(Array.from({ length: OWNERS }, (_, index) => prepareOwner(baseUrl, rpcUrl, index)));
  const random = seededRandom(seed);
  load = startLoad(owners, random);
  child = await killAndRestart(first, random);
  const config = readConfig({ BULWARK_DATA: folder, ...settings, LOG_LEVEL: 'error' });
  bulwark = await startBulwark({ config, logger: pino({ level: 'silent' }) });
  await load.finish();
  const answers = Map.groupBy(load.acknowledged, ({ kind, status, code }) => `${kind} ${status} ${code ?? ''}`);
  process.stdout.write(`kill.test.ts: ${[...answers].map(([answer, all]) => `${all.length} × ${answer}`).join(', ')}\n`);
  await until(drained, []);
}, 240_000);

afterAll(async () => {
  child?.kill('SIGKILL');
  await bulwark?.stop();
  await endProcessesOf(folder);
});

const acknowledged = (kind: Acknowledged['kind']): Acknowledged[] =>
  (load?.acknowledged ?? []).filter((each) => each.kind === kind && each.status < 300);

describe(`killed ${KILLS + 1} times under load (seed ${seed})`, () => {
  it('was under load: writes were acknowledged, and some had to be sent again', () => {
    expect(load?.broken).toEqual([]);
    expect(acknowledged('transfer').length).toBeGreaterThan(20);
    expect(acknowledged('withdrawal').length).toBeGreaterThan(5);
    expect((load?.acknowledged ?? []).some(({ sent }) => sent > 1)).toBe(true);
  });

  it('has every acknowledged write once, and the money of each owner is what these writes leave', async () => {
    const transfers = await bulwark.sql.query<{ id: string }>('select id from withdrawals.internal_transfer');
    expect(transfers.map(({ id }) => id).toSorted()).toEqual(
      acknowledged('transfer')
        .map(({ id }) => id)
        .toSorted(),
    );
    const withdrawals = await bulwark.sql.query<{ id: string; state: string }>('select id, state from withdrawals.withdrawal');
    expect(withdrawals.map(({ id }) => id).toSorted()).toEqual(
      acknowledged('withdrawal')
        .map(({ id }) => id)
        .toSorted(),
    );
    const claims = await bulwark.sql.query<{ id: string }>('select id from deposits.claim');
    expect(new Set(claims.map(({ id }) => id))).toEqual(new Set(acknowledged('claim').map(({ id }) => id)));
    const given = new Set(
      withdrawals.filter(({ state }) => ['denied', 'cancelled', 'expired', 'failed'].includes(state)).map(({ id }) => id),
    );
    const sum = (writes: Acknowledged[]): bigint => writes.reduce((total, { wei }) => total + wei, 0n);
    for (const owner of owners) {
      const out = acknowledged('transfer').filter((each) => each.owner === owner);
      const into = acknowledged('transfer').filter(({ to }) => to === owner.accountId);
      const paid = acknowledged('withdrawal').filter((each) => each.owner === owner && !given.has(each.id));
      expect(await availableWei(owner)).toBe(DEPOSIT + sum(into) - sum(out) - sum(paid));
    }
    expect(await bulwark.wallet.ledger.balanced(bulwark.sql)).toMatchObject({ ok: true });
  });

  it('paid each confirmed withdrawal once on chain, with one nonce and one transaction', async () => {
    const paid = await bulwark.sql.query<{ payee: string; nonce: bigint; tx_hash: string; amount: string }>(
      `select payee, nonce, tx_hash, amount from withdrawals.withdrawal where state = 'confirmed'`,
    );
    expect(paid.length).toBeGreaterThan(0);
    expect(new Set(paid.map(({ nonce }) => nonce)).size).toBe(paid.length);
    for (const owner of owners) {
      const wei = paid.filter(({ payee }) => payee === owner.payee).reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      expect(await bulwark.chain.balance(owner.payee as `0x${string}`, (await bulwark.chain.head()).number)).toBe(wei);
    }
    const signed = await bulwark.sql.query<{ withdrawal_id: string }>('select withdrawal_id from withdrawals.transaction');
    expect(new Set(signed.map((row) => row.withdrawal_id)).size).toBe(signed.length);
    const nonces = await bulwark.sql.query<{ nonce: bigint }>(
      'select nonce from withdrawals.nonce where released_at is null order by nonce',
    );
    expect(nonces.map(({ nonce }) => Number(nonce))).toEqual(nonces.map((_, index) => index));
  });

  it('told every change once: sequences of each subject have no gap, and every event one verdict', async () => {
    const told = await bulwark.sql.query<{ id: string }>('select id from outbox.message where topic = $1', [TOPICS.events]);
    const events = await readEvents(bulwark.log);
    const firsts = new Map(events.toReversed().map(({ event }) => [event.id, event]));
    expect([...firsts.keys()].toSorted()).toEqual(told.map(({ id }) => id).toSorted());
    const bySubject = Map.groupBy(firsts.values(), (event) => event.subject);
    for (const [subject, own] of bySubject) {
      const sequence = own.map((event) => Number(event.sequence)).toSorted((left, right) => left - right);
      expect(sequence, subject).toEqual(own.map((_, index) => index + 1));
    }
    const verdicts = await readVerdicts(bulwark.log);
    expect(verdicts.map(({ body }) => body.event_id).toSorted()).toEqual([...firsts.keys()].toSorted());
    expect(new Set(verdicts.map(({ body }) => body.revision))).toEqual(new Set([1]));
    const recorded = await bulwark.sql.query<{ event_id: string }>('select event_id from verdicts.verdict');
    expect(recorded.map((row) => row.event_id).toSorted()).toEqual([...firsts.keys()].toSorted());
    expect(await bulwark.sql.query('select reason from verdicts.refused')).toEqual([]);
    expect(await readTopic(bulwark.log, TOPICS.deadLetters)).toEqual([]);
  });

  it('judged as if nothing had happened: arrivals, chain of receipts, features and outcomes recompute bit for bit', async () => {
    expect(await recomputeRoad(bulwark)).toEqual({ same: true });
  });

  it('landed every event and verdict once, and its audit log verifies', async () => {
    const count = async (view: string): Promise<number> => {
      const [row] = await bulwark.analytics.query<{ rows: string }>(`select count() as rows from ${view}`);
      return Number(row?.rows);
    };
    const verdicts = (await readVerdicts(bulwark.log)).length;
    expect([await count('v_events'), await count('v_verdicts')]).toEqual([verdicts, verdicts]);
    expect(await verifyAudit(bulwark.sql, bulwark.keys.audit.publicKey)).toMatchObject({ ok: true });
  });
});
