import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { BulwarkEvent } from '../../core/index.ts';
import { createDomainList, DISPOSABLE_DOMAINS } from './disposable-domains.ts';
import { createEnricher, enrichmentOf, stampUsd } from './enricher.ts';
import { networkOf } from './network.ts';
import { readPriceTable } from './prices.ts';

async function shippedPrices() {
  const table = readPriceTable(await readFile(new URL('./prices.yaml', import.meta.url), 'utf8'));
  if (!table.ok) throw new Error(table.refusal.message);
  return table.value;
}

describe('networkOf', () => {
  test.each([
    ['203.0.113.7', '203.0.113.0/24', false],
    ['10.1.2.3', '10.1.2.0/24', true],
    ['172.16.0.1', '172.16.0.0/24', true],
    ['172.32.0.1', '172.32.0.0/24', false],
    ['100.64.0.1', '100.64.0.0/24', true],
    ['192.168.1.1', '192.168.1.0/24', true],
    ['169.254.0.1', '169.254.0.0/24', true],
    ['127.0.0.1', '127.0.0.0/24', true],
    ['2001:db8:1:2::3', '2001:db8:1::/48', false],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1::/48', false],
    ['::1', '0:0:0::/48', true],
    ['fe80::1%eth0', 'fe80:0:0::/48', true],
    ['fd12:3456:789a::1', 'fd12:3456:789a::/48', true],
    ['::ffff:203.0.113.7', '203.0.113.0/24', false],
    ['::ffff:a00:1', '10.0.0.0/24', true],
  ])('%s is in %s', (ip, subnet, isPrivate) => {
    expect(networkOf(ip)).toEqual({ subnet, isPrivate });
  });

  test.each(['', '1.2.3', '1.2.3.4.5', 'localhost', '1::2::3', '999.1.1.1'])('%s is no address', (ip) => {
    expect(networkOf(ip)).toBeNull();
  });
});

describe('prices', () => {
  test.each([
    ['iso4217:USD', '12345', 12_345],
    ['iso4217:EUR', '100', 110],
    ['iso4217:JPY', '1000', 670],
    ['eip155:1/slip44:60', '1000000000000000', 300],
    ['eip155:1/slip44:60', '1', 0],
    ['EIP155:1/ERC20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48', '1999999', 199],
    ['eip155:1/slip44:60', (2n ** 256n - 1n).toString(), Number.MAX_SAFE_INTEGER],
    ['eip155:1/erc20:0x0000000000000000000000000000000000000001', '1', null],
    ['iso4217:USD', '-1', null],
  ])('%s %s', async (asset, amount, cents) => {
    expect((await shippedPrices()).usdCents(asset, amount)).toBe(cents);
  });

  test.each([
    ['assets: {', 'no YAML'],
    ['{ as_of: x, owner: y }', '/'],
    ["{ as_of: x, owner: y, assets: { abc: { decimals: 2, usd: '1e3' } } }", '/assets/abc/usd'],
    ['{ as_of: x, owner: y, assets: { abc: { decimals: 2, usd: 1 } } }', '/assets/abc/usd'],
  ])('a wrong table is refused: %s', (yaml, where) => {
    expect(readPriceTable(yaml)).toMatchObject({
      ok: false,
      refusal: { code: 'prices_invalid', message: expect.stringContaining(where) },
    });
  });
});

describe('enrichment', () => {
  const base = { specversion: '1.0', id: '', source: '', time: '', subject: 's', stream: 'live' } as const;
  const client = { ip: '203.0.113.7', user_agent: '', device_id: null, session_id: null };
  const transfer = { transfer_id: 't', asset: 'iso4217:USD', amount: '1999', to_account: 'b', client };
  const event: BulwarkEvent = { ...base, type: 'wallet.transfer.posted', data: transfer };

  async function enricher() {
    return createEnricher({ prices: await shippedPrices(), disposableDomains: createDomainList(DISPOSABLE_DOMAINS) });
  }

  test('gives what the lists know, and nothing where they know nothing', async () => {
    const enrich = await enricher();
    expect(enrich.enrich(event, Date.UTC(2027, 0, 3, 23, 59))).toEqual({
      amount_usd: 19.99,
      amount_usd_cents: 1_999,
      'client.subnet': '203.0.113.0/24',
      'client.is_private': false,
      'event.hour_utc': 23,
      'event.weekday': 7,
    });
    const unknown: BulwarkEvent = { ...base, type: 'wallet.transfer.posted', data: { ...transfer, asset: 'eip155:5/slip44:1' } };
    expect(enrich.enrich(unknown, 0)).not.toHaveProperty('amount_usd');
  });

  test('trusts the producer’s own value and stamps only what is left out', async () => {
    const enrich = await enricher();
    const valued: BulwarkEvent = { ...base, type: 'wallet.transfer.posted', data: { ...transfer, amount_usd_cents: 5 } };
    expect(enrich.enrich(valued, 0)).toMatchObject({ amount_usd: 0.05 });
    expect(stampUsd(valued, enrich.enrich(valued, 0))).toBe(valued);
    expect(stampUsd(event, enrich.enrich(event, 0)).data).toMatchObject({ amount_usd_cents: 1_999 });
  });

  test('knows disposable domains, and subdomains of them', async () => {
    const enrich = await enricher();
    const registered = (email_domain: string): BulwarkEvent => ({
      ...base,
      type: 'wallet.account.registered',
      data: { email_hash: '', email_domain, client },
    });
    expect(enrich.enrich(registered('MX.Mailinator.com'), 0)).toMatchObject({ 'email.is_disposable': true });
    expect(enrich.enrich(registered('notmailinator.com'), 0)).toMatchObject({ 'email.is_disposable': false });
  });

  test('can be read back out of a verdict’s facts', async () => {
    const facts = (await enricher()).enrich(event, 0);
    expect(enrichmentOf({ ...facts, 'account.count': 3, 'model.x': 0.5 })).toEqual(facts);
  });
});
