import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { getAddress, HDNodeWallet } from 'ethers';
import type { AccountId, AssetId, DeviceId, EventType, SessionId, StaffId } from '../../core/index.ts';
import { type Chain, DEVELOPMENT_MNEMONIC, type Hex, openChain } from '../../platform/chain/index.ts';
import { startTestAnvil } from '../../platform/chain/testing.ts';
import { ManualClock, systemRandom } from '../../platform/clock/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { connectSender, type DevelopmentSender } from '../../test/contracts/index.ts';
import { auditMigrations, createAuditLog } from '../audit/index.ts';
import { createLedger, type Ledger, ledgerMigrations } from '../ledger/index.ts';
import { createOutbox, outboxMigrations } from '../outbox/index.ts';
import { createRestrictions, type Restrictions, restrictionsMigrations } from '../restrictions/index.ts';
import { type DepositAsset, readCodeHash } from './assets.ts';
import { type DepositChecks, STRICT_CHECKS } from './checks.ts';
import { createDepositsWith, type Deposits, type DepositsOptions } from './create-deposits.ts';
import { depositsMigrations } from './index.ts';

export const CHAIN_ID = 31_337;
/** Blocks, their own included, until a deposit is credited. */
export const CONFIRMATIONS = 3;
/** Of a wallet that no test spends from. */
const XPUB_WORDS = 'legal winner thank year wave sausage worth useful legal winner thank yellow';

export const NATIVE_ASSET = `eip155:${CHAIN_ID}/slip44:60` as AssetId;

/** Rooms with the same key hand out the same addresses; another `account` gives a room addresses of its own. */
export function depositXpub(account = 0): string {
  return HDNodeWallet.fromPhrase(XPUB_WORDS, '', `m/44'/60'/${account}'`).neuter().extendedKey;
}

/** Lists a deployed token. */
export async function listToken(chain: Chain, token: Hex, options: Partial<DepositAsset> = {}): Promise<DepositAsset> {
  return {
    id: `eip155:${CHAIN_ID}/erc20:${getAddress(token)}` as AssetId,
    symbol: 'USDX',
    decimals: 6,
    chainId: CHAIN_ID,
    contract: getAddress(token),
    codeHash: await readCodeHash(chain, token),
    minimum: 1n,
    feeOnTransfer: false,
    ...options,
  };
}

export const NATIVE: DepositAsset = {
  id: NATIVE_ASSET,
  symbol: 'ETH',
  decimals: 18,
  chainId: CHAIN_ID,
  contract: null,
  codeHash: null,
  minimum: 1n,
  feeOnTransfer: false,
};

/** A real node with a sender, and the means to open deposit rooms over it. */
export interface World {
  readonly url: string;
  readonly chain: Chain;
  readonly sender: DevelopmentSender;
  mine(blocks: number): Promise<void>;
  /** A room with a database of its own. */
  room(assets: readonly DepositAsset[], checks?: Partial<DepositChecks>, options?: Partial<DepositsOptions>): Promise<Room>;
  close(): Promise<void>;
}

export interface Room {
  readonly deposits: Deposits;
  readonly database: TestDatabase;
  readonly ledger: Ledger;
  readonly restrictions: Restrictions;
  readonly clock: ManualClock;
  readonly server: FastifyInstance;
  readonly options: DepositsOptions;
  /** A new account and its deposit address. */
  account(): Promise<{ id: string; address: Hex }>;
  available(accountId: string, asset?: string): Promise<bigint>;
  claim(accountId: string, txHash: string, claimId?: string): Promise<{ state: string; reason: string; attack: string | null }>;
  /** Types and data of the events told about a subject, in order. */
  events(subject: string): Promise<{ type: EventType; data: Record<string, unknown> }[]>;
  /** Debits equal credits, per asset. */
  booksBalance(): Promise<boolean>;
}

export async function openWorld(): Promise<World> {
  const node = await startTestAnvil({ chainId: CHAIN_ID });
  const url = node.anvil.url;
  const chain = await openChain({ name: 'test chain', chainId: CHAIN_ID, rpcUrls: [url], quorum: 1 });
  const sender = await connectSender({ url, chainId: CHAIN_ID, mnemonic: DEVELOPMENT_MNEMONIC });
  const databases: TestDatabase[] = [];
  return {
    url,
    chain,
    sender,
    mine: async (blocks) => {
      await sender.rpc('anvil_mine', [`0x${blocks.toString(16)}`]);
    },
    async room(assets, checks = {}, options = {}) {
      const room = await openRoom(chain, assets, { ...STRICT_CHECKS, ...checks }, options);
      databases.push(room.database);
      return room;
    },
    async close() {
      for (const database of databases) await database.drop();
      sender.close();
      await chain.close();
      await node.stop();
    },
  };
}

/** The doors as the HTTP server opens them, with the principal taken from headers in place of tokens. */
async function openServer(deposits: Deposits): Promise<FastifyInstance> {
  // As app/http sets it: nothing is coerced, nothing is dropped.
  const server = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
  server.decorateRequest('principal', null);
  server.addHook('onRequest', (request, _reply, done) => {
    const owner = request.headers['x-test-owner'];
    const deviceId = 'device' as DeviceId;
    const sessionId = 'session' as SessionId;
    request.client = { ip: '192.0.2.1', userAgent: 'test', deviceId: null, sessionId: null };
    if (typeof owner === 'string') request.principal = { kind: 'owner', accountId: owner as AccountId, sessionId, deviceId };
    if (request.headers['x-test-staff'] !== undefined) {
      request.principal = { kind: 'staff', staffId: 'staff' as StaffId, sessionId, roles: ['viewer'] };
    }
    done();
  });
  await server.register(async (scope) => deposits.ownerRoutes(scope));
  await server.register(async (scope) => deposits.publicRoutes(scope));
  await server.register(async (scope) => deposits.staffRoutes(scope));
  await server.ready();
  return server;
}

/** The rooms below this one, real, over one database. */
function roomsOver(sql: Sql, clock: ManualClock) {
  const random = systemRandom;
  const outbox = createOutbox({ clock, random });
  const audit = createAuditLog({ clock });
  const restrictions = createRestrictions({ clock, random, audit, outbox });
  return { sql, clock, random, outbox, audit, restrictions, ledger: createLedger({ clock, sql }) };
}

async function openRoom(
  chain: Chain,
  assets: readonly DepositAsset[],
  checks: DepositChecks,
  overrides: Partial<DepositsOptions>,
): Promise<Room> {
  const rooms = [outboxMigrations, auditMigrations, restrictionsMigrations, ledgerMigrations, depositsMigrations];
  const database = await createTestDatabase(rooms);
  const { sql } = database;
  const clock = new ManualClock(Date.UTC(2026, 10, 21));
  const below = roomsOver(sql, clock);
  const { ledger, restrictions } = below;
  for (const asset of assets) {
    const registered = await ledger.registerAsset(sql, asset);
    if (!registered.ok) throw new Error(registered.refusal.message);
  }
  const options: DepositsOptions = {
    ...below,
    chains: [{ chain, name: 'test chain', finality: { kind: 'confirmations', count: CONFIRMATIONS }, startBlock: 0 }],
    xpub: depositXpub(),
    assets,
    providers: [],
    pollMs: 10,
    onError: (error) => {
      throw error;
    },
    ...overrides,
  };
  const deposits = createDepositsWith(checks, options);
  const server = await openServer(deposits);
  return {
    deposits,
    database,
    ledger,
    restrictions,
    clock,
    server,
    options,
    async account() {
      const id = randomUUID();
      return { id, address: await deposits.addresses.addressOf(id, CHAIN_ID) };
    },
    async available(accountId, asset = NATIVE_ASSET) {
      const balances = await ledger.balances(sql, accountId);
      return balances.find((each) => each.asset === asset)?.available ?? 0n;
    },
    async claim(accountId, txHash, claimId = randomUUID()) {
      const payload = { claim_id: claimId, chain_id: CHAIN_ID, tx_hash: txHash };
      const headers = { 'x-test-owner': accountId };
      const answer = await server.inject({ method: 'POST', url: '/v1/me/deposit-claims', headers, payload });
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.body}`);
      return answer.json();
    },
    async events(subject) {
      const rows = await sql.query<{ body: string }>('select body from outbox.message where key = $1 order by position', [
        subject,
      ]);
      return rows
        .map((row) => JSON.parse(row.body) as { type: EventType; data: Record<string, unknown> })
        .filter((each) => each.type);
    },
    booksBalance: async () => (await ledger.balanced(sql)).ok,
  };
}
