import { EVENT_PARTITIONS, TOPICS } from '../../core/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import { ENGINE_TOPICS } from '../../ingest/index.ts';

/** Makes the topics of the road that are missing; the engine's own list first, so that the two cannot differ. */
export async function prepareTopics(log: EventLog): Promise<void> {
  const rest = [TOPICS.actions, TOPICS.labels].map((name) => ({ name, partitions: EVENT_PARTITIONS }));
  await log.ensureTopics([...ENGINE_TOPICS, ...rest]);
}
