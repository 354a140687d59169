import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_MS, TOPICS } from '../../core/index.ts';
import { type AttackTrace, createTrace } from './attacks/attack.ts';
import { ATTACKS } from './attacks/index.ts';
import { arrive, type Customer, liveThrough, liveToday } from './people/customer.ts';
import { newPayee } from './people/person.ts';
import { type JudgedEvent, measureAttack, readVerdicts } from './report/measure-attacks.ts';
import { findHurt } from './report/measure-customers.ts';
import type { DemoReport } from './report/report.ts';
import { PAST_DAYS } from './start-demo.ts';
import { runDry } from './world/quiet.ts';
import { until, type World } from './world/world.ts';

export interface DemoProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

export interface DemoOptions {
  readonly seed: number;
  /** Length of the show; customers and attacks are as many as fit. */
  readonly minutes: number;
  /**
   * Honest customers also do what looks like an attack (a large payment to somebody new, a new phone and somebody new on one day):
   * for recordings that models learn from. Rules hold some of it.
   */
  readonly hardCases?: boolean;
  onProgress(progress: DemoProgress): void;
}

export interface DemoRun {
  readonly report: DemoReport;
  readonly judged: readonly JudgedEvent[];
  readonly traces: readonly AttackTrace[];
}

/** Two busy cores carry about this many lives a minute. */
const CUSTOMERS_PER_MINUTE = 12;
/** As many attacks of a kind as whole minutes, up to this: each needs a victim with a past. */
const ROUNDS_MAX = 3;
const SHOPS = 5;
/** Each password takes 25 ms of a core (Argon2id): more people at once would only wait for each other. */
const AT_ONCE = 8;
/** Withdrawals under way and claims not judged yet get this long at the end. */
const SETTLE_MS_MAX = 15 * SECOND_MS;

/** Runs everything, a few at a time, telling how many are done. */
async function each<Item>(
  items: readonly Item[],
  atOnce: number,
  onDone: () => void,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      await act(item);
      onDone();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

interface Cast {
  readonly customers: readonly Customer[];
  readonly victims: readonly Customer[];
}

function reporter(options: DemoOptions, phase: string, total: number): () => void {
  let done = 0;
  options.onProgress({ phase, done, total });
  return () => {
    done += 1;
    options.onProgress({ phase, done, total });
  };
}

/** How many of each kind. */
const roundsOf = ({ minutes }: DemoOptions): number => Math.max(1, Math.min(ROUNDS_MAX, Math.floor(minutes)));

/** A month of everybody's life, in half of the time there is. */
async function playPast(world: World, options: DemoOptions): Promise<Cast> {
  const begun = Date.now();
  const shopDraw = world.draw.child('shops');
  const shops = Array.from({ length: SHOPS }, () => newPayee(shopDraw));
  const goodCount = Math.round(CUSTOMERS_PER_MINUTE * options.minutes);
  const victimCount = roundsOf(options) * ATTACKS.filter(({ needsVictim }) => needsVictim).length;
  const people: Customer[] = [];
  const names = Array.from({ length: goodCount + victimCount }, (_, index) => `person ${index}`);
  const arrived = reporter(options, 'a month ago: people open accounts', names.length);
  await each(names, AT_ONCE, arrived, async (name) => void people.push(await arrive(world, world.draw.child(name), shops)));
  const dayDraw = world.draw.child('days');
  const days = Math.max(2, Math.min(6, Math.round(options.minutes * 2)));
  const gap = (PAST_DAYS - 4) / days;
  for (let day = 0; day < days; day += 1) {
    // Two days of the past are the least: a person has paid somebody before.
    if (day >= 2 && Date.now() - begun > options.minutes * 30 * SECOND_MS) break;
    await runDry(world);
    const ago = PAST_DAYS - gap * (day + 1) + dayDraw.between(0, gap / 2);
    world.time.leapTo(ago);
    const lived = reporter(options, `${Math.round(ago)} days ago: people pay and are paid`, people.length);
    await each(people, AT_ONCE * 2, lived, (person) => liveThrough(world, person, day));
  }
  await runDry(world);
  world.time.leapTo(0);
  // Who arrived first is chance of the machine; who is who must be the seed's alone.
  const sorted = people.toSorted((left, right) => (left.email < right.email ? -1 : 1));
  return { customers: sorted.slice(victimCount), victims: sorted.slice(0, victimCount) };
}

/** Customers and attackers at once, in real time. */
async function playPresent(world: World, options: DemoOptions, cast: Cast): Promise<AttackTrace[]> {
  const windowMs = options.minutes * 30 * SECOND_MS;
  const victims = [...cast.victims];
  const rounds = Array.from({ length: roundsOf(options) }, (_, round) => round + 1);
  const planned = rounds.flatMap((round) =>
    ATTACKS.map((attack) => ({ attack, trace: createTrace(`${attack.kind}-${round}`, attack.kind) })),
  );
  const done = reporter(options, 'today: customers and attackers', planned.length + cast.customers.length);
  const [stand] = cast.victims;
  if (stand === undefined) throw new Error('the demo world has victims');
  const attacks = planned.map(async ({ attack, trace }) => {
    const draw = world.draw.child(trace.id);
    const victim = attack.needsVictim ? (victims.shift() ?? stand) : stand;
    await sleep(draw.between(0, windowMs * 0.6));
    await attack.run({ world, draw, trace, victim, bystanders: cast.customers });
    done();
  });
  const lives = cast.customers.map(async (customer) => {
    await liveToday(world, customer, { windowMs, hardCases: options.hardCases ?? false });
    done();
  });
  await Promise.all([...attacks, ...lives]);
  return planned.map(({ trace }) => trace);
}

/** What is under way comes to its end. */
async function settle(world: World, options: DemoOptions): Promise<void> {
  options.onProgress({ phase: 'what is under way comes to its end', done: 0, total: 1 });
  await until(SETTLE_MS_MAX, async () => {
    const [open] = await world.app.sql.query<{ n: bigint }>(
      `select (select count(*) from withdrawals.withdrawal
                where state in ('requested', 'approved', 'signing', 'signed', 'broadcast', 'confirming'))
            + (select count(*) from deposits.movement where state = 'observed') as n`,
    );
    return open?.n === 0n ? true : null;
  });
  await runDry(world);
  options.onProgress({ phase: 'what is under way comes to its end', done: 1, total: 1 });
}

async function countEvents(world: World): Promise<number> {
  const ends = await world.app.log.ends(TOPICS.events);
  return ends.reduce((sum, { end }) => sum + Number(end), 0);
}

/**
 * Plays the demo world on a Bulwark that `startDemo` started: people act through the HTTP API and the chain alone; what happened is
 * then read from the books and the recorded verdicts. Throws Error where the machine, and not an attack, is the trouble.
 */
export async function runDemo(world: World, options: DemoOptions): Promise<DemoRun> {
  const begun = Date.now();
  const cast = await playPast(world, options);
  const traces = await playPresent(world, options, cast);
  await settle(world, options);
  const judged = await readVerdicts(world);
  const attacks = [];
  for (const trace of traces) attacks.push(await measureAttack(world, trace, judged));
  const hurt = await findHurt(world, cast.customers);
  const { ok } = await world.app.wallet.ledger.balanced(world.app.sql);
  const report: DemoReport = {
    seed: options.seed,
    events: await countEvents(world),
    verdicts: judged.length,
    attacks,
    customers: {
      good: cast.customers.length,
      challenged: cast.customers.filter(({ challenges }) => challenges > 0).length,
      hurt: new Set(hurt.map(({ account_id }) => account_id)).size,
    },
    ledger: { balanced: ok },
    hurt,
    seconds: (Date.now() - begun) / 1000,
  };
  return { report, judged, traces };
}
