import { type Clock, hashJson, HOUR_MS } from '../../core/index.ts';
import { checkEvidence, checkPayload, type EvidenceRefusal, type SignerAsset, type SignerTrust } from './evidence.ts';
import type { HotWallet } from './hot-wallet.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { AbandonAnswer, SignAnswer, SignRequest } from './port.ts';
import { signTransaction } from './sign-transaction.ts';

type Signed = Extract<JournalEntry, { kind: 'signed' }>;

export interface SigningCore {
  sign(request: SignRequest): SignAnswer;
  abandon(withdrawalId: string): AbandonAnswer;
}

function requestHashOf(request: SignRequest): string {
  return hashJson({
    payload: request.payload,
    nonce: request.nonce,
    gas_limit: request.gasLimit.toString(),
    max_fee_per_gas: request.maxFeePerGas.toString(),
    max_priority_fee_per_gas: request.maxPriorityFeePerGas.toString(),
  });
}

function refusal(code: EvidenceRefusal['code'], message: string): SignAnswer {
  return { ok: false, refusal: { code, message } };
}

function answerOf(signed: Signed): SignAnswer {
  return { ok: true, rawTransaction: signed.raw_transaction, hash: signed.hash };
}

/** A bump pays the network more for the very same payment at the very same place (attack T22: never a second nonce). */
function isFeeBump(signed: Signed, request: SignRequest): boolean {
  return (
    signed.payload_hash === hashJson(request.payload) &&
    signed.nonce === request.nonce &&
    request.maxFeePerGas > BigInt(signed.max_fee_per_gas) &&
    request.maxPriorityFeePerGas >= BigInt(signed.max_priority_fee_per_gas)
  );
}

/** Each withdrawal counts once, however often its fee was raised. */
function sumOfHour(entries: readonly JournalEntry[], asset: string, nowMs: number): bigint {
  const counted = new Map<string, bigint>();
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    // Twice the hour, so that a clock set back within it cannot hide a signature behind an older-looking line.
    if (entry === undefined || entry.at <= nowMs - 2 * HOUR_MS) break;
    if (entry.kind === 'signed' && entry.asset === asset && entry.at > nowMs - HOUR_MS) {
      counted.set(entry.withdrawal_id, BigInt(entry.amount));
    }
  }
  return [...counted.values()].reduce((sum, each) => sum + each, 0n);
}

/**
 * What the signer decides, over its own journal. Everything here is synchronous: two requests cannot come between each other,
 * and an answer is given only after its line is on the disk.
 */
export function createSigningCore(deps: { wallet: HotWallet; journal: Journal; trust: SignerTrust; clock: Clock }): SigningCore {
  const { wallet, journal, trust, clock } = deps;
  function give(request: SignRequest, asset: SignerAsset): SignAnswer {
    const { rawTransaction, hash } = signTransaction(request, asset, wallet);
    journal.append({
      kind: 'signed',
      withdrawal_id: request.payload.withdrawal_id,
      payload_hash: hashJson(request.payload),
      request_hash: requestHashOf(request),
      asset: asset.id,
      amount: request.payload.amount,
      chain_id: request.payload.chain_id,
      nonce: request.nonce,
      max_fee_per_gas: request.maxFeePerGas.toString(),
      max_priority_fee_per_gas: request.maxPriorityFeePerGas.toString(),
      raw_transaction: rawTransaction,
      hash,
      at: clock.now(),
    });
    return { ok: true, rawTransaction, hash };
  }

  return {
    sign(request) {
      const wrong = checkPayload(request, trust);
      if (wrong?.code === 'payload_malformed') return { ok: false, refusal: wrong };
      const before = journal.ofWithdrawal(request.payload.withdrawal_id);
      if (before.some((entry) => entry.kind === 'abandoned')) return refusal('abandoned', 'this withdrawal was given up');
      const signed = before.filter((entry) => entry.kind === 'signed');
      const latest = signed.at(-1);
      if (latest !== undefined) {
        const same = signed.find((each) => each.request_hash === requestHashOf(request));
        if (same !== undefined) return answerOf(same);
        if (wrong === null && !isFeeBump(latest, request)) {
          return refusal('already_signed_otherwise', 'this withdrawal is signed, and not like this');
        }
      }
      if (wrong !== null) return { ok: false, refusal: wrong };
      const asset = trust.assets.get(request.payload.asset);
      if (asset === undefined) throw new Error('the payload was checked against the assets');
      // A bump needs no fresh verdict: the payment is permitted and on its way, and only its fee changes, within the cap.
      if (latest !== undefined) return give(request, asset);
      const unproven = checkEvidence(request, trust, clock.now());
      if (unproven !== null) return { ok: false, refusal: unproven };
      if (journal.nonceTaken(request.payload.chain_id, request.nonce))
        return refusal('already_signed_otherwise', `nonce ${request.nonce} pays another withdrawal`);
      const hour = sumOfHour(journal.entries, asset.id, clock.now());
      if (hour + BigInt(request.payload.amount) > asset.perHourMax) {
        return refusal('over_ceiling', 'the amount is over what the hot wallet pays in an hour');
      }
      return give(request, asset);
    },
    abandon(withdrawalId) {
      const before = journal.ofWithdrawal(withdrawalId);
      const signed = before.filter((entry) => entry.kind === 'signed').at(-1);
      if (signed !== undefined) return { ok: false, rawTransaction: signed.raw_transaction, hash: signed.hash };
      if (before.length === 0) journal.append({ kind: 'abandoned', withdrawal_id: withdrawalId, at: clock.now() });
      return { ok: true };
    },
  };
}
