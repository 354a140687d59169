import { getAddress, HDNodeVoidWallet, HDNodeWallet } from 'ethers';
import type { Clock } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import type { Sql, SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';

export interface DepositAddresses {
  /** The account's address on the chain, assigned on the first ask. Lower-case. */
  addressOf(accountId: string, chainId: number): Promise<Hex>;
  /** Which of the addresses are ours on this chain, with the account each belongs to. */
  owners(executor: SqlExecutor, chainId: number, addresses: readonly Hex[]): Promise<ReadonlyMap<Hex, string>>;
}

/**
 * Addresses by BIP-32 public derivation: `xpub` stands at m/44'/60'/0', the address of index i at 0/i below it. This side can
 * make addresses and cannot spend from them. Throws TypeError for anything that is not an extended public key.
 */
export function createDepositAddresses(deps: { sql: Sql; clock: Clock; xpub: string }): DepositAddresses {
  const account = HDNodeWallet.fromExtendedKey(deps.xpub);
  if (!(account instanceof HDNodeVoidWallet)) {
    throw new TypeError('deposit addresses are derived from an extended public key; a private one must not be on this host');
  }
  const external = account.deriveChild(0);
  const fingerprint = account.fingerprint;

  async function indexOf(tx: SqlTransaction, accountId: string): Promise<number> {
    const known = await tx.query<{ index: bigint }>('select index from deposits.derivation where account_id = $1', [accountId]);
    if (known[0] !== undefined) return Number(known[0].index);
    const taken = await tx.query<{ index: bigint }>(
      'update deposits.next_index set value = value + 1 returning value - 1 as index',
    );
    const index = taken[0]?.index;
    if (index === undefined) throw new Error('the row that hands out indexes is missing');
    // Another request of the same account may have come first, while this one waited for the counter's row.
    const written = await tx.query<{ index: bigint }>(
      `insert into deposits.derivation (account_id, index, key_fingerprint) values ($1, $2, $3)
       on conflict (account_id) do update set account_id = excluded.account_id returning index`,
      [accountId, index, fingerprint],
    );
    return Number(written[0]?.index ?? index);
  }

  return {
    async addressOf(accountId, chainId) {
      const query = 'select address from deposits.address where account_id = $1 and chain_id = $2';
      const known = await deps.sql.query<{ address: Hex }>(query, [accountId, chainId]);
      if (known[0] !== undefined) return known[0].address;
      return deps.sql.transaction(async (tx) => {
        const address = external.deriveChild(await indexOf(tx, accountId)).address.toLowerCase() as Hex;
        await tx.query(
          `insert into deposits.address (chain_id, address, account_id, assigned_at) values ($1, $2, $3, $4)
           on conflict (account_id, chain_id) do nothing`,
          [chainId, address, accountId, new Date(deps.clock.now())],
        );
        const stored = await tx.query<{ address: Hex }>(query, [accountId, chainId]);
        if (stored[0] === undefined) throw new Error('a deposit address that was written is not there');
        return stored[0].address;
      });
    },
    async owners(executor, chainId, addresses) {
      if (addresses.length === 0) return new Map();
      const rows = await executor.query<{ address: Hex; account_id: string }>(
        'select address, account_id from deposits.address where chain_id = $1 and address = any($2::text[])',
        [chainId, [...new Set(addresses)]],
      );
      return new Map(rows.map((row) => [row.address, row.account_id]));
    },
  };
}

/** EIP-55 spelling, for screens. */
export function shownAddress(address: string): string {
  return getAddress(address);
}
