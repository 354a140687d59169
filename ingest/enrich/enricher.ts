import type { BulwarkEvent, Facts, FactValue } from '../../core/index.ts';
import { hashJson } from '../../core/index.ts';
import type { DomainList } from './disposable-domains.ts';
import { networkOf } from './network.ts';
import type { PriceTable } from './prices.ts';

/** The facts that enrichment may add, in words. A fact that cannot be known is left out, never guessed. */
export const ENRICHMENT_FACTS = {
  amount_usd: 'value of the amount in US dollars, a number; missing for an asset without a price',
  amount_usd_cents: 'the same in whole US cents',
  'client.subnet': 'the /24 (IPv4) or /48 (IPv6) of the client’s address',
  'client.is_private': 'the client’s address is from a private, loopback or link-local block',
  'email.is_disposable': 'the e-mail domain of the registration is on the list of disposable ones',
  'event.hour_utc': 'hour of the event time, 0 to 23, UTC',
  'event.weekday': 'weekday of the event time, UTC: 1 is Monday, 7 is Sunday (ISO 8601)',
} as const;

type EnrichmentFact = keyof typeof ENRICHMENT_FACTS;

/** What we know of an event beyond what its producer said. Pure: the same event and the same lists give the same facts. */
export interface Enricher {
  /** Hash of every list in use: `lists_revision` of the receipt. */
  readonly revision: string;
  enrich(event: BulwarkEvent, timeMs: number): Facts;
}

const HOUR = 3_600_000;

export function createEnricher(lists: { prices: PriceTable; disposableDomains: DomainList }): Enricher {
  function usdCents(data: Readonly<Record<string, unknown>>): number | null {
    if (typeof data.amount_usd_cents === 'number') return data.amount_usd_cents;
    if (typeof data.asset !== 'string' || typeof data.amount !== 'string') return null;
    return lists.prices.usdCents(data.asset, data.amount);
  }

  return {
    revision: hashJson([lists.prices.revision, lists.disposableDomains.revision]).slice(0, 12),
    enrich(event, timeMs) {
      const facts: Partial<Record<EnrichmentFact, FactValue>> = {};
      const hour = Math.floor(timeMs / HOUR);
      facts['event.hour_utc'] = hour % 24;
      // 1 January 1970 was a Thursday, weekday 4.
      facts['event.weekday'] = ((Math.floor(hour / 24) + 3) % 7) + 1;
      const cents = usdCents(event.data);
      if (cents !== null) {
        facts.amount_usd_cents = cents;
        facts.amount_usd = cents / 100;
      }
      const network = 'client' in event.data ? networkOf(event.data.client.ip) : null;
      if (network !== null) {
        facts['client.subnet'] = network.subnet;
        facts['client.is_private'] = network.isPrivate;
      }
      if ('email_domain' in event.data) facts['email.is_disposable'] = lists.disposableDomains.has(event.data.email_domain);
      return facts;
    },
  };
}

/** What enrichment had said, read back out of the facts of a verdict: so a replay is exact even after the lists changed. */
export function enrichmentOf(facts: Readonly<Record<string, unknown>>): Facts {
  const names = Object.keys(ENRICHMENT_FACTS).filter((name) => Object.hasOwn(facts, name));
  return Object.fromEntries(names.map((name) => [name, facts[name] as FactValue]));
}

/** The event with `amount_usd_cents` stamped where its producer left it out and the price is known. */
export function stampUsd(event: BulwarkEvent, enrichment: Facts): BulwarkEvent {
  const cents = enrichment.amount_usd_cents;
  if (typeof cents !== 'number' || !('amount' in event.data) || event.data.amount_usd_cents !== undefined) return event;
  return { ...event, data: { ...event.data, amount_usd_cents: cents } } as BulwarkEvent;
}
