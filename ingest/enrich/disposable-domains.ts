import { hashJson } from '../../core/index.ts';

/** Knows e-mail domains that give an address to anybody for minutes. A larger list goes in through the same port. */
export interface DomainList {
  readonly revision: string;
  has(domain: string): boolean;
}

/** Well-known services, collected from their own pages; enough to show the fact, not a complete list. */
export const DISPOSABLE_DOMAINS: readonly string[] = [
  '10minutemail.com',
  'dispostable.com',
  'fakeinbox.com',
  'getnada.com',
  'guerrillamail.com',
  'maildrop.cc',
  'mailinator.com',
  'mailnesia.com',
  'mohmal.com',
  'moakt.com',
  'sharklasers.com',
  'spamgourmet.com',
  'temp-mail.org',
  'tempmail.com',
  'throwawaymail.com',
  'trashmail.com',
  'yopmail.com',
];

/** A list of domains; a subdomain of a listed one counts as listed. */
export function createDomainList(domains: readonly string[]): DomainList {
  const listed = new Set(domains.map((domain) => domain.toLowerCase()));
  return {
    revision: hashJson([...listed].toSorted()).slice(0, 12),
    has(domain) {
      const labels = domain.toLowerCase().split('.');
      return labels.some((_, index) => listed.has(labels.slice(index).join('.')));
    },
  };
}
