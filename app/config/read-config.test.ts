import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './read-config.ts';

/** Variables that have a problem. */
function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((each) => each.variable);
  }
}

const PRODUCTION = {
  NODE_ENV: 'production',
  KEYSTORE_PASSPHRASE: 'correct horse battery staple',
  BULWARK_PUBLIC_URL: 'https://wallet.example',
  CHAIN_RPC_URLS: 'https://a.example/key,https://b.example/key,https://c.example/key',
  CHAIN_QUORUM: '2',
};

describe('the configuration', () => {
  it('is whole without a word in development, and where production is complete', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf(PRODUCTION)).toEqual([]);
    expect(readConfig(PRODUCTION).production).toBe(true);
  });

  it.each<[string, Record<string, string>, string]>([
    ['no passphrase', { KEYSTORE_PASSPHRASE: '' }, 'KEYSTORE_PASSPHRASE'],
    ['plain http', { BULWARK_PUBLIC_URL: 'http://wallet.example' }, 'BULWARK_PUBLIC_URL'],
    ['the development chain', { CHAIN_RPC_URLS: '', CHAIN_QUORUM: '1' }, 'CHAIN_RPC_URLS'],
    ['one believed endpoint', { CHAIN_QUORUM: '1', CHAIN_RPC_URLS: 'https://a.example' }, 'CHAIN_QUORUM'],
    [
      'a minority quorum',
      { CHAIN_RPC_URLS: 'https://a.example,https://b.example,https://c.example,https://d.example' },
      'CHAIN_QUORUM',
    ],
    ['one witness twice', { CHAIN_RPC_URLS: 'https://a.example/1,https://a.example/2' }, 'CHAIN_RPC_URLS'],
  ])('of production is refused with %s', (_what, change, variable) => {
    expect(problemsOf({ ...PRODUCTION, ...change })).toEqual([variable]);
  });

  it.each([
    ['NODE_ENV', 'Production'],
    ['BULWARK_PUBLIC_URL', 'https://wallet.example/app'],
    ['BULWARK_PUBLIC_URL', 'https://me:secret@wallet.example'],
    ['BULWARK_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['BULWARK_TRUSTED_PROXIES', '::/0'],
    ['BULWARK_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['BULWARK_TRUSTED_PROXIES', 'proxy.internal'],
    ['CHAIN_QUORUM', '0'],
  ])('refuses %s=%s', (variable, value) => {
    expect(problemsOf({ [variable]: value })).toEqual([variable]);
  });

  it('takes the addresses of proxies and their networks', () => {
    expect(problemsOf({ BULWARK_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.7, 2001:db8::/32, ::1' })).toEqual([]);
  });
});
