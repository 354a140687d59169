import { type Outcome, OUTCOMES, stricter, type Verdict } from '../../../core/index.ts';
import type { AttackTrace } from '../attacks/attack.ts';
import { usdOf } from '../world/demo-assets.ts';
import type { World } from '../world/world.ts';
import type { AttackReport } from './report.ts';

/** One recorded verdict with what is needed to say whose doing it was. */
export interface JudgedEvent {
  readonly verdict: Verdict['body'];
  readonly judgedMs: number;
}

/** Every verdict that the wallet recorded, in the order of judgement. */
export async function readVerdicts(world: World): Promise<JudgedEvent[]> {
  const rows = await world.app.sql.query<{ statement: Verdict }>('select statement from verdicts.verdict');
  return rows
    .map(({ statement: { body } }) => ({ verdict: body, judgedMs: Date.parse(body.judged_at) }))
    .toSorted((left, right) => left.judgedMs - right.judgedMs);
}

const isIn = (set: ReadonlySet<string>, value: unknown): boolean => typeof value === 'string' && set.has(value);

/** Whether the event is this attack's doing: by what it alone uses, never by what it looks like. */
export function belongsTo(trace: AttackTrace, { verdict, judgedMs }: JudgedEvent): boolean {
  if (trace.startedMs === null || judgedMs < trace.startedMs) return false;
  const { facts } = verdict;
  return (
    isIn(trace.ips, facts['data.client.ip']) ||
    isIn(trace.accounts, verdict.subject) ||
    isIn(trace.txHashes, facts['data.tx_hash']) ||
    (verdict.event_type === 'wallet.session.token-reused' && isIn(trace.sessions, facts['data.session_id']))
  );
}

/** Stopping begins with a challenge; a verdict without a rule that fired saw nothing. */
function sees({ verdict }: JudgedEvent): boolean {
  return OUTCOMES.indexOf(verdict.outcome) >= OUTCOMES.indexOf('challenge') && verdict.reasons.length > 0;
}

interface Loss {
  readonly usd: number;
  readonly atMs: number;
}

/** From the moment a nonce is reserved a withdrawal cannot be stopped: it counts as gone. */
const GONE = ['signing', 'signed', 'broadcast', 'confirming', 'confirmed'];

async function withdrawn(world: World, trace: AttackTrace): Promise<Loss[]> {
  const rows = await world.app.sql.query<{ asset: string; amount: string; requested_at: Date }>(
    `select asset, amount, requested_at from withdrawals.withdrawal
      where state = any($1) and (client->>'ip' = any($2) or account_id = any($3))`,
    [GONE, [...trace.ips], [...trace.accounts]],
  );
  return rows.map((row) => ({ usd: valueOf(world, row), atMs: row.requested_at.getTime() }));
}

function valueOf(world: World, { asset, amount }: { asset: string; amount: string }): number {
  const known = Object.values(world.assets).find(({ listed }) => listed.id === asset);
  if (known === undefined) throw new Error(`the demo world has no asset ${asset}`);
  return usdOf(known, BigInt(amount));
}

/** What the books credited to the attackers beyond what they paid in. */
async function falselyCredited(world: World, trace: AttackTrace): Promise<number> {
  const rows = await world.app.sql.query<{ asset: string; amount: string }>(
    `select a.asset, sum(t.amount) as amount from ledger.transfer t join ledger.account a on a.id = t.credit_account
      where a.owner = any($1) and t.state in ('single', 'post') and t.code = 'deposit_credit'
      group by a.asset`,
    [[...trace.accounts]],
  );
  const credited = rows.reduce((sum, row) => sum + valueOf(world, row), 0);
  // Cents are rounded once on the way in and once on the way out.
  return credited - trace.paidInUsd > 0.05 * Math.max(1, rows.length) ? credited - trace.paidInUsd : 0;
}

const total = (losses: readonly Loss[]): number => losses.reduce((sum, { usd }) => sum + usd, 0);
const cents = (usd: number): number => Math.round(usd * 100) / 100;

/** Detection, delay and loss of one attack. */
export async function measureAttack(world: World, trace: AttackTrace, judged: readonly JudgedEvent[]): Promise<AttackReport> {
  const seen = judged.filter((each) => belongsTo(trace, each) && sees(each));
  const [first] = seen;
  const losses = await withdrawn(world, trace);
  const credited = await falselyCredited(world, trace);
  const after = losses.filter(({ atMs }) => first !== undefined && atMs > first.judgedMs);
  return {
    id: trace.id,
    kind: trace.kind,
    variant: trace.variant,
    detected: first !== undefined,
    outcome: seen.reduce<Outcome | null>((strictest, { verdict }) => stricter(strictest ?? 'allow', verdict.outcome), null),
    delay_ms: first === undefined || trace.startedMs === null ? null : Math.max(0, first.judgedMs - trace.startedMs),
    usd_lost: cents(total(losses) + credited),
    usd_lost_after_detection: cents(total(after)),
    rules: [...new Set(seen.flatMap(({ verdict }) => verdict.reasons.map(({ rule }) => rule)))].toSorted(),
  };
}
