import { generateKeyPairSync } from 'node:crypto';
import {
  type FreezeBudget,
  type Clock,
  type FeatureEngine,
  HOUR_MS,
  LIVE_STREAM,
  type Policy,
  type RuleEvaluator,
  type Scorer,
  statementSigner,
  TOPICS,
  type Verdict,
  type VerdictBody,
  WALLET_SOURCE,
} from '../../core/index.ts';
import type { EventLog, LogRecord, StoredRecord, SubscribeOptions } from '../../platform/event-log/index.ts';
import { createDomainList, createEnricher, DISPOSABLE_DOMAINS, readPriceTable } from '../enrich/index.ts';
import type { EngineDeps } from './engine.ts';
import { NO_METRICS } from './metrics.ts';

/** 1 January 2027, 00:00 UTC. */
export const START_MS = Date.UTC(2027, 0, 1);

export function eventId(n: number): string {
  return `01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** A withdrawal request of `subject` at `timeMs`, as the wallet writes it. */
export function withdrawalRecord(n: number, subject: string, timeMs: number, changes: Record<string, unknown> = {}): LogRecord {
  const event = {
    specversion: '1.0',
    id: eventId(n),
    source: WALLET_SOURCE,
    type: 'wallet.withdrawal.requested',
    time: new Date(timeMs).toISOString(),
    subject,
    stream: LIVE_STREAM,
    data: {
      withdrawal_id: `w-${n}`,
      asset: 'iso4217:USD',
      amount: `${n * 100}`,
      payee: `0x${'a'.repeat(40)}`,
      payload_hash: n.toString(16).padStart(64, '0'),
      payee_is_new: n % 2 === 0,
      client: { ip: '203.0.113.7', user_agent: 'test', device_id: null, session_id: null },
    },
    ...changes,
  };
  return { key: subject, value: JSON.stringify(event), headers: { source: event.source, stream: event.stream } };
}

/** How often each rule froze so far: every freeze is seen by the next event, so a lost or doubled one shows in the facts. */
export function countingBudget(): FreezeBudget {
  const counts = new Map<string, number>();
  return {
    facts: () => Object.fromEntries([...counts].map(([rule, count]) => [`budget.${rule}`, count])),
    note(_timeMs, frozenBy) {
      for (const rule of frozenBy) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    },
  };
}

/** Windows small enough to check by eye: how many events of the subject, and dollars of all subjects, in the last hour. */
export function countingFeatures(): FeatureEngine {
  const past: { subject: string; timeMs: number; cents: number }[] = [];
  return {
    revision: 'counting-1',
    advance({ event, timeMs, inWindows, enrichment }) {
      const window = past.filter((each) => each.timeMs > timeMs - HOUR_MS && each.timeMs <= timeMs);
      const facts = {
        ...enrichment,
        'account.count_1h': window.filter((each) => each.subject === event.subject).length,
        'all.cents_1h': window.reduce((sum, each) => sum + each.cents, 0),
        'all.arrived': past.length,
      };
      if (inWindows) past.push({ subject: event.subject, timeMs, cents: Number(enrichment.amount_usd_cents ?? 0) });
      return facts;
    },
  };
}

export const countRule: RuleEvaluator = {
  revision: 'rules-1',
  evaluate(_type, facts) {
    const count = facts['account.count_1h'];
    if (typeof count !== 'number') return { hits: [], undecided: { many: ['account.count_1h'] }, shadow: [] };
    if (count < 2) return { hits: [], undecided: {}, shadow: [] };
    const reason = { rule: 'many', version: '1', title: 'Many', level: 'high' as const, outcome: 'freeze' as const, score: 400 };
    const hit = {
      reason: { ...reason, facts: { 'account.count_1h': count }, words: [`count is ${count}`] },
      actions: ['notify' as const],
    };
    return { hits: [hit], undecided: {}, shadow: [] };
  },
};

export const plainPolicy: Policy = {
  revision: 'policy-1',
  decide({ result, degraded }) {
    const score = result.hits.reduce((sum, hit) => sum + hit.reason.score, 0);
    const outcome = result.hits.length > 0 ? 'freeze' : degraded ? 'challenge' : 'allow';
    return { outcome, score, actions: result.hits.flatMap((hit) => hit.actions), level: 'low' };
  },
};

const arrivedScorer: Scorer = {
  revision: 'models-1',
  score: (rows) =>
    Promise.resolve({
      ok: true,
      scores: rows.map(({ facts }) => [
        { model: 'toy', version: '1', score: (Number(facts['all.arrived']) % 100) / 100, reasons: [] },
      ]),
    }),
};

const { privateKey } = generateKeyPairSync('ed25519');
const testSigner = statementSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());

function testEnricher() {
  const yaml = `{ as_of: now, owner: test, assets: { 'iso4217:USD': { decimals: 2, usd: '1' } } }`;
  const prices = readPriceTable(yaml);
  if (!prices.ok) throw new Error(prices.refusal.message);
  return createEnricher({ prices: prices.value, disposableDomains: createDomainList(DISPOSABLE_DOMAINS) });
}

export function engineDeps(log: EventLog, clock: Clock, errors: unknown[]): EngineDeps {
  return {
    log,
    clock,
    group: 'engine',
    features: countingFeatures,
    budget: countingBudget,
    scorer: arrivedScorer,
    rules: countRule,
    policy: plainPolicy,
    enricher: testEnricher(),
    signer: testSigner,
    metrics: NO_METRICS,
    onError: (error) => errors.push(error),
  };
}

/** A log whose deliveries and commits the test makes itself; what is written and read is the real log's. */
export function steppedLog(log: EventLog) {
  const commits = new Map<string, bigint>();
  let handler: SubscribeOptions['onBatch'] | null = null;
  /** How many more records may become durable before the process dies; null: as many as want. */
  let budget: number | null = null;

  async function deliver(topic: string, partition: number, count: number): Promise<number> {
    if (handler === null) throw new Error('nobody subscribed');
    const key = `${topic}/${partition}`;
    const records = await log.read(topic, partition, commits.get(key) ?? 0n, count);
    const last = records.at(-1);
    if (last === undefined) return 0;
    await handler(records);
    commits.set(key, last.offset + 1n);
    return records.length;
  }

  const stepped: EventLog = {
    ...log,
    async produce(topic, records) {
      if (budget === null) return log.produce(topic, records);
      // Every other record first: brokers of several partitions acknowledge in any order.
      const shuffled = [...records.filter((_, index) => index % 2 === 1), ...records.filter((_, index) => index % 2 === 0)];
      const durable = shuffled.slice(0, budget);
      await log.produce(topic, durable);
      budget -= durable.length;
      if (durable.length < records.length) throw new Error('the process died here');
    },
    committed: (topic) => {
      const entries = [...commits].filter(([key]) => key.startsWith(`${topic}/`));
      return Promise.resolve(new Map(entries.map(([key, offset]) => [Number(key.slice(topic.length + 1)), offset])));
    },
    subscribe: (options) => {
      handler = (records) => options.onBatch(records);
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  };
  return {
    log: stepped,
    deliver,
    dieAfter(records: number | null) {
      budget = records;
    },
  };
}

export async function readTopic(log: EventLog, topic: string): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (const { partition, begin, end } of await log.ends(topic)) {
    for (let from = begin; from < end;) {
      const read = await log.read(topic, partition, from, 500);
      records.push(...read);
      from = (read.at(-1)?.offset ?? end) + 1n;
    }
  }
  return records;
}

/** All verdicts of the log, in arrival order. */
export async function readVerdicts(log: EventLog): Promise<Verdict[]> {
  const verdicts = (await readTopic(log, TOPICS.verdicts)).map((record) => JSON.parse(record.value) as Verdict);
  return verdicts.toSorted((left, right) => Number(left.body.receipt.arrival) - Number(right.body.receipt.arrival));
}

/** The part of a verdict that does not depend on when it was judged. */
export function withoutWallClock({ judged_at: _judged, expires_at: _expires, receipt, ...body }: VerdictBody) {
  const { previous: _previous, ...rest } = receipt;
  return { ...body, receipt: rest };
}
