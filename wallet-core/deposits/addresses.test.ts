import { HDNodeWallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { createDepositAddresses } from './addresses.ts';
import { depositsMigrations } from './index.ts';

const WORDS = 'test test test test test test test test test test test junk';
const account = HDNodeWallet.fromPhrase(WORDS, '', "m/44'/60'/0'");

describe('deposit addresses', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase([depositsMigrations]);
  });
  afterAll(() => database.drop());

  it('are those of m/44’/60’/0’/0/i, from the public key alone', async () => {
    const addresses = createDepositAddresses({ sql: database.sql, clock: systemClock, xpub: account.neuter().extendedKey });
    // The first accounts of Foundry's published test words.
    expect(await addresses.addressOf('alice', 1)).toBe('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
    expect(await addresses.addressOf('bob', 1)).toBe('0x70997970c51812dc3a010c7d01b50e0d17dc79c8');
    expect(await addresses.addressOf('alice', 1)).toBe('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
    expect(await addresses.addressOf('alice', 10)).toBe('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
  });

  it('are one an account, and never shared, when many ask at once', async () => {
    const addresses = createDepositAddresses({ sql: database.sql, clock: systemClock, xpub: account.neuter().extendedKey });
    const names = Array.from({ length: 40 }, (_each, index) => `owner-${index % 10}`);
    const given = await Promise.all(names.map((name) => addresses.addressOf(name, 1)));
    expect(new Set(given).size).toBe(10);
    expect(given.slice(10, 20)).toEqual(given.slice(0, 10));
  });

  it('refuse a key that could spend', () => {
    const make = () => createDepositAddresses({ sql: database.sql, clock: systemClock, xpub: account.extendedKey });
    expect(make).toThrow('a private one must not be on this host');
  });
});
