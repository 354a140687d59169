import { join, resolve } from 'node:path';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { type Clock, type Random, TOPICS } from '../../core/index.ts';
import type { Analytics } from '../../platform/analytics/index.ts';
import type { Chain } from '../../platform/chain/index.ts';
import { type Channel, openDiskOutbox } from '../../platform/channels/index.ts';
import { systemClock, systemRandom } from '../../platform/clock/index.ts';
import type { EventLog } from '../../platform/event-log/index.ts';
import { openKeystoreSigner, type Signer } from '../../platform/signer/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import type { AdapterDescription } from '../../platform/adapter.ts';
import { type ListedAsset, nativeAsset, readAssets } from '../config/read-assets.ts';
import type { Config } from '../config/read-config.ts';
import { createForwardedClient } from '../http/forwarded-client.ts';
import { openAnalytics, openConfiguredChain, openEventLog, openSql, refuseForProduction } from '../ports/open-ports.ts';
import { type Keys, loadKeys } from '../wire/load-keys.ts';
import { endLiveWithSignIn } from '../wire/end-live-with-sign-in.ts';
import { openAlerts } from '../wire/open-alerts.ts';
import { type JudgingParts, openEngine } from '../wire/open-engine.ts';
import { openServer } from '../wire/open-server.ts';
import { createVerdictWaiter } from '../../ingest/index.ts';
import { createLanding } from '../../dashboards/landing/index.ts';
import { type ReservedAddress, reserveAddress } from '../http/reserve-address.ts';
import { watchSystem } from './watch-system.ts';
import { openWallet, type Wallet } from '../wire/open-wallet.ts';
import { fundDevelopmentWallet } from './fund-development-wallet.ts';
import { lockDataFolder } from './instance-lock.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { migrateAll } from './migrate-all.ts';
import { createScope, type Scope } from './scope.ts';
import { announceRunning } from './running-file.ts';
import { settleAll } from './settle-all.ts';

export interface StartOptions {
  readonly config: Config;
  readonly logger: FastifyBaseLogger;
  readonly random?: Random;
  readonly clock?: Clock;
  /** Ends a start that still waits for something; what had started is stopped. */
  readonly signal?: AbortSignal;
  /** Stamps events; the demo world plays its people's past with it. */
  readonly eventClock?: Clock;
  /** Requests a minute from one address; the server's own limit without it. */
  readonly requestsPerMinute?: number;
  /** Called once the chain answers, before anything reads it: the demo world puts its tokens there and lists them. */
  readonly prepareChain?: (place: {
    readonly chain: Chain;
    readonly developmentUrl: string | null;
  }) => Promise<readonly ListedAsset[]>;
}

/** A running Bulwark: every engine open, every worker started, the server listening. */
export interface RunningBulwark {
  /** `http://127.0.0.1:PORT`: where it listens. */
  readonly baseUrl: string;
  readonly publicUrl: string;
  readonly config: Config;
  readonly keys: Keys;
  readonly sql: Sql;
  readonly log: EventLog;
  readonly analytics: Analytics;
  readonly chain: Chain;
  /** JSON-RPC of the development chain; null with a real one. */
  readonly developmentChainUrl: string | null;
  readonly signer: Signer;
  readonly wallet: Wallet;
  readonly judging: JudgingParts;
  readonly assets: readonly ListedAsset[];
  readonly server: FastifyInstance;
  readonly metrics: Metrics;
  /** One a port, in the order of opening. */
  readonly ports: readonly AdapterDescription[];
  /** Stops everything in order; twice is once. */
  stop(): Promise<void>;
}

/** Signs only what both kinds of evidence prove; its ceilings come from the asset list. */
async function openSigner(config: Config, keys: Keys, assets: readonly ListedAsset[]): Promise<Signer> {
  return openKeystoreSigner({
    directory: join(config.dataDirectory, 'signer'),
    passphrase: keys.passphrase,
    trustedVerdictKeys: [keys.verdict.publicKeyPem],
    trustedStepUpKeys: [keys.stepUp.publicKeyPem],
    assets: assets.map((asset) => ({
      id: asset.id,
      chainId: asset.chainId,
      contract: asset.contract,
      perTransactionMax: asset.signPerTransactionMax,
      perHourMax: asset.signPerHourMax,
    })),
    why: 'the one signer there is',
  });
}

async function listAssets(options: StartOptions, place: { chain: Chain; developmentUrl: string | null }): Promise<ListedAsset[]> {
  const { config } = options;
  const listed = config.assetsFile === null ? [nativeAsset(config.chainId)] : await readAssets(config.assetsFile);
  return [...listed, ...((await options.prepareChain?.(place)) ?? [])];
}

/**
 * Starts the whole of Bulwark in this process (its engines are children). Resolves when it is ready for people; throws
 * OutsideError after stopping what had started.
 */
export async function startBulwark(options: StartOptions): Promise<RunningBulwark> {
  const { logger } = options;
  const scope = createScope((name, error) => logger.error({ err: error, part: name }, 'did not stop in order'));
  try {
    return await open(options, scope);
  } catch (error) {
    await scope.close();
    throw error;
  }
}

interface Opened {
  readonly config: Config;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: FastifyBaseLogger;
  readonly address: ReservedAddress;
  readonly publicUrl: string;
  readonly keys: Keys;
  readonly sql: Sql;
  readonly log: EventLog;
  readonly analytics: Analytics;
  readonly chain: Chain;
  readonly developmentUrl: string | null;
  readonly assets: readonly ListedAsset[];
  readonly signer: Signer;
  readonly mail: Channel;
}

/** The outside engines, all at once where they do not need each other. */
async function openPorts(options: StartOptions, scope: Scope): Promise<Opened> {
  const config: Config = { ...options.config, dataDirectory: resolve(options.config.dataDirectory) };
  const { logger } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  scope.onClose('data folder', await lockDataFolder(config.dataDirectory));
  const address = await reserveAddress(config.host, config.port);
  scope.onClose('http', () => address.close());
  const deps = { config, scope, clock, logger, signal: options.signal };
  const [{ sql, sqlUrl }, analytics, place, keys] = await settleAll([
    openSql(deps),
    openAnalytics(deps),
    openConfiguredChain(deps),
    loadKeys(config),
  ]);
  options.signal?.throwIfAborted();
  await migrateAll(sql);
  const log = await openEventLog(deps, sql);
  options.signal?.throwIfAborted();
  const assets = await listAssets(options, place);
  const signer = await openSigner(config, keys, assets);
  scope.onClose('signer', () => signer.close());
  const mail = await openDiskOutbox({ directory: join(config.dataDirectory, 'outbox'), clock });
  const publicUrl = config.publicUrl ?? `http://localhost:${address.port}`;
  scope.onClose('running file', await announceRunning(config.dataDirectory, { publicUrl, sqlUrl }));
  return { config, scope, clock, random, logger, address, publicUrl, keys, sql, log, analytics, ...place, assets, signer, mail };
}

/** Starts parts in order and remembers to stop them the other way round. */
async function startParts(
  scope: Scope,
  parts: Readonly<Record<string, { start(): unknown; stop(): Promise<void> }>>,
): Promise<void> {
  for (const [name, part] of Object.entries(parts)) {
    scope.onClose(name, () => part.stop());
    await part.start();
  }
}

async function open(options: StartOptions, scope: Scope): Promise<RunningBulwark> {
  const opened = await openPorts(options, scope);
  const { config, sql, log, analytics, clock, logger, signer } = opened;
  const ports = [sql, log, analytics, opened.chain, signer, opened.mail].map((port) => port.description);
  refuseForProduction(config, ports);
  options.signal?.throwIfAborted();
  const metrics = createMetrics();
  const forwarded = createForwardedClient(config.trustedProxies);
  const waiter = createVerdictWaiter();
  const wallet = await openWallet({ ...opened, forwarded, eventClock: options.eventClock ?? clock });
  const { engine, parts: judging } = await openEngine({
    ...opened,
    metrics: metrics.engine,
    onVerdict: (verdict) => waiter.notice(verdict),
  });
  const alerts = openAlerts({ ...opened, wallet });
  const landing = createLanding({
    analytics,
    log,
    clock,
    eventTopics: [TOPICS.events, TOPICS.imports],
    onError: (error) => logger.error({ err: error }, 'landing'),
  });
  await fundDevelopmentWallet({ ...opened, ledger: wallet.ledger, chainId: config.chainId, hotWallet: signer.address });
  scope.onClose('models', () => judging.scorer.close());
  await startParts(scope, { landing, engine, alerts, verdicts: wallet.verdicts, relay: wallet.relay, audit: wallet.sequencer });
  await startParts(scope, {
    signIns: endLiveWithSignIn({ sql, alerts, onError: (error) => logger.error({ err: error }, 'ending live connections') }),
    identity: wallet.identity,
    deposits: wallet.deposits.watcher,
    withdrawals: wallet.withdrawals.worker,
  });
  const system = watchSystem({ ...opened, metrics, ports, judging });
  const server = await openServer({
    ...opened,
    wallet,
    alerts,
    forwarded,
    awaitVerdict: waiter.awaitVerdict,
    system,
    requestsPerMinute: options.requestsPerMinute,
  });
  scope.onClose('server', () => server.close());
  return {
    ...opened,
    baseUrl: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${opened.address.port}`,
    developmentChainUrl: opened.developmentUrl,
    wallet,
    judging,
    server,
    metrics,
    ports,
    stop: () => scope.close(),
  };
}
