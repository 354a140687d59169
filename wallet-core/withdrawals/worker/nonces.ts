import type { Hex } from '../../../platform/chain/port.ts';
import type { SqlTransaction } from '../../../platform/sql/port.ts';

interface Place {
  readonly chainId: number;
  readonly sender: Hex;
}

/** Opens the sequence of a sender at the chain's own count; later calls change nothing. */
export async function openSender(tx: SqlTransaction, place: Place, firstNonce: number): Promise<void> {
  await tx.query('insert into withdrawals.sender (chain_id, address, next_nonce) values ($1, $2, $3) on conflict do nothing', [
    place.chainId,
    place.sender,
    firstNonce,
  ]);
}

/**
 * The next nonce for a withdrawal, under the sender's row lock; null while another withdrawal of the sender has a nonce and no
 * signature yet. One unsigned nonce at a time means that a nonce the signer refuses is always the last one: giving it back leaves no gap.
 */
export async function reserveNonce(tx: SqlTransaction, place: Place, withdrawalId: string, now: Date): Promise<number | null> {
  const [sender] = await tx.query<{ next_nonce: bigint }>(
    'select next_nonce from withdrawals.sender where chain_id = $1 and address = $2 for update',
    [place.chainId, place.sender],
  );
  if (sender === undefined) throw new Error('a nonce was asked of a sender that is not open');
  const unsigned = await tx.query(
    `select 1 from withdrawals.withdrawal where state = 'signing' and chain_id = $1 and sender = $2 limit 1`,
    [place.chainId, place.sender],
  );
  if (unsigned.length > 0) return null;
  await tx.query(
    'insert into withdrawals.nonce (withdrawal_id, chain_id, sender, nonce, reserved_at) values ($1, $2, $3, $4, $5)',
    [withdrawalId, place.chainId, place.sender, sender.next_nonce, now],
  );
  await tx.query('update withdrawals.sender set next_nonce = next_nonce + 1 where chain_id = $1 and address = $2', [
    place.chainId,
    place.sender,
  ]);
  return Number(sender.next_nonce);
}

/** Gives the last nonce back. Only after the signer promised never to sign the withdrawal that had it. */
export async function releaseNonce(
  tx: SqlTransaction,
  place: Place,
  withdrawalId: string,
  nonce: number,
  now: Date,
): Promise<void> {
  const [sender] = await tx.query<{ next_nonce: bigint }>(
    'select next_nonce from withdrawals.sender where chain_id = $1 and address = $2 for update',
    [place.chainId, place.sender],
  );
  if (sender?.next_nonce !== BigInt(nonce) + 1n) throw new Error(`nonce ${nonce} is not the last one reserved`);
  await tx.query('update withdrawals.nonce set released_at = $2 where withdrawal_id = $1', [withdrawalId, now]);
  await tx.query('update withdrawals.sender set next_nonce = $3 where chain_id = $1 and address = $2', [
    place.chainId,
    place.sender,
    nonce,
  ]);
}
