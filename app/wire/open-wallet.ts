import type { FastifyBaseLogger } from 'fastify';
import { type AccountId, type Clock, OutsideError, type Random, SECOND_MS } from '../../core/index.ts';
import type { Chain, Hex } from '../../platform/chain/index.ts';
import type { Channel } from '../../platform/channels/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import type { Signer } from '../../platform/signer/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import { type AuditLog, createAuditLog, createSequencer } from '../../wallet-core/audit/index.ts';
import { createDeposits, type DepositAsset, parseWebhookKey, pinCode } from '../../wallet-core/deposits/index.ts';
import { createDevices } from '../../wallet-core/devices/index.ts';
import { createIdentity, type IdentityMail } from '../../wallet-core/identity/index.ts';
import { createLedger, type Ledger } from '../../wallet-core/ledger/index.ts';
import { createOutbox, createRelay } from '../../wallet-core/outbox/index.ts';
import { createRestrictions, createVerdictEnforcer } from '../../wallet-core/restrictions/index.ts';
import { createVerdictInbox } from '../../wallet-core/verdicts/index.ts';
import { createWithdrawals, WITHDRAWAL_LIMITS } from '../../wallet-core/withdrawals/index.ts';
import type { ListedAsset } from '../config/read-assets.ts';
import type { Config } from '../config/read-config.ts';
import type { ForwardedClient } from '../http/forwarded-client.ts';
import { type Keys, trustedVerdictKeys } from './load-keys.ts';

export interface OpenWalletDeps {
  readonly config: Config;
  readonly sql: Sql;
  readonly log: EventLog;
  readonly chain: Chain;
  readonly signer: Signer;
  readonly mail: Channel;
  readonly keys: Keys;
  readonly assets: readonly ListedAsset[];
  readonly publicUrl: string;
  readonly forwarded: ForwardedClient;
  readonly clock: Clock;
  /** Stamps the time of events; the demo world plays its people's past with it. Everything else goes by `clock`. */
  readonly eventClock: Clock;
  readonly random: Random;
  readonly logger: FastifyBaseLogger;
}

/** Between looks at the chain once caught up; a block takes a second on the development chain, twelve on Ethereum. */
const CHAIN_POLL_MS = SECOND_MS / 2;

/** Hands a mail to the channel; a failed delivery is the caller's to retry, so it throws. */
function mailTo(channel: Channel) {
  return async (mail: IdentityMail): Promise<void> => {
    const delivered = await channel.deliver({
      deliveryId: mail.deliveryId,
      recipient: mail.to,
      locale: mail.locale,
      subject: mail.subject,
      text: mail.text,
      severity: 'info',
      payload: { kind: mail.kind },
    });
    if (!delivered.ok)
      throw new OutsideError('mail_not_delivered', `a mail of kind ${mail.kind} was not taken: ${delivered.reason}`, {
        retryable: delivered.error !== 'permanent',
      });
  };
}

/** A token's code is pinned at its first listing; other code later holds its deposits, and the wallet goes on with the rest. */
async function codeHashOf(
  deps: OpenWalletDeps,
  audit: AuditLog,
  { id, contract }: ListedAsset,
): Promise<DepositAsset['codeHash']> {
  if (contract === null) return null;
  const pinned = await pinCode({ ...deps, audit }, { asset: id, contract: contract.toLowerCase() as Hex });
  if (!pinned.unchanged) {
    deps.logger.error(
      { asset: id, listed: pinned.codeHash },
      'the code of this token has changed since it was listed: deposits of it are held',
    );
  }
  return pinned.codeHash;
}

async function listForDeposits(deps: OpenWalletDeps, audit: AuditLog, asset: ListedAsset): Promise<DepositAsset> {
  const { id, symbol, decimals, chainId, contract, depositMin, feeOnTransfer } = asset;
  const codeHash = await codeHashOf(deps, audit, asset);
  return { id, symbol, decimals, chainId, contract, codeHash, minimum: depositMin, feeOnTransfer };
}

async function registerAssets(sql: Sql, ledger: Ledger, assets: readonly DepositAsset[]): Promise<void> {
  for (const { id, symbol, decimals, chainId, contract } of assets) {
    const registered = await ledger.registerAsset(sql, { id, symbol, decimals, chainId, contract });
    if (!registered.ok) throw new OutsideError('asset_refused', `${id}: ${registered.refusal.message}`, { retryable: false });
  }
}

function createFoundation(deps: OpenWalletDeps) {
  const { sql, log, clock, random, logger } = deps;
  const relay = createRelay({ sql, log, onError: (error) => logger.error({ err: error }, 'outbox relay') });
  const outbox = createOutbox({ clock: deps.eventClock, random, onAppend: () => relay.wake() });
  const audit = createAuditLog({ clock });
  const sequencer = createSequencer({
    sql,
    clock,
    keys: deps.keys.audit,
    onError: (error) => logger.error({ err: error }, 'audit sequencer'),
  });
  const restrictions = createRestrictions({ clock, random, audit, outbox });
  const verdicts = createVerdictInbox({
    sql,
    log,
    clock,
    trusted: trustedVerdictKeys(deps.keys),
    onError: (error) => logger.error({ err: error }, 'verdict inbox'),
  });
  return { relay, outbox, audit, sequencer, restrictions, verdicts };
}

type Foundation = ReturnType<typeof createFoundation>;

function openIdentity(deps: OpenWalletDeps, foundation: Foundation) {
  const { sql, clock, random } = deps;
  const devices = createDevices({ clock, outbox: foundation.outbox, audit: foundation.audit });
  return createIdentity({
    ...foundation,
    sql,
    clock,
    random,
    devices,
    mail: mailTo(deps.mail),
    issuerUrl: `${deps.publicUrl}/oidc`,
    keys: deps.keys.identity,
    clientOf: (request) => deps.forwarded.clientOf(request),
    onError: (error) => deps.logger.error({ err: error }, 'identity'),
  });
}

function withdrawalLimits(deps: OpenWalletDeps) {
  return {
    ...WITHDRAWAL_LIMITS,
    assets: new Map(deps.assets.map(({ id, withdrawalMin, transferMax }) => [id, { withdrawalMin, transferMax }])),
    confirmations: new Map([[deps.chain.chainId, deps.config.chainConfirmations]]),
  };
}

/** https://chainlist.org. What owners read: our endpoints are nobody's business. */
const CHAIN_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Ethereum'],
  [10, 'OP Mainnet'],
  [56, 'BNB Smart Chain'],
  [137, 'Polygon'],
  [8_453, 'Base'],
  [31_337, 'Development chain'],
  [42_161, 'Arbitrum One'],
  [43_114, 'Avalanche C-Chain'],
  [11_155_111, 'Sepolia test chain'],
]);

const chainNameOf = (chainId: number): string => CHAIN_NAMES.get(chainId) ?? `Chain ${chainId}`;

/** The wallet core, wired: routes to serve, workers to start, and what staff commands need. */
export async function openWallet(deps: OpenWalletDeps) {
  const { sql, clock, random, chain, logger } = deps;
  const foundation = createFoundation(deps);
  const ledger = createLedger({ sql, clock });
  const depositAssets = await Promise.all(deps.assets.map((asset) => listForDeposits(deps, foundation.audit, asset)));
  await registerAssets(sql, ledger, depositAssets);
  const identity = openIdentity(deps, foundation);
  const deposits = createDeposits({
    ...foundation,
    sql,
    clock,
    random,
    ledger,
    chains: [
      {
        chain,
        name: chainNameOf(chain.chainId),
        finality: { kind: 'confirmations', count: deps.config.chainConfirmations },
        startBlock: 0,
      },
    ],
    xpub: deps.signer.depositXpub,
    assets: depositAssets,
    providers: [...deps.config.providers].map(([name, secret]) => ({
      name,
      keys: [parseWebhookKey(secret.reveal())],
    })),
    pollMs: CHAIN_POLL_MS,
    onError: (error, name) => logger.error({ err: error, chain: name }, 'deposit watcher'),
  });
  const withdrawals = createWithdrawals({
    ...foundation,
    sql,
    clock,
    random,
    ledger,
    chainById: new Map([[chain.chainId, chain]]),
    signer: deps.signer,
    stepUpSigner: deps.keys.stepUp.signer,
    verifyTotp: identity.verifyTotp,
    totpEnrolled: identity.totpEnrolled,
    accountExists: async (executor, accountId) => (await identity.contactOf(executor, accountId)) !== null,
    limits: withdrawalLimits(deps),
    onError: (error) => logger.error({ err: error }, 'withdrawals'),
  });
  const isAccount = async (executor: Parameters<typeof identity.contactOf>[0], subject: string) =>
    (await identity.contactOf(executor, subject)) !== null;
  foundation.verdicts.on('*', createVerdictEnforcer({ restrictions: foundation.restrictions, isAccount }));
  foundation.verdicts.on('*', identity.onVerdict);
  foundation.verdicts.on('wallet.withdrawal.requested', withdrawals.verdictHandler);
  return { ...foundation, ledger, identity, deposits, withdrawals };
}

export type Wallet = Awaited<ReturnType<typeof openWallet>>;

/** “It wasn’t me”: the owner’s own freeze, and nobody stays signed in. */
export function ownerActionsOf(wallet: Wallet) {
  return {
    async lock(
      transaction: Parameters<Wallet['identity']['revokeSessions']>[0],
      accountId: string,
      why: { readonly alertId: string },
    ) {
      const actor = `owner:${accountId}`;
      await wallet.restrictions.impose(transaction, {
        accountId,
        kind: 'freeze',
        cause: { kind: 'owner', id: why.alertId },
        author: actor,
        reason: 'the owner said: this was not me',
      });
      await wallet.identity.revokeSessions(transaction, { accountId: accountId as AccountId, actor, reason: 'owner_locked' });
    },
  };
}
