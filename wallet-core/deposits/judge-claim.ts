import { HOUR_MS } from '../../core/index.ts';
import type { Chain, Hex, Receipt, ReceiptLog } from '../../platform/chain/port.ts';
import type { ChainAssets } from './assets.ts';
import { addressOfTopic, type DepositChecks, TRANSFER_TOPIC } from './checks.ts';
import { accountOf, type Claim, type ClaimJudgement, selectClaims } from './claim-rows.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { readCursor } from './cursor.ts';
import { type Movement, type MovementState, selectMovements } from './movement-rows.ts';

/** A transaction that no node has seen for a day was dropped: pools forget within hours. */
const UNMINED_MS_MAX = 24 * HOUR_MS;
/** keccak256("TransferSingle(address,address,address,uint256,uint256)"), EIP-1155. */
const TRANSFER_SINGLE_TOPIC: Hex = '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62';

function rejected(reason: string, attack: string | null): ClaimJudgement {
  return { state: 'rejected', reason, attack };
}

function pending(reason: string, attack: string | null): ClaimJudgement {
  return { state: 'pending', reason, attack };
}

/** Where several movements of one transaction are ours, what still waits or was refused is said first. */
const SAID_FIRST: readonly MovementState[] = ['observed', 'held', 'orphaned', 'reversed', 'rejected', 'credited'];

function judgeByMovements(movements: readonly Movement[]): ClaimJudgement | null {
  const [first] = movements.toSorted((left, right) => SAID_FIRST.indexOf(left.state) - SAID_FIRST.indexOf(right.state));
  switch (first?.state) {
    case undefined:
      return null;
    case 'observed':
      return pending('awaiting_confirmations', 'E10');
    case 'held':
      return { state: 'held', reason: first.reason ?? 'held', attack: first.attack };
    case 'orphaned':
    case 'reversed':
      return pending('block_reorganised', 'E12');
    case 'rejected':
      return rejected(first.reason ?? 'rejected', first.attack);
    case 'credited':
      return { state: 'credited', reason: 'evidence_complete', attack: null };
  }
}

/** The same payment claimed a second time is one payment (E14). */
async function isRepeated(context: DepositContext, claim: Claim): Promise<boolean> {
  const earlier = await selectClaims(
    context.sql,
    `claimant = $1 and chain_id = $2 and tx_hash = $3 and state <> 'rejected' and (claimed_at, id) < ($4, $5) limit 1`,
    [claim.claimant, claim.chainId, claim.txHash, claim.claimedAt, claim.id],
  );
  return earlier.length > 0;
}

async function judgeUnmined(context: DepositContext, chain: Chain, claim: Claim): Promise<ClaimJudgement> {
  if (context.clock.now() - claim.claimedAt.getTime() > UNMINED_MS_MAX) return rejected('never_mined', 'E10');
  return pending((await chain.transaction(claim.txHash)) === null ? 'not_seen' : 'not_mined', 'E10');
}

interface Ours {
  has(address: Hex | null): address is Hex;
  /** The claimant's own addresses; empty for a provider, whose hint may be about anybody's. */
  readonly all: readonly Hex[];
}

async function oursOf(context: DepositContext, claim: Claim, receipt: Receipt): Promise<Ours> {
  const mentioned = receipt.logs.flatMap((log) => log.topics.map(addressOfTopic)).filter((each) => each !== null);
  const account = accountOf(claim);
  const candidates = receipt.to === null ? mentioned : [...mentioned, receipt.to];
  const known = account === null ? [] : [await context.addresses.addressOf(account, claim.chainId)];
  const owners = await context.addresses.owners(context.sql, claim.chainId, [...candidates, ...known]);
  const mine = new Set([...owners].filter(([, owner]) => account === null || owner === account).map(([address]) => address));
  return { all: known, has: (address): address is Hex => address !== null && mine.has(address) };
}

async function grew(chain: Chain, token: Hex | null, holder: Hex, number: number): Promise<boolean> {
  const read = (at: number) => (token === null ? chain.balance(holder, at) : chain.tokenBalance(token, holder, at));
  const after = await read(number);
  const before = await read(number - 1);
  return after !== null && before !== null && after > before;
}

/** A log says that something came to us, and no deposit was recorded from it: why not? */
async function judgeLog(
  chain: Chain,
  assets: ChainAssets,
  checks: DepositChecks,
  log: ReceiptLog,
  to: Hex,
  number: number,
): Promise<ClaimJudgement> {
  const amount = checks.fungibleAmount(log);
  if (amount === null) return rejected('not_fungible', 'E21');
  const asset = checks.tokenOf(log, assets.tokens);
  if (asset === null) {
    // A token that keeps real books is a look-alike; one that only logs is a spoofed event. Both are worth nothing here.
    const keepsBooks = await grew(chain, log.address, to, number);
    return keepsBooks ? rejected('unknown_token', 'E03') : rejected('event_of_unknown_contract', 'E04');
  }
  if (amount === 0n) return rejected('zero_amount', 'E20');
  if (amount < asset.minimum) return rejected('below_minimum', 'E33');
  return { state: 'held', reason: 'not_recorded', attack: null };
}

function receiverOf(log: ReceiptLog): Hex | null {
  if (log.topics[0] === TRANSFER_TOPIC) return addressOfTopic(log.topics[2]);
  return log.topics[0] === TRANSFER_SINGLE_TOPIC ? addressOfTopic(log.topics[3]) : null;
}

/** A transaction that succeeded, and from which no deposit of the claimant was recorded. Effects alone count: logs and balances. */
async function judgeWithoutMovement(
  context: DepositContext,
  watched: WatchedChain,
  claim: Claim,
  receipt: Receipt,
): Promise<ClaimJudgement> {
  const { chain, assets } = watched;
  const ours = await oursOf(context, claim, receipt);
  for (const log of receipt.logs) {
    const to = receiverOf(log);
    if (ours.has(to)) return judgeLog(chain, assets, context.checks, log, to, receipt.blockNumber);
  }
  const transaction = await chain.transaction(claim.txHash);
  const value = transaction?.value ?? 0n;
  if (ours.has(receipt.to) && value > 0n) {
    if (assets.native === null) return rejected('asset_not_listed', null);
    return value < assets.native.minimum
      ? rejected('below_minimum', 'E33')
      : { state: 'held', reason: 'not_recorded', attack: null };
  }
  for (const address of ours.all) {
    if (await grew(chain, null, address, receipt.blockNumber)) {
      return { state: 'held', reason: 'internal_transfer_not_traced', attack: 'E08' };
    }
  }
  if (receipt.to === null) return rejected('not_paid_to_your_address', null);
  if (assets.tokens.has(receipt.to)) {
    const moved = receipt.logs.some((log) => log.address === receipt.to && log.topics[0] === TRANSFER_TOPIC);
    return moved ? rejected('not_paid_to_your_address', null) : rejected('token_moved_nothing', 'E01');
  }
  if ((await chain.code(receipt.to, receipt.blockNumber)) === '0x') return rejected('not_paid_to_your_address', null);
  return value > 0n ? rejected('payment_did_not_arrive', 'E06') : rejected('no_effect_on_your_address', 'E05');
}

/**
 * Says what the chain shows of a claimed transaction. Reads receipts, logs and state; never the input of the transaction, never a
 * token's name. Credits nothing: only the watcher's evidence does.
 */
export async function judgeClaim(context: DepositContext, watched: WatchedChain, claim: Claim): Promise<ClaimJudgement> {
  if (await isRepeated(context, claim)) return rejected('claimed_before', 'E14');
  const account = accountOf(claim);
  // Read before the movements: a block at or below this cursor has its movements recorded by the time they are looked for.
  const cursor = await readCursor(context, watched);
  const movements = await selectMovements(
    context.sql,
    'chain_id = $1 and tx_hash = $2 and ($3::text is null or account_id = $3)',
    [claim.chainId, claim.txHash, account],
  );
  const known = judgeByMovements(movements);
  if (known !== null) return known;
  const receipt = await watched.chain.receipt(claim.txHash);
  if (receipt === null) return judgeUnmined(context, watched.chain, claim);
  if (!context.checks.succeeded(receipt)) return rejected('transaction_failed', 'E02');
  if (receipt.blockNumber > cursor.number) return pending('not_scanned', 'E10');
  return judgeWithoutMovement(context, watched, claim, receipt);
}
