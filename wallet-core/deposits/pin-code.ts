import { keccak256 } from 'ethers';
import { type Clock, OutsideError } from '../../core/index.ts';
import type { Chain, Hex } from '../../platform/chain/port.ts';
import type { Sql } from '../../platform/sql/port.ts';
import type { AuditLog } from '../audit/index.ts';
import { readCodeHash } from './assets.ts';

/** keccak256 of nothing: the code hash of an address without code. */
const NO_CODE = keccak256('0x');

export interface PinnedCode {
  /** keccak256 of the code that was looked at when the token was listed: what its deposits are compared with. */
  readonly codeHash: Hex;
  /** False when the chain shows other code now: every deposit of the token is held until people have looked (E27). */
  readonly unchanged: boolean;
}

/**
 * The code a token was listed with. The first call reads it from the chain and keeps it for ever; later ones, also after a
 * restart, only compare. Throws OutsideError: of the chain, or `token_has_no_code` (E28) for a first listing without a contract.
 */
export async function pinCode(
  deps: { readonly sql: Sql; readonly clock: Clock; readonly audit: AuditLog; readonly chain: Chain },
  token: { readonly asset: string; readonly contract: Hex },
): Promise<PinnedCode> {
  const found = await readCodeHash(deps.chain, token.contract);
  return deps.sql.transaction(async (tx) => {
    const select = 'select code_hash from deposits.pinned_code where asset = $1';
    const [known] = await tx.query<{ code_hash: Hex }>(select, [token.asset]);
    if (known !== undefined) return { codeHash: known.code_hash, unchanged: known.code_hash === found };
    if (found === NO_CODE) {
      const message = `${token.asset} cannot be listed: there is no contract at its address`;
      throw new OutsideError('token_has_no_code', message, { retryable: false });
    }
    const pinned = await tx.query(
      'insert into deposits.pinned_code (asset, code_hash, pinned_at) values ($1, $2, $3) on conflict do nothing returning 1',
      [token.asset, found, new Date(deps.clock.now())],
    );
    if (pinned.length > 0) {
      await deps.audit.append(tx, {
        kind: 'token_code_pinned',
        actor: 'system',
        subject: token.asset,
        details: { code_hash: found },
      });
    }
    // Another instance may have pinned it in between, and its word counts.
    const [kept] = await tx.query<{ code_hash: Hex }>(select, [token.asset]);
    if (kept === undefined) throw new Error('a code hash that was pinned is not there');
    return { codeHash: kept.code_hash, unchanged: kept.code_hash === found };
  });
}
