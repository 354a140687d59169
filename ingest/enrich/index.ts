export { createDomainList, DISPOSABLE_DOMAINS, type DomainList } from './disposable-domains.ts';
export { createEnricher, type Enricher, ENRICHMENT_FACTS, enrichmentOf, stampUsd } from './enricher.ts';
export { type PriceTable, readPriceTable } from './prices.ts';
