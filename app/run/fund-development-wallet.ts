import { HDNodeWallet, JsonRpcProvider } from 'ethers';
import { OutsideError } from '../../core/index.ts';
import { DEVELOPMENT_MNEMONIC, type Hex } from '../../platform/chain/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import { type Ledger, SYSTEM, transferIdOf } from '../../wallet-core/ledger/index.ts';
import { assetIdOf } from '../config/read-assets.ts';

const ETHER = 10n ** 18n;
/** Of the 10,000 ether that a development account begins with. */
const FUNDING = 1_000n * ETHER;

/**
 * On the development chain the hot wallet gets its first ether from the chain's own rich account, and the books say where it came
 * from. Once: a wallet that was ever funded is left alone. With a real chain, funding is the treasury's act.
 */
export async function fundDevelopmentWallet(deps: {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly chainId: number;
  readonly developmentUrl: string | null;
  readonly hotWallet: Hex;
}): Promise<void> {
  if (deps.developmentUrl === null) return;
  const provider = new JsonRpcProvider(deps.developmentUrl, deps.chainId, { staticNetwork: true });
  try {
    if ((await provider.getBalance(deps.hotWallet)) === 0n && (await provider.getTransactionCount(deps.hotWallet)) === 0) {
      const rich = HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC).connect(provider);
      const sent = await rich.sendTransaction({ to: deps.hotWallet, value: FUNDING });
      await sent.wait();
    }
  } finally {
    provider.destroy();
  }
  const asset = assetIdOf(deps.chainId, null);
  const funded = await deps.sql.transaction((transaction) =>
    deps.ledger.apply(transaction, [
      {
        kind: 'single',
        id: transferIdOf('development-funding', asset),
        code: 'development_funding',
        debit: { owner: SYSTEM, kind: 'hot_wallet', asset },
        credit: { owner: SYSTEM, kind: 'capital', asset },
        amount: FUNDING,
      },
    ]),
  );
  if (!funded.ok) throw new OutsideError('funding_refused', funded.refusal.message, { retryable: false });
}
