import { TOPICS } from '../../../core/index.ts';
import { until, type World } from './world.ts';

/** A hundred people at once are judged within a second; a machine that needs this long does not judge at all. */
const QUIET_MS_MAX = 60_000;

/** Records a group has still to finish. */
async function waiting(world: World, topic: string, group: string): Promise<number> {
  const { log } = world.app;
  const [ends, committed] = await Promise.all([log.ends(topic), log.committed(topic, group)]);
  return ends.reduce((sum, { partition, begin, end }) => sum + Number(end - (committed.get(partition) ?? begin)), 0);
}

async function isQuiet(world: World): Promise<true | null> {
  const [unsent] = await world.app.sql.query<{ n: bigint }>('select count(*) as n from outbox.message where sent_at is null');
  if (unsent?.n !== 0n) return null;
  const left = (await waiting(world, TOPICS.events, 'engine')) + (await waiting(world, TOPICS.verdicts, 'wallet'));
  return left === 0 ? true : null;
}

/**
 * Waits until every event was judged and every verdict recorded. Before each leap of time: an event that is judged after later
 * ones counts as late, and late events do not enter the windows. Throws Error when the stream does not run dry.
 */
export async function runDry(world: World): Promise<void> {
  const quiet = await until(QUIET_MS_MAX, () => isQuiet(world), 50);
  if (quiet === null) throw new Error('events are not judged: the engine stands still');
}
