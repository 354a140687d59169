export { decodeEvent, type DecodeContext, type DecodedEvent, type DecodeRefusal } from './decode/index.ts';
export {
  type AwaitVerdict,
  createVerdictWaiter,
  eventRoutes,
  type EventRef,
  type EventRoutesDeps,
  serviceSource,
  type VerdictWaiter,
} from './doors/index.ts';
export { type DeadLetter } from './engine/dead-letters.ts';
export { createEngine, type Engine, ENGINE_TOPICS, type EngineDeps, type EngineReport } from './engine/engine.ts';
export { type EngineMetrics, NO_METRICS } from './engine/metrics.ts';
export {
  createDomainList,
  createEnricher,
  DISPOSABLE_DOMAINS,
  type DomainList,
  type Enricher,
  ENRICHMENT_FACTS,
  type PriceTable,
  readPriceTable,
} from './enrich/index.ts';
export { importFile, type ImportMap, type ImportOptions, type ImportProgress, readImportMap } from './import/index.ts';
export { type Judgement, recompute, type Recomputed, recomputeStream } from './replay.ts';

/** The price table that ships with Bulwark. */
export const SHIPPED_PRICES: URL = new URL('./enrich/prices.yaml', import.meta.url);
