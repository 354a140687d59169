import type { KeyObject } from 'node:crypto';
import { type Clock, LIMITS, LIVE_STREAM, TOPICS, type Verdict } from '../../core/index.ts';
import type { EventLog, StoredRecord, Subscription } from '../../platform/event-log/port.ts';
import type { Sql } from '../../platform/sql/port.ts';
import type { PlannedAlert } from '../alert.ts';
import { appendVerdicts } from '../feed/verdict-feed.ts';
import { decodeAction, decodeVerdict } from './decode.ts';
import { planActionAlert, planOwnerAlert, planStaffAlert } from './plan.ts';
import { groupOrder, writeAlert } from './write-alert.ts';

export interface PlannerDeps {
  readonly sql: Sql;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly verdictKeys: ReadonlyMap<string, KeyObject>;
  /** Whether the subject is an account that somebody owns. */
  readonly isAccount: (subject: string) => Promise<boolean>;
  /** After each commit that planned deliveries. */
  readonly onPlanned: () => void;
  /** A record that is skipped for good (a `Refusal`), or why a batch will come again. */
  readonly onProblem: (problem: unknown) => void;
}

export interface Planner {
  /** Handles one batch; the same batch again changes nothing. */
  handle(records: readonly StoredRecord[]): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** From verdicts and actions to alert rows. Group `alerts`; at least once from the log, once in effect. */
export function createPlanner(deps: PlannerDeps): Planner {
  let subscription: Subscription | null = null;

  function verdictOf(record: StoredRecord): Verdict | null {
    const verdict = decodeVerdict(record, deps.verdictKeys);
    if (verdict.ok) return verdict.value.body.stream === LIVE_STREAM ? verdict.value : null;
    deps.onProblem(verdict.refusal);
    return null;
  }

  function actionAlertOf(record: StoredRecord): PlannedAlert | null {
    const action = decodeAction(record);
    if (!action.ok) deps.onProblem(action.refusal);
    return action.ok && action.value?.stream === LIVE_STREAM ? planActionAlert(action.value) : null;
  }

  /** Drops owner alerts about subjects nobody owns: keyed hashes of unknown identifiers, `provider:NAME`. */
  async function withOwner(planned: readonly (PlannedAlert | null)[]): Promise<PlannedAlert[]> {
    const owned = new Map<string, boolean>();
    const kept: PlannedAlert[] = [];
    for (const alert of planned) {
      if (alert === null) continue;
      if (alert.audience === 'owner' && !owned.has(alert.accountId)) {
        owned.set(alert.accountId, await deps.isAccount(alert.accountId));
      }
      if (alert.audience === 'staff' || owned.get(alert.accountId) === true) kept.push(alert);
    }
    return kept;
  }

  async function handle(records: readonly StoredRecord[]): Promise<void> {
    const verdicts = records
      .filter((record) => record.topic === TOPICS.verdicts)
      .map(verdictOf)
      .filter((verdict) => verdict !== null);
    const actions = records.filter((record) => record.topic === TOPICS.actions).map(actionAlertOf);
    const planned = await withOwner([
      ...verdicts.flatMap((verdict) => [planOwnerAlert(verdict.body), planStaffAlert(verdict.body)]),
      ...actions,
    ]);
    if (verdicts.length === 0 && planned.length === 0) return;
    const ordered = planned.toSorted(groupOrder);
    await deps.sql.transaction(async (transaction) => {
      for (const alert of ordered) await writeAlert(transaction, deps.clock, alert);
      // Last, as it holds the head of the staff's feed until commit.
      await appendVerdicts(transaction, verdicts);
      if (ordered.length > 0) transaction.afterCommit(deps.onPlanned);
    });
  }

  return {
    handle,
    async start() {
      subscription = await deps.log.subscribe({
        topics: [TOPICS.verdicts, TOPICS.actions],
        group: 'alerts',
        from: 'earliest',
        batchMax: LIMITS.consumerBatchMax,
        onBatch: handle,
        onError: deps.onProblem,
      });
    },
    async stop() {
      await subscription?.stop();
      subscription = null;
    },
  };
}
