import { LANDING_GROUP } from '../../dashboards/landing/index.ts';
import { SECOND_MS, TOPICS } from '../../core/index.ts';
import type { AdapterDescription } from '../../platform/adapter.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import type { Chain } from '../../platform/chain/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import type { SystemView } from '../http/system-routes.ts';
import type { JudgingParts } from '../wire/open-engine.ts';
import type { Keys } from '../wire/load-keys.ts';
import type { Metrics } from './metrics.ts';

/** A port that has not answered by then cannot be worked with. */
const PROBE_MS = 2 * SECOND_MS;

async function probe(port: string, ask: () => Promise<unknown>): Promise<{ port: string; detail: string } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PROBE_MS} ms`)), PROBE_MS);
  });
  try {
    await Promise.race([ask(), late]);
    return null;
  } catch (error) {
    return { port, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function lagOf(log: EventLog, topic: string, group: string): Promise<number> {
  const [ends, committed] = await Promise.all([log.ends(topic), log.committed(topic, group)]);
  return ends.reduce((sum, { partition, begin, end }) => sum + Number(end - (committed.get(partition) ?? begin)), 0);
}

/** What the program says of itself, asked afresh each time. */
export function watchSystem(deps: {
  readonly sql: Sql;
  readonly log: EventLog;
  readonly analytics: Analytics;
  readonly chain: Chain;
  readonly keys: Keys;
  readonly metrics: Metrics;
  readonly ports: readonly AdapterDescription[];
  readonly judging: JudgingParts;
}): SystemView {
  const { sql, log, analytics, chain, judging } = deps;
  return {
    metrics: deps.metrics.registry,
    ports: deps.ports,
    revisions: { rules: judging.book.revision, models: judging.scorer.revision, lists: judging.enricher.revision },
    verdictKeyId: deps.keys.verdict.keyId,
    async ready() {
      const needed = [
        probe('sql', () => sql.query('select 1')),
        probe('event-log', () => log.ends(TOPICS.events)),
        probe('chain', () => chain.head()),
      ];
      // Said, but no reason to take the instance out: money and verdicts do without it, and what is to land waits in the log.
      const helpful = [probe('analytics', () => analytics.query('select 1'))];
      const [missing, lacking] = await Promise.all([Promise.all(needed), Promise.all(helpful)]);
      const problems = [...missing, ...lacking].filter((problem) => problem !== null);
      return { ready: missing.every((problem) => problem === null), problems };
    },
    async lag() {
      const [engine, landing] = await Promise.all([
        lagOf(log, TOPICS.events, 'engine'),
        lagOf(log, TOPICS.verdicts, LANDING_GROUP),
      ]);
      return { engine, landing };
    },
  };
}
