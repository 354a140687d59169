import type { Timeline } from './timeline.ts';

export interface FeatureLimits {
  /** Entries one entity may have in one series; past it the oldest are cut. */
  readonly entriesMax: number;
  /** Entities of one kind (accounts, addresses, …); past it one that had no event for long is forgotten. */
  readonly entitiesMax: number;
  /** Events later than this are left out of the windows by ingest, so older entries can never be asked for again. */
  readonly latenessMs: number;
}

/** One account, device, address, … and the timelines of the series that know it. */
export interface Entity {
  /** By the series' slot in the space. */
  readonly timelines: (Timeline | undefined)[];
  /** Event time from which on nothing of it can be asked for. */
  expiresAtMs: number;
  /** An event since it was last passed over. */
  recent: boolean;
}

/** Expired entities are looked for once in so many new ones, and twice as many each time: the state shrinks faster than it grows. */
const SWEEP_EVERY = 64;

/** Every entity of one kind under its name: one look-up finds the timelines of all its series. */
export interface Space {
  readonly entities: ReadonlyMap<string, Entity>;
  /** The entity, made where it is new. */
  take(key: string, expiresAtMs: number, highWaterMs: number): Entity;
  /** Entities forgotten because there were too many. */
  forgotten(): number;
}

export function createSpace({ entitiesMax }: FeatureLimits): Space {
  const entities = new Map<string, Entity>();
  let walker = entities.entries();
  let created = 0;
  let forgotten = 0;

  function sweep(highWaterMs: number): void {
    for (let looked = 0; looked < 2 * SWEEP_EVERY; looked += 1) {
      const next = walker.next();
      if (next.done === true) {
        walker = entities.entries();
        return;
      }
      const [key, { expiresAtMs }] = next.value;
      if (expiresAtMs <= highWaterMs) entities.delete(key);
    }
  }

  /** Second chance (CLOCK): one that had events since the last time goes to the back of the queue instead. */
  function forgetOne(): void {
    for (const [key, entity] of entities) {
      entities.delete(key);
      if (!entity.recent) {
        forgotten += 1;
        return;
      }
      entity.recent = false;
      entities.set(key, entity);
    }
  }

  return {
    entities,
    take(key, expiresAtMs, highWaterMs) {
      const known = entities.get(key);
      if (known !== undefined) {
        if (expiresAtMs > known.expiresAtMs) known.expiresAtMs = expiresAtMs;
        known.recent = true;
        return known;
      }
      created += 1;
      if (created % SWEEP_EVERY === 0) sweep(highWaterMs);
      if (entities.size >= entitiesMax) forgetOne();
      const entity: Entity = { timelines: [], expiresAtMs, recent: false };
      entities.set(key, entity);
      return entity;
    },
    forgotten: () => forgotten,
  };
}
