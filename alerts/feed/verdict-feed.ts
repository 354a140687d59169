import type { Verdict } from '../../core/index.ts';
import type { SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import { STAFF_RECIPIENT } from '../alert.ts';
import { verdictLevel } from '../planner/plan.ts';
import { lockFeed, moveFeed } from './positions.ts';

/** What a list or a live line of a verdict shows; the whole is one request away. */
export interface SlimVerdict {
  readonly verdict_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly event_time: string;
  readonly account_id: string;
  readonly revision: number;
  readonly outcome: string;
  readonly level: string;
  readonly score: number;
  readonly actions: readonly string[];
  readonly rules: readonly { readonly rule: string; readonly title: string }[];
  readonly degraded: string | null;
  readonly judged_at: string;
}

/** Rules named in a slim verdict; the full one has all. Five fit a row of the screen. */
const SLIM_RULES_MAX = 5;

function slimOf({ body }: Verdict): SlimVerdict {
  const strongest = body.reasons.toSorted((left, right) => right.score - left.score).slice(0, SLIM_RULES_MAX);
  return {
    verdict_id: body.id,
    event_id: body.event_id,
    event_type: body.event_type,
    event_time: body.event_time,
    account_id: body.subject,
    revision: body.revision,
    outcome: body.outcome,
    level: verdictLevel(body),
    score: body.score,
    actions: body.actions,
    rules: strongest.map(({ rule, title }) => ({ rule, title })),
    degraded: body.degraded,
    judged_at: body.judged_at,
  };
}

/** Adds the verdicts that the feed does not have yet, in the given order, and holds the head of the staff's feed until commit. */
export async function appendVerdicts(transaction: SqlTransaction, verdicts: readonly Verdict[]): Promise<void> {
  if (verdicts.length === 0) return;
  const unique = new Map(verdicts.map((verdict) => [verdict.body.id, verdict]));
  const head = await lockFeed(transaction, STAFF_RECIPIENT);
  const known = await transaction.query<{ verdict_id: string }>(
    'select verdict_id from alerts.verdict_feed where verdict_id = any($1::text[])',
    [[...unique.keys()]],
  );
  for (const { verdict_id: id } of known) unique.delete(id);
  const fresh = [...unique.values()];
  if (fresh.length === 0) return;
  await transaction.query(
    `insert into alerts.verdict_feed (position, verdict_id, event_id, revision, account_id, slim, verdict)
     select * from unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::text[], $6::json[], $7::json[])`,
    [
      fresh.map((_, index) => (head + BigInt(index) + 1n).toString()),
      fresh.map(({ body }) => body.id),
      fresh.map(({ body }) => body.event_id),
      fresh.map(({ body }) => body.revision),
      fresh.map(({ body }) => body.subject),
      fresh.map((verdict) => JSON.stringify(slimOf(verdict))),
      fresh.map((verdict) => JSON.stringify(verdict)),
    ],
  );
  await moveFeed(transaction, STAFF_RECIPIENT, head + BigInt(fresh.length));
}

export interface FeedVerdict extends Record<string, unknown> {
  readonly position: bigint;
  readonly slim: SlimVerdict;
}

/** Verdicts in the order of the feed: after a position the next ones, without one the newest. */
export async function listVerdicts(
  executor: SqlExecutor,
  page: { readonly after: bigint | null; readonly limit: number; readonly accountId: string | null },
): Promise<FeedVerdict[]> {
  const order = page.after === null ? 'desc' : 'asc';
  const rows = await executor.query<FeedVerdict>(
    `select position, slim from alerts.verdict_feed
      where position > $1 and ($2::text is null or account_id = $2) order by position ${order} limit $3`,
    [page.after ?? 0n, page.accountId, page.limit],
  );
  return page.after === null ? rows.toReversed() : rows;
}

/** Every revision that is kept of the verdict on an event, newest first; none when the feed no longer has it. */
export async function verdictsOf(executor: SqlExecutor, eventId: string): Promise<Verdict[]> {
  const rows = await executor.query<{ verdict: Verdict }>(
    'select verdict from alerts.verdict_feed where event_id = $1 order by revision desc',
    [eventId],
  );
  return rows.map((row) => row.verdict);
}
