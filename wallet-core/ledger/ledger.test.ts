import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AssetId } from '../../core/index.ts';
import { ManualClock } from '../../platform/clock/index.ts';
import type { Sql } from '../../platform/sql/port.ts';
import { createTestDatabase } from '../../platform/sql/testing.ts';
import { type AccountRef, accountIdOf, SYSTEM, transferIdOf } from './chart.ts';
import { createLedger, ledgerMigrations, type TransferCommand } from './index.ts';
import { commandArbitrary, TEST_ASSETS, TEST_NOW_MS } from './testing/command-arbitrary.ts';
import { LedgerModel } from './testing/ledger-model.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let sql: Sql;
const clock = new ManualClock(TEST_NOW_MS);
const usd = TEST_ASSETS[0];
const capital: AccountRef = { owner: SYSTEM, kind: 'capital', asset: usd };
const hot: AccountRef = { owner: SYSTEM, kind: 'hot_wallet', asset: usd };

beforeAll(async () => {
  database = await createTestDatabase([ledgerMigrations]);
  sql = database.sql;
  const ledger = createLedger({ clock, sql });
  await ledger.registerAsset(sql, { id: TEST_ASSETS[0], symbol: 'USD', decimals: 2, chainId: null, contract: null });
  await ledger.registerAsset(sql, { id: TEST_ASSETS[1], symbol: 'ETH', decimals: 18, chainId: 31337, contract: null });
});
afterAll(() => database.drop());

const ofCustomer = (owner: string): AccountRef => ({ owner, kind: 'customer_available', asset: usd });

/** Every byte the ledger stores, to compare before and after a refusal. */
async function everything(): Promise<string> {
  const rows = await sql.query<{ all: string }>(
    `select coalesce((select json_agg(a order by id) from ledger.account a)::text, '') ||
            coalesce((select json_agg(t order by id) from ledger.transfer t)::text, '') ||
            coalesce((select json_agg(o order by transfer_id) from ledger.open_pending o)::text, '') as all`,
  );
  return rows[0]?.all ?? '';
}

async function fund(owner: string, amount: bigint): Promise<void> {
  const answer = await sql.transaction((tx) =>
    createLedger({ clock, sql }).apply(tx, [
      {
        kind: 'single',
        id: transferIdOf('fund', owner, amount.toString()),
        code: 'fund',
        debit: hot,
        credit: ofCustomer(owner),
        amount,
      },
    ]),
  );
  expect(answer.ok).toBe(true);
}

describe('the ledger against a naive model', () => {
  test('agrees on every command, keeps the books even, and a refusal changes no byte', async () => {
    const ledger = createLedger({ clock, sql });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(commandArbitrary, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 14 }),
        async (batches) => {
          await sql.query('alter table ledger.transfer disable trigger all');
          await sql.query('truncate ledger.open_pending, ledger.transfer, ledger.account');
          await sql.query('alter table ledger.transfer enable trigger all');
          let model = new LedgerModel();
          const accepted: TransferCommand[] = [];
          for (const batch of batches) {
            const attempt = new LedgerModel();
            for (const command of accepted) attempt.accept(command, clockNow());
            const expected = batch.every((command) => attempt.accept(command, clockNow()));
            const before = await everything();
            const answer = await sql.transaction((tx) => ledger.apply(tx, batch));
            expect(answer.ok, JSON.stringify(answer, bigintText)).toBe(expected);
            if (answer.ok) {
              accepted.push(...batch);
              model = attempt;
            } else expect(await everything()).toBe(before);
            expect(await ledger.balanced(sql)).toMatchObject({ ok: true });
          }
          const rows = await sql.query<{ id: string; posted: string; set_aside: string }>(
            'select id, credits_posted - debits_posted as posted, debits_pending as set_aside from ledger.account',
          );
          for (const row of rows) {
            expect(BigInt(row.posted)).toBe(model.balances.get(row.id) ?? 0n);
            expect(BigInt(row.set_aside)).toBe(model.promised.get(row.id) ?? 0n);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

const clockNow = (): Date => new Date(clock.now());
const bigintText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

describe('the ledger in PostgreSQL', () => {
  test('sixteen clients at once never overdraw, never deadlock for good, and the books are even', async () => {
    const ledger = createLedger({ clock, sql });
    const people = ['c0', 'c1', 'c2', 'c3'];
    for (const person of people) await fund(person, 50n);
    const client = async (worker: number): Promise<number> => {
      let done = 0;
      for (let step = 0; step < 12; step += 1) {
        const from = people[(worker + step) % 4] ?? 'c0';
        const to = people[(worker * 3 + step + 1) % 4] ?? 'c1';
        const id = transferIdOf('storm', String(worker), String(step));
        const answer = await sql.transaction((tx) =>
          ledger.apply(tx, [
            { kind: 'pending', id, code: 'storm', debit: ofCustomer(from), credit: ofCustomer(to), amount: 7n, expiresAt: null },
            step % 2 === 0
              ? { kind: 'post', id: transferIdOf(id, 'end'), code: 'storm', pendingId: id }
              : { kind: 'void', id: transferIdOf(id, 'end'), code: 'storm', pendingId: id },
          ]),
        );
        if (answer.ok) done += 1;
        else expect(['exceeds_credits', 'accounts_must_differ']).toContain(answer.refusal.code);
      }
      return done;
    };
    const done = await Promise.all(Array.from({ length: 16 }, (_, worker) => client(worker)));
    expect(done.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(0);
    expect(await ledger.balanced(sql)).toMatchObject({ ok: true });
    const rows = await sql.query<{ total: string }>(
      `select sum(credits_posted - debits_posted) as total from ledger.account where owner = any($1) and kind = 'customer_available'`,
      [people],
    );
    expect(rows[0]?.total).toBe('200');
  });

  test('one id used by twenty clients at once is done once', async () => {
    const ledger = createLedger({ clock, sql });
    await fund('dora', 100n);
    const command: TransferCommand = {
      kind: 'single',
      id: transferIdOf('once'),
      code: 'once',
      debit: ofCustomer('dora'),
      credit: capital,
      amount: 60n,
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        sql.transaction((tx) => ledger.apply(tx, [index % 2 === 0 ? command : { ...command, debit: hot }])),
      ),
    );
    const codes = answers.map((answer) => (answer.ok ? 'ok' : answer.refusal.code));
    expect(codes.filter((code) => code === 'ok')).toHaveLength(10);
    expect(codes.filter((code) => code === 'exists_with_different_body')).toHaveLength(10);
    const lines = await sql.query('select 1 from ledger.transfer where id = $1', [command.id]);
    expect(lines).toHaveLength(1);
  });

  test('a line can be neither changed nor deleted, and a customer cannot be overdrawn behind the code', async () => {
    await fund('eve', 5n);
    await expect(sql.query(`update ledger.transfer set amount = 1`)).rejects.toThrow();
    await expect(sql.query(`delete from ledger.transfer`)).rejects.toThrow();
    await expect(sql.query(`truncate ledger.transfer cascade`)).rejects.toThrow();
    await expect(
      sql.query(`update ledger.account set debits_posted = 6 where id = $1`, [accountIdOf(ofCustomer('eve'))]),
    ).rejects.toThrow();
  });

  test('the proof sees an edited total', async () => {
    const ledger = createLedger({ clock, sql });
    await fund('finn', 5n);
    const id = accountIdOf(ofCustomer('finn'));
    await sql.query(`update ledger.account set credits_posted = credits_posted + 1 where id = $1`, [id]);
    const proof = await ledger.balanced(sql);
    expect(proof.ok).toBe(false);
    expect(proof.driftedAccounts).toEqual([id]);
    await sql.query(`update ledger.account set credits_posted = credits_posted - 1 where id = $1`, [id]);
  });

  test('expiry gives back what is due, and leaves what is kept', async () => {
    const ledger = createLedger({ clock, sql });
    await fund('gina', 10n);
    const expiresAt = new Date(clock.now() + 1_000);
    const reserve = (name: string): TransferCommand => ({
      kind: 'pending',
      id: transferIdOf(name),
      code: 'reserve',
      debit: ofCustomer('gina'),
      credit: hot,
      amount: 4n,
      expiresAt,
    });
    await sql.transaction((tx) => ledger.apply(tx, [reserve('due'), reserve('kept')]));
    expect(await sql.transaction((tx) => ledger.keepPending(tx, transferIdOf('kept')))).toBe(true);
    expect(await sql.transaction((tx) => ledger.expireDue(tx, new Date(clock.now())))).toBe(0);
    clock.advance(1_000);
    expect(await sql.transaction((tx) => ledger.expireDue(tx, new Date(clock.now())))).toBe(1);
    expect(await ledger.balances(sql, 'gina')).toMatchObject([{ available: 6n, outgoing: 4n, held: 0n, incoming: 0n }]);
    const late = await sql.transaction((tx) =>
      ledger.apply(tx, [{ kind: 'post', id: transferIdOf('late'), code: 'late', pendingId: transferIdOf('due') }]),
    );
    expect(late).toMatchObject({ ok: false, refusal: { code: 'pending_transfer_already_voided' } });
  });

  test('a reversal of spent money takes what is there and books the rest as owed, once', async () => {
    const ledger = createLedger({ clock, sql });
    await fund('hugo', 30n);
    const request = { id: 'reorg-1', accountId: 'hugo', asset: usd, amount: 50n, to: hot, code: 'deposit_reversed' } as const;
    const first = await sql.transaction((tx) => ledger.takeBack(tx, request));
    expect(first).toEqual({ ok: true, value: { taken: 30n, receivable: 20n } });
    expect(await sql.transaction((tx) => ledger.takeBack(tx, request))).toEqual(first);
    expect(await sql.transaction((tx) => ledger.takeBack(tx, { ...request, amount: 51n }))).toMatchObject({
      refusal: { code: 'exists_with_different_body' },
    });
    expect(await ledger.balances(sql, 'hugo')).toMatchObject([{ available: 0n }]);
    expect(await ledger.balanced(sql)).toMatchObject({ ok: true });
  });

  test('assets are registered once, under the id that names them', async () => {
    const ledger = createLedger({ clock, sql });
    const contract = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
    const token = { id: `eip155:31337/erc20:${contract}` as AssetId, symbol: 'TST', decimals: 6, chainId: 31337, contract };
    expect(await ledger.registerAsset(sql, token)).toMatchObject({ ok: true });
    expect(await ledger.registerAsset(sql, token)).toMatchObject({ ok: true });
    expect(await ledger.registerAsset(sql, { ...token, decimals: 18 })).toMatchObject({
      refusal: { code: 'asset_exists_otherwise' },
    });
    expect(await ledger.registerAsset(sql, { ...token, chainId: 1 })).toMatchObject({ refusal: { code: 'asset_id_malformed' } });
    const unknown: AccountRef = { ...hot, asset: 'iso4217:CHF' as AssetId };
    const answer = await sql.transaction((tx) =>
      ledger.apply(tx, [
        { kind: 'single', id: transferIdOf('x'), code: 'x', debit: unknown, credit: { ...unknown, kind: 'capital' }, amount: 1n },
      ]),
    );
    expect(answer).toMatchObject({ refusal: { code: 'asset_unknown' } });
  });
});
