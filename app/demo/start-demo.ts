import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { OutsideError, Redacted } from '../../core/index.ts';
import { systemClock } from '../../platform/clock/index.ts';
import { parseWebhookKey } from '../../wallet-core/deposits/index.ts';
import { SYSTEM, transferIdOf } from '../../wallet-core/ledger/index.ts';
import { nativeAsset } from '../config/read-assets.ts';
import type { Config } from '../config/read-config.ts';
import { startBulwark } from '../run/start-bulwark.ts';
import type { DevelopmentSender } from './contracts/index.ts';
import { connectAccount, type DemoAsset, type DemoAssets, deployDemoAssets } from './world/demo-assets.ts';
import { createDraw } from './world/draw.ts';
import { createEventTime } from './world/event-time.ts';
import { createMailbox } from './world/mailbox.ts';
import { createNetworks } from './world/network.ts';
import { payOnChain, type World } from './world/world.ts';

const PROVIDER = 'harbour-pay';
/** People's past begins so many days ago. */
export const PAST_DAYS = 30;
/** What the treasury put into the hot wallet of each token: more than all customers of ten minutes withdraw. */
const TREASURY_TOKENS = 10n ** 13n;

/** The demo's own settings: everything embedded, a data folder of its own, any free port, forwarded addresses believed from this machine. */
function demoConfig(base: Config, dataDirectory: string, secret: string, models: Config['models']): Config {
  return {
    ...base,
    production: false,
    dataDirectory,
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    trustedProxies: ['127.0.0.1'],
    sqlUrl: null,
    kafkaBrokers: [],
    clickhouseUrl: null,
    chainRpcUrls: [],
    chainQuorum: 1,
    chainId: 31_337,
    chainConfirmations: 2,
    keystorePassphrase: null,
    providers: new Map([[PROVIDER, new Redacted(secret)]]),
    services: new Map(),
    assetsFile: null,
    pricesFile: join(dataDirectory, 'prices.yaml'),
    models,
  };
}

/** The treasury fills the hot wallet with tokens, and the books say so. Gives the last transaction's hash. */
async function fundTokens(app: World['app'], honest: DevelopmentSender, tokens: readonly DemoAsset[]): Promise<string> {
  let last = '';
  for (const token of tokens) {
    last = (await payOnChain(honest, token, app.signer.address, TREASURY_TOKENS)).hash;
    const asset = token.listed.id;
    const funded = await app.sql.transaction((transaction) =>
      app.wallet.ledger.apply(transaction, [
        {
          kind: 'single',
          id: transferIdOf('demo-funding', asset),
          code: 'development_funding',
          debit: { owner: SYSTEM, kind: 'hot_wallet', asset },
          credit: { owner: SYSTEM, kind: 'capital', asset },
          amount: TREASURY_TOKENS,
        },
      ]),
    );
    if (!funded.ok) throw new OutsideError('funding_refused', funded.refusal.message, { retryable: false });
  }
  return last;
}

/** Starts a Bulwark of its own in `dataDirectory` and the world around it. The caller ends it with `stop`. */
export async function startDemo(options: {
  readonly config: Config;
  readonly dataDirectory: string;
  readonly seed: number;
  readonly models: Config['models'];
  readonly logger: FastifyBaseLogger;
}): Promise<{ readonly world: World; stop(): Promise<void> }> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const config = demoConfig(options.config, options.dataDirectory, secret, options.models);
  const draw = createDraw(`bulwark demo ${options.seed}`);
  const time = createEventTime(systemClock, PAST_DAYS);
  let chain: { honest: DevelopmentSender; hostile: DevelopmentSender; assets: DemoAssets } | null = null;
  const app = await startBulwark({
    config,
    logger: options.logger,
    eventClock: time,
    async prepareChain({ developmentUrl }) {
      if (developmentUrl === null) throw new Error('the demo has a chain of its own');
      const honest = await connectAccount(developmentUrl, config.chainId, 1);
      const hostile = await connectAccount(developmentUrl, config.chainId, 2);
      const pricesFile = config.pricesFile ?? '';
      const assets = await deployDemoAssets({ honest, ether: nativeAsset(config.chainId), pricesFile });
      chain = { honest, hostile, assets };
      return [assets.dollar.listed, assets.oldDollar.listed];
    },
  });
  const prepared = chain as { honest: DevelopmentSender; hostile: DevelopmentSender; assets: DemoAssets } | null;
  if (prepared === null) throw new Error('the chain of the demo was not prepared');
  const networks = createNetworks(draw.child('networks'));
  const provider = { name: PROVIDER, key: parseWebhookKey(secret), network: networks.next(draw.child('provider')) };
  const mailbox = createMailbox(join(config.dataDirectory, 'outbox'));
  const somebodyElsesPayment = await fundTokens(app, prepared.honest, [prepared.assets.dollar, prepared.assets.oldDollar]);
  const world: World = { app, draw, time, mailbox, networks, provider, somebodyElsesPayment, ...prepared };
  return {
    world,
    async stop() {
      prepared.honest.close();
      prepared.hostile.close();
      await app.stop();
    },
  };
}
