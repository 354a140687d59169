import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BulwarkEvent, EnrichedEvent, Facts, FactValue } from '../../core/index.ts';
import { compileCondition, TRUE } from '../dialect/index.ts';
import type { Aggregate, FeatureDefinition, KeyPart, WindowFeature } from './definition.ts';
import { baseFacts } from './facts.ts';
import { createFeatureEngine } from './feature-engine.ts';
import { loadFeatures } from './load-features.ts';

const LATENESS_MS = 60_000;

const FILE = `
features:
  - { id: t.count, doc: counted things, count: true, of: wallet.login.attempted, per: account, over: 60s }
  - { id: t.count_self, doc: counted things, count: true, of: wallet.login.attempted, per: account, over: 60s, including_current: true }
  - { id: t.failed, doc: counted things, count: true, of: wallet.login.attempted, where: { fact: data.result, operator: equal, value: bad_password }, per: ip, over: 30s, including_current: true }
  - { id: t.delayed, doc: counted things, count: true, of: wallet.login.attempted, per: ip, over: 30s, delay: 20s }
  - { id: t.names, doc: counted things, distinct: true, field: data.identifier_hash, of: wallet.login.attempted, per: ip, over: 45s, including_current: true }
  - { id: t.names_before, doc: counted things, distinct: true, field: data.identifier_hash, of: wallet.login.attempted, per: ip, over: 20s }
  - { id: t.pair, doc: counted things, count: true, of: wallet.login.attempted, per: [account, device], over: 2m }
  - { id: t.first_seen, doc: time of things, time_since: first, unit: seconds, of: wallet.login.attempted, per: [account, device], over: 90s, when_none: 0 }
  - { id: t.last_seen, doc: time of things, time_since: last, unit: seconds, of: wallet.login.attempted, per: device, over: 90s }
  - { id: t.last_result, doc: last of things, last: true, field: data.result, of: wallet.login.attempted, per: account, over: 40s }
  - { id: t.first_result, doc: first of things, first: true, field: data.result, of: wallet.login.attempted, per: account, over: 40s, including_current: true }
  - { id: t.sum, doc: sum of things, sum: true, field: amount_usd, scale: 100, of: [wallet.withdrawal.requested, wallet.transfer.posted], per: account, over: 50s, including_current: true }
  - { id: t.sum_short, doc: sum of things, sum: true, field: amount_usd, scale: 100, of: [wallet.withdrawal.requested, wallet.transfer.posted], per: account, over: 10s }
  - { id: t.incoming, doc: sum of things, sum: true, field: amount_usd, scale: 100, of: [wallet.withdrawal.requested, wallet.transfer.posted], per: account, keyed_by: [data.to_account, account], over: 50s, including_current: true }
  - { id: t.avg, doc: mean of things, avg: true, field: amount_usd, scale: 100, of: wallet.withdrawal.requested, per: payee, over: 80s, including_current: true }
  - { id: t.min, doc: least of things, min: true, field: amount_usd, scale: 100, of: wallet.withdrawal.requested, per: payee, over: 80s, when_none: -1 }
  - { id: t.max, doc: most of things, max: true, field: amount_usd, scale: 100, of: wallet.withdrawal.requested, per: payee, over: 30s, including_current: true }
  - { id: t.p50, doc: middle of things, p50: true, field: amount_usd, scale: 100, of: wallet.withdrawal.requested, per: account, over: 120s }
  - { id: t.p95, doc: most of things, p95: true, field: amount_usd, scale: 100, of: wallet.withdrawal.requested, per: account, over: 70s, delay: 5s }
  - { id: t.share, doc: ratio of things, ratio: { of: amount_usd, to: t.sum }, when_none: 1 }
  - { id: t.more, doc: difference of things, difference: { of: t.incoming, minus: t.sum } }
`;

function definitions(): readonly FeatureDefinition[] {
  const { features, problems } = loadFeatures([{ file: 'test.yaml', text: FILE }]);
  expect(problems).toEqual([]);
  return features;
}

type Loose = { type: string; subject: string; data: Record<string, unknown> };

function enriched(loose: Loose, timeMs: number, inWindows: boolean): EnrichedEvent {
  const event = { id: 'x', source: 's', stream: 'live', specversion: '1.0', time: new Date(timeMs).toISOString(), ...loose };
  return { event: event as unknown as BulwarkEvent, timeMs, inWindows, enrichment: {} };
}

/* The oracle: the definition read out loud, over everything that ever arrived. It shares no code with the windows. */
interface Seen {
  readonly facts: Facts;
  readonly timeMs: number;
}

function nameOf(parts: readonly KeyPart[], facts: Facts): string | undefined {
  const names = parts.map(({ facts: candidates, lowerCase }) => {
    const value = candidates.map((name) => facts[name]).find((each) => typeof each === 'string' && each !== '');
    return typeof value === 'string' && lowerCase ? value.toLowerCase() : value;
  });
  return names.includes(undefined) ? undefined : JSON.stringify(names);
}

function nearestRank(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.find((value) => sorted.filter((each) => each <= value).length * 100 >= percent * sorted.length);
}

function boil(feature: WindowFeature, entries: readonly Seen[], timeMs: number): FactValue | undefined {
  const values = entries.map(({ facts }) => (feature.field === null ? null : facts[feature.field]));
  const scaled = values.map((value) => Math.min(Math.round(Number(value) * feature.scale), Number.MAX_SAFE_INTEGER));
  const numbers = scaled.map((value) => value / feature.scale);
  const total = (): number => Number(scaled.reduce((sum, each) => sum + BigInt(each), 0n));
  const readers: Record<Aggregate | 'time_since', () => FactValue | undefined> = {
    count: () => entries.length,
    distinct: () => new Set(values).size,
    sum: () => total() / feature.scale,
    avg: () => (entries.length === 0 ? undefined : total() / (feature.scale * entries.length)),
    min: () => (entries.length === 0 ? undefined : Math.min(...numbers)),
    max: () => (entries.length === 0 ? undefined : Math.max(...numbers)),
    p50: () => nearestRank(numbers, 50),
    p90: () => nearestRank(numbers, 90),
    p95: () => nearestRank(numbers, 95),
    p99: () => nearestRank(numbers, 99),
    first: () => values[0],
    last: () => values.at(-1),
    time_since: () => {
      const at = feature.edge === 'first' ? entries[0] : entries.at(-1);
      return at === undefined ? undefined : Math.floor(((timeMs - at.timeMs) * 100) / feature.unitMs) / 100;
    },
  };
  return readers[feature.aggregate]();
}

function createOracle(features: readonly FeatureDefinition[]): (event: EnrichedEvent) => Facts {
  const arrived: Seen[] = [];
  let newest = -Infinity;
  return (event) => {
    const facts = baseFacts(event);
    if (event.inWindows) newest = Math.max(newest, event.timeMs);
    const own: Seen = { facts: { ...facts }, timeMs: event.timeMs };
    for (const feature of features) {
      if (feature.kind !== 'window') {
        const [left, right] = [facts[feature.left], facts[feature.right]];
        if (typeof left !== 'number' || typeof right !== 'number') continue;
        const value = feature.kind === 'difference' ? left - right : right > 0 ? left / right : feature.whenNone;
        if (value !== null) facts[feature.id] = value;
        continue;
      }
      const entity = nameOf(feature.per, own.facts);
      if (entity === undefined) continue;
      const counts = ({ facts: theirs }: Seen): boolean =>
        feature.of.some((type) => type === theirs['event.type']) &&
        (feature.where === null || compileCondition(feature.where)(theirs) === TRUE) &&
        (feature.field === null || (theirs[feature.field] !== undefined && theirs[feature.field] !== null)) &&
        nameOf(feature.keyedBy, theirs) === entity;
      const until = event.timeMs - feature.delayMs;
      const inside = arrived
        .filter(({ timeMs }) => timeMs > until - feature.overMs && timeMs <= until)
        .filter(({ timeMs }) => timeMs > newest - feature.delayMs - feature.overMs - LATENESS_MS)
        .filter(counts)
        .toSorted((a, b) => a.timeMs - b.timeMs);
      if (feature.includingCurrent && counts(own)) inside.push(own);
      const value = boil(feature, inside, event.timeMs) ?? feature.whenNone;
      if (value !== null) facts[feature.id] = value;
    }
    if (event.inWindows) arrived.push(own);
    return facts;
  };
}

const account = fc.constantFrom('a', 'b');
const client = fc.record({
  ip: fc.constantFrom('10.0.0.1', '10.0.0.2'),
  user_agent: fc.constant(''),
  device_id: fc.constantFrom('d1', 'd2', null),
  session_id: fc.constant(null),
});
const cents = fc.oneof(fc.integer({ min: 0, max: 500_000 }), fc.constant(Number.MAX_SAFE_INTEGER));
const login = fc.record({
  type: fc.constant('wallet.login.attempted'),
  subject: account,
  data: fc.record({
    identifier_hash: fc.constantFrom('i1', 'i2', 'i3'),
    result: fc.constantFrom('password_ok', 'bad_password'),
    client,
  }),
});
const withdrawal = fc.record({
  type: fc.constant('wallet.withdrawal.requested'),
  subject: account,
  data: fc.record(
    { payee: fc.constantFrom('0xAb', '0xaB', '0xcd'), amount_usd_cents: cents, client },
    { requiredKeys: ['payee', 'client'] },
  ),
});
const transfer = fc.record({
  type: fc.constant('wallet.transfer.posted'),
  subject: account,
  data: fc.record({ to_account: account, amount_usd_cents: cents, client }),
});

/** Steps of time: ties, small steps back within the lateness bound, and leaps past every window. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 9_000 }) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: -90_000, max: 0 }) },
  { weight: 1, arbitrary: fc.constant(10_000) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 400_000 }) },
);
const history = fc.array(fc.tuple(fc.oneof(login, withdrawal, transfer), step), { minLength: 1, maxLength: 120 });

function* arrivals(steps: readonly (readonly [Loose, number])[]): Generator<EnrichedEvent> {
  let newest = 1_800_000_000_000;
  for (const [loose, by] of steps) {
    const timeMs = newest + by;
    const inWindows = timeMs >= newest - LATENESS_MS;
    newest = Math.max(newest, timeMs);
    yield enriched(loose, timeMs, inWindows);
  }
}

describe('the feature engine', () => {
  test('gives what the definition says, over everything that arrived: out of order, tied, delayed, left out', () => {
    const features = definitions();
    fc.assert(
      fc.property(history, (steps) => {
        const engine = createFeatureEngine(features, { latenessMs: LATENESS_MS });
        const oracle = createOracle(features);
        for (const event of arrivals(steps)) expect(engine.advance(event)).toEqual(oracle(event));
      }),
      { numRuns: 300 },
    );
  });

  test('forgets nothing it still needs when long histories are cut and swept', () => {
    const features = definitions();
    const engine = createFeatureEngine(features, { latenessMs: LATENESS_MS });
    const oracle = createOracle(features);
    const [sampled] = fc.sample(
      fc.array(fc.tuple(fc.oneof(login, withdrawal, transfer), step), { minLength: 1500, maxLength: 1500 }),
      { numRuns: 1, seed: 7 },
    );
    for (const event of arrivals(sampled ?? [])) expect(engine.advance(event)).toEqual(oracle(event));
    expect(engine.stats().entries).toBeLessThan(1500);
  });

  test('a window is open at its old end and closed at its new one', () => {
    const engine = createFeatureEngine(definitions());
    const at = (timeMs: number) =>
      engine.advance(enriched({ type: 'wallet.login.attempted', subject: 'a', data: { client: {} } }, timeMs, true));
    expect(at(1_000_000)['t.count']).toBe(0);
    expect(at(1_000_000)['t.count']).toBe(1);
    expect(at(1_059_999)['t.count']).toBe(2);
    expect(at(1_060_000)['t.count']).toBe(1);
  });

  test('an event without the entity has no fact, and not a zero', () => {
    const engine = createFeatureEngine(definitions());
    const facts = engine.advance(
      enriched({ type: 'wallet.login.attempted', subject: 'a', data: { client: { device_id: null } } }, 5, true),
    );
    expect(facts).not.toHaveProperty(['t.pair']);
    expect(facts['t.count']).toBe(0);
  });

  test('what is known only afterwards is no fact', () => {
    const engine = createFeatureEngine(definitions());
    const data = { payer: 'p', terminal: 't', amount: '1', amount_usd_cents: 250, label_fraud: true };
    const facts = engine.advance(enriched({ type: 'payment.card.authorized', subject: 'p', data }, 5, true));
    expect(facts).not.toHaveProperty(['data.label_fraud']);
    expect(facts['amount_usd']).toBe(2.5);
  });

  test('stays within its bounds and says what it dropped', () => {
    const engine = createFeatureEngine(definitions(), { entriesMax: 16, entitiesMax: 8 });
    for (let index = 0; index < 400; index += 1) {
      const subject = index < 200 ? 'hot' : `cold-${index}`;
      engine.advance(enriched({ type: 'wallet.login.attempted', subject, data: { client: {} } }, 1_000 + index, true));
    }
    const stats = engine.stats();
    expect(stats.entriesDropped).toBeGreaterThan(100);
    expect(stats.entitiesDropped).toBeGreaterThan(100);
    expect(stats.entities).toBeLessThanOrEqual(8 * 10);
  });

  test('the revision changes with the definitions', () => {
    const features = definitions();
    expect(createFeatureEngine(features).revision).toBe(createFeatureEngine(features).revision);
    expect(createFeatureEngine(features.slice(1)).revision).not.toBe(createFeatureEngine(features).revision);
  });
});
