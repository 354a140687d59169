import { createPublicKey, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAddress } from 'ethers';
import {
  type AccountId,
  type AssetId,
  keyIdOf,
  Redacted,
  refuse,
  succeed,
  TOPICS,
  type VerdictBody,
} from '../../../core/index.ts';
import { ManualClock, systemRandom } from '../../../platform/clock/index.ts';
import { DEVELOPMENT_MNEMONIC, openChain } from '../../../platform/chain/index.ts';
import { startTestAnvil } from '../../../platform/chain/testing.ts';
import { eventLogMigrations, openSqlEventLog } from '../../../platform/event-log/index.ts';
import { openKeystoreSigner } from '../../../platform/signer/index.ts';
import { testStatementKey, verdictFor } from '../../../platform/signer/testing.ts';
import { createTestDatabase } from '../../../platform/sql/testing.ts';
import { connectSender } from '../../../test/contracts/index.ts';
import { auditMigrations, createAuditLog } from '../../audit/index.ts';
import { createLedger, ledgerMigrations, SYSTEM, type TransferCommand, transferIdOf } from '../../ledger/index.ts';
import { createOutbox, outboxMigrations } from '../../outbox/index.ts';
import { createRestrictions, restrictionsMigrations } from '../../restrictions/index.ts';
import { createVerdictInbox, verdictsMigrations } from '../../verdicts/index.ts';
import { createWithdrawals, WITHDRAWAL_LIMITS, type WithdrawalDeps, withdrawalsMigrations } from '../index.ts';
import { requestWithdrawal, type WithdrawalRequest } from '../request-withdrawal.ts';
import { payloadOf, readWithdrawal, type Withdrawal } from '../withdrawal-rows.ts';

export const CHAIN_ID = 31_337;
export const ETHER = `eip155:${CHAIN_ID}/slip44:60` as AssetId;
export const GOOD_CODE = '123456';
export const ONE_ETHER = 10n ** 18n;
export const testClient = { ip: '203.0.113.9', user_agent: 'test', device_id: null, session_id: null };
/** What the signer pays of ether in an hour here. */
export const HOUR_CEILING = 100n * ONE_ETHER;

const migrations = [
  eventLogMigrations,
  outboxMigrations,
  auditMigrations,
  restrictionsMigrations,
  verdictsMigrations,
  ledgerMigrations,
  withdrawalsMigrations,
];

/** A fresh address nobody has paid to, in EIP-55 spelling. */
export function newPayee(): string {
  return getAddress(`0x${Buffer.from(systemRandom.bytes(20)).toString('hex')}`);
}

/** The outside of the room: database, node, signer process, event log. */
async function openEngines(tokenNames: readonly string[]) {
  const database = await createTestDatabase(migrations);
  const clock = new ManualClock(Date.now());
  const verdictKey = testStatementKey();
  const stepUpKey = testStatementKey();
  const node = await startTestAnvil();
  const chain = await openChain({ name: 'test', chainId: CHAIN_ID, rpcUrls: [node.anvil.url], quorum: 1 });
  const treasury = await connectSender({ url: node.anvil.url, chainId: CHAIN_ID, mnemonic: DEVELOPMENT_MNEMONIC });
  const tokens: { id: AssetId; contract: string }[] = [];
  for (const name of tokenNames) {
    const contract = getAddress(await treasury.deploy(name, name, name.toUpperCase().slice(0, 5), 6, 1_000_000n));
    tokens.push({ id: `eip155:${CHAIN_ID}/erc20:${contract}` as AssetId, contract });
  }
  const directory = await mkdtemp(join(tmpdir(), 'bulwark-hot-'));
  const signer = await openKeystoreSigner({
    directory,
    passphrase: new Redacted('correct horse battery staple'),
    trustedVerdictKeys: [verdictKey.publicKeyPem],
    trustedStepUpKeys: [stepUpKey.publicKeyPem],
    assets: [
      { id: ETHER, chainId: CHAIN_ID, contract: null, perTransactionMax: 50n * ONE_ETHER, perHourMax: HOUR_CEILING },
      ...tokens.map((token) => ({ ...token, chainId: CHAIN_ID, perTransactionMax: 10n ** 9n, perHourMax: 10n ** 9n })),
    ],
    why: 'a test',
  });
  await treasury.pay(signer.address, 1_000n * ONE_ETHER);
  const log = openSqlEventLog({ sql: database.sql, clock });
  await log.ensureTopics([{ name: TOPICS.verdicts, partitions: 2 }]);
  const close = async (): Promise<void> => {
    await log.close();
    await signer.close();
    treasury.close();
    await chain.close();
    await node.stop();
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  };
  return { sql: database.sql, clock, verdictKey, stepUpKey, chain, treasury, tokens, signer, log, close };
}

type Engines = Awaited<ReturnType<typeof openEngines>>;

function limitsOf(tokens: Engines['tokens']): WithdrawalDeps['limits'] {
  const assets = [ETHER, ...tokens.map((token) => token.id)];
  return {
    ...WITHDRAWAL_LIMITS,
    assets: new Map(assets.map((id) => [id, { withdrawalMin: 10n, transferMax: 1_000n }])),
    confirmations: new Map([[CHAIN_ID, 2]]),
  };
}

/** The room itself, wired as `app/` does it. */
async function wire(engines: Engines) {
  const { sql, clock, chain, signer, log, tokens } = engines;
  const audit = createAuditLog({ clock });
  const outbox = createOutbox({ clock, random: systemRandom });
  const restrictions = createRestrictions({ clock, random: systemRandom, audit, outbox });
  const publicKey = createPublicKey(engines.verdictKey.publicKeyPem);
  const errors: unknown[] = [];
  const enrolledMs = new Map<string, number>();
  const onError = (error: unknown): void => void errors.push(error);
  const verdicts = createVerdictInbox({ sql, log, clock, trusted: new Map([[keyIdOf(publicKey), publicKey]]), onError });
  const ledger = createLedger({ clock, sql });
  const deps: WithdrawalDeps = {
    sql,
    clock,
    random: systemRandom,
    outbox,
    audit,
    restrictions,
    ledger,
    verdicts,
    chainById: new Map([[CHAIN_ID, chain]]),
    signer,
    stepUpSigner: engines.stepUpKey.signer,
    async verifyTotp(_tx, account, code, askedAt) {
      if ((enrolledMs.get(account) ?? 0) >= askedAt.getTime()) return refuse('totp_too_new', 'set up too late');
      return code === GOOD_CODE ? succeed(undefined) : refuse('totp_wrong', 'wrong code');
    },
    totpEnrolled: async (_executor, accountId) => !accountId.startsWith('bare'),
    accountExists: async (_executor, accountId) => !accountId.startsWith('ghost'),
    limits: limitsOf(tokens),
    onError,
  };
  const withdrawals = createWithdrawals(deps);
  verdicts.on('wallet.withdrawal.requested', withdrawals.verdictHandler);
  await verdicts.start();
  await ledger.registerAsset(sql, { id: ETHER, symbol: 'ETH', decimals: 18, chainId: CHAIN_ID, contract: null });
  for (const token of tokens) await ledger.registerAsset(sql, { ...token, symbol: 'TKN', decimals: 6, chainId: CHAIN_ID });
  /** The owner's authenticator app is one that was set up just now. */
  const enrolAgain = (account: string): void => void enrolledMs.set(account, clock.now());
  return { deps, withdrawals, verdicts, ledger, restrictions, errors, enrolAgain };
}

type Room = Awaited<ReturnType<typeof wire>>;

/** The engine's word on a withdrawal, signed as the engine would, over the log and through the inbox. */
async function judge(engines: Engines, room: Room, withdrawal: Withdrawal, overrides: Partial<VerdictBody>): Promise<void> {
  const body = { id: randomUUID(), event_id: withdrawal.eventId, ...overrides };
  const verdict = verdictFor(payloadOf(withdrawal), engines.verdictKey.signer, engines.clock.now(), body);
  await engines.log.produce(TOPICS.verdicts, [{ key: withdrawal.accountId, value: JSON.stringify(verdict), headers: {} }]);
  for (;;) {
    const heard = await room.verdicts.awaitVerdict(withdrawal.eventId, 10_000);
    if (heard !== null && heard.body.revision >= verdict.body.revision) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function fundLine(account: string, counter: number, asset: AssetId, amount: bigint): TransferCommand {
  return {
    kind: 'single',
    id: transferIdOf('test-fund', account, String(counter)),
    code: 'test_fund',
    debit: { owner: SYSTEM, kind: 'hot_wallet', asset },
    credit: { owner: account, kind: 'customer_available', asset },
    amount,
  };
}

/**
 * Real parts around the room: PostgreSQL, event log, inbox, ledger, a signer in its own process, anvil. `tokens` are names of test
 * contracts, deployed and registered.
 */
export async function openWithdrawalWorld(options: { tokens?: readonly string[] } = {}) {
  const engines = await openEngines(options.tokens ?? []);
  const room = await wire(engines);
  const { sql } = engines;
  const { deps, ledger } = room;
  let counter = 0;
  const read = async (id: string): Promise<Withdrawal> => {
    const withdrawal = await readWithdrawal(sql, id);
    if (withdrawal === null) throw new Error(`there is no withdrawal ${id}`);
    return withdrawal;
  };
  return {
    ...engines,
    ...room,
    read,
    /** Gives an account money, as a confirmed deposit would. */
    async fund(account: string, amount: bigint, asset: AssetId = ETHER): Promise<AccountId> {
      counter += 1;
      const answer = await sql.transaction((tx) => ledger.apply(tx, [fundLine(account, counter, asset, amount)]));
      if (!answer.ok) throw new Error(answer.refusal.message);
      return account as AccountId;
    },
    /** Asks for a withdrawal as the HTTP handler does; throws when refused. */
    async ask(account: string, overrides: Partial<WithdrawalRequest> = {}): Promise<Withdrawal> {
      const request = { withdrawal_id: randomUUID(), asset: ETHER, amount: '100', payee: newPayee(), ...overrides };
      const by = { accountId: account as AccountId, client: testClient };
      const answer = await sql.transaction((tx) => requestWithdrawal(deps, tx, by, request));
      if (!answer.ok) throw new Error(answer.refusal.code);
      return answer.value.withdrawal;
    },
    async judge(withdrawal: Withdrawal, overrides: Partial<VerdictBody> = {}): Promise<Withdrawal> {
      await judge(engines, room, withdrawal, overrides);
      return read(withdrawal.id);
    },
    async balance(account: string, asset: AssetId = ETHER) {
      const found = (await ledger.balances(sql, account)).find((each) => each.asset === asset);
      return { available: found?.available ?? 0n, outgoing: found?.outgoing ?? 0n };
    },
    /** Types of the events told about an account, in order. */
    async events(account: string): Promise<string[]> {
      const rows = await sql.query<{ type: string }>(
        `select body::jsonb ->> 'type' as type from outbox.message
          where key = $1 and topic = 'wallet.events' order by (body::jsonb ->> 'sequence')::bigint`,
        [account],
      );
      return rows.map((row) => row.type);
    },
    rpc: (method: string, ...parameters: readonly unknown[]): Promise<unknown> => engines.treasury.rpc(method, parameters),
    async close(): Promise<void> {
      await room.withdrawals.worker.stop();
      await room.verdicts.stop();
      await engines.close();
    },
  };
}

export type WithdrawalWorld = Awaited<ReturnType<typeof openWithdrawalWorld>>;
