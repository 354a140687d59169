import { getAddress, Transaction } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS, type StatementSigner } from '../../core/index.ts';
import type { Signer, SignRequest, WithdrawalPayload } from './port.ts';
import { stepUpFor, testStatementKey, verdictFor } from './testing.ts';

/** A signer under test. It knows ether (at most 10 a transaction, 25 an hour) and one token on chain 31337. */
export interface SignerFixture {
  readonly signer: Signer;
  readonly verdictKey: StatementSigner;
  readonly stepUpKey: StatementSigner;
  close(): Promise<void>;
}

export const CONTRACT_ETHER = 'eip155:31337/slip44:60';
export const CONTRACT_TOKEN_ADDRESS = getAddress('0x5fbdb2315678afecb367f032d93f642f64180aa3');
export const CONTRACT_TOKEN = `eip155:31337/erc20:${CONTRACT_TOKEN_ADDRESS}`;
export const CONTRACT_ASSETS = [
  { id: CONTRACT_ETHER, chainId: 31337, contract: null, perTransactionMax: 10n, perHourMax: 25n },
  { id: CONTRACT_TOKEN, chainId: 31337, contract: CONTRACT_TOKEN_ADDRESS, perTransactionMax: 10n ** 9n, perHourMax: 10n ** 9n },
] as const;

const payee = getAddress('0x70997970c51812dc3a010c7d01b50e0d17dc79c8');

/** What every signer keeps, whatever holds its key. */
export function signerContract(name: string, open: () => Promise<SignerFixture>): void {
  describe(`${name}: the contract of a signer`, () => {
    let fixture: SignerFixture;
    let counter = 0;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.close());

    function payloadOf(overrides: Partial<WithdrawalPayload> = {}): WithdrawalPayload {
      counter += 1;
      return {
        withdrawal_id: `w-${counter}`,
        account_id: 'account-1',
        asset: CONTRACT_ETHER,
        amount: '1',
        payee,
        chain_id: 31337,
        fee_cap: '1000000000000000',
        ...overrides,
      };
    }

    function requestOf(payload: WithdrawalPayload, overrides: Partial<SignRequest> = {}): SignRequest {
      return {
        payload,
        verdict: verdictFor(payload, fixture.verdictKey, Date.now()),
        stepUp: null,
        nonce: 1_000 + counter,
        gasLimit: 21_000n,
        maxFeePerGas: 2_000_000_000n,
        maxPriorityFeePerGas: 1_000_000_000n,
        ...overrides,
      };
    }

    async function refusalOf(request: SignRequest): Promise<string> {
      const answer = await fixture.signer.sign(request);
      return answer.ok ? 'signed' : answer.refusal.code;
    }

    test('signs what is allowed: an EIP-1559 transaction of this chain, from its own address', async () => {
      const request = requestOf(payloadOf({ amount: '2' }));
      const answer = await fixture.signer.sign(request);
      if (!answer.ok) throw new Error(answer.refusal.message);
      const decoded = Transaction.from(answer.rawTransaction);
      expect(decoded).toMatchObject({ type: 2, chainId: 31337n, nonce: request.nonce, to: payee, value: 2n, data: '0x' });
      expect(decoded.from?.toLowerCase()).toBe(fixture.signer.address);
      expect(decoded.hash).toBe(answer.hash);
      expect(fixture.signer.depositXpub).toMatch(/^xpub/);
    });

    test('signs a token as a transfer to its contract', async () => {
      const answer = await fixture.signer.sign(requestOf(payloadOf({ asset: CONTRACT_TOKEN, amount: '500' })));
      if (!answer.ok) throw new Error(answer.refusal.message);
      const decoded = Transaction.from(answer.rawTransaction);
      expect(decoded).toMatchObject({ to: CONTRACT_TOKEN_ADDRESS, value: 0n });
      expect(decoded.data).toBe(
        `0xa9059cbb${payee.slice(2).toLowerCase().padStart(64, '0')}${(500).toString(16).padStart(64, '0')}`,
      );
    });

    test('believes only verdicts of its own keys, for exactly this payload, that are young and allow', async () => {
      const now = Date.now();
      const stranger = testStatementKey().signer;
      const payload = payloadOf();
      const other = payloadOf({ amount: '2' });
      const key = fixture.verdictKey;
      const of = (overrides: Parameters<typeof verdictFor>[3]): SignRequest =>
        requestOf(payload, { verdict: verdictFor(payload, key, now, overrides) });
      const genuine = verdictFor(payload, key, now);
      const cases: readonly [string, SignRequest][] = [
        ['verdict_invalid', requestOf(payload, { verdict: verdictFor(payload, stranger, now) })],
        ['verdict_invalid', requestOf(payload, { verdict: { ...genuine, key_id: stranger.keyId } })],
        ['verdict_invalid', requestOf(payload, { verdict: { ...genuine, body: { ...genuine.body, score: 1 } } })],
        ['verdict_invalid', of({ stream: 'import-1' })],
        ['verdict_invalid', of({ event_type: 'wallet.login.attempted' })],
        ['verdict_invalid', of({ event_source: 'urn:someone:else' })],
        [
          'verdict_invalid',
          of({ judged_at: new Date(now + 3_600_000).toISOString(), expires_at: new Date(now + 7_200_000).toISOString() }),
        ],
        ['verdict_for_other_payload', requestOf(payload, { verdict: verdictFor(other, key, now) })],
        ['verdict_for_other_payload', of({ subject: 'account-2' })],
        ['verdict_for_other_payload', of({ payload_hash: null })],
        ['verdict_expired', of({ expires_at: new Date(now - 1).toISOString() })],
        ['verdict_expired', of({ judged_at: new Date(now - LIMITS.verdictAgeMs - 1_000).toISOString() })],
        ['verdict_does_not_allow', of({ outcome: 'hold' })],
        ['verdict_does_not_allow', of({ outcome: 'deny' })],
        ['verdict_does_not_allow', of({ outcome: 'freeze' })],
        ['step_up_missing', of({ outcome: 'challenge' })],
      ];
      for (const [code, request] of cases) expect([code, await refusalOf(request)]).toEqual([code, code]);
    });

    test('a challenge needs a proof for exactly this payment (attack T18)', async () => {
      const now = Date.now();
      const payload = payloadOf();
      const challenged = { verdict: verdictFor(payload, fixture.verdictKey, now, { outcome: 'challenge' }) };
      const proofs = [
        stepUpFor(payload, testStatementKey().signer, now),
        stepUpFor(payload, fixture.stepUpKey, now, { payload_hash: '0'.repeat(64) }),
        stepUpFor(payload, fixture.stepUpKey, now, { withdrawal_id: 'w-other' }),
        stepUpFor(payload, fixture.stepUpKey, now, { account_id: 'account-2' }),
        stepUpFor(payload, fixture.stepUpKey, now, { expires_at: new Date(now - 1).toISOString() }),
        stepUpFor(payload, fixture.verdictKey, now),
      ];
      for (const stepUp of proofs) expect(await refusalOf(requestOf(payload, { ...challenged, stepUp }))).toBe('step_up_invalid');
      const good = stepUpFor(payload, fixture.stepUpKey, now);
      expect(await refusalOf(requestOf(payload, { ...challenged, stepUp: good }))).toBe('signed');
    });

    test('refuses what is no payment of ours', async () => {
      expect(await refusalOf(requestOf(payloadOf({ payee: payee.toLowerCase() })))).toBe('payee_malformed');
      expect(await refusalOf(requestOf(payloadOf({ asset: 'eip155:31337/slip44:61' })))).toBe('asset_unknown');
      expect(await refusalOf(requestOf(payloadOf({ chain_id: 1 })))).toBe('asset_unknown');
      for (const amount of ['0', '-1', '1.0', '1e3', '0x1', ' 1']) {
        expect(await refusalOf(requestOf(payloadOf({ amount })))).toBe('payload_malformed');
      }
      expect(await refusalOf(requestOf(payloadOf(), { nonce: -1 }))).toBe('payload_malformed');
      expect(await refusalOf(requestOf(payloadOf(), { maxPriorityFeePerGas: 3_000_000_000n }))).toBe('payload_malformed');
      expect(await refusalOf(requestOf(payloadOf({ fee_cap: '41999999999999' })))).toBe('fee_over_cap');
      expect(await refusalOf(requestOf(payloadOf({ amount: '11' })))).toBe('over_ceiling');
    });

    test('signs a withdrawal once: the same again, never otherwise, but for a higher fee at the same nonce (attack T22)', async () => {
      const payload = payloadOf();
      const request = requestOf(payload);
      const first = await fixture.signer.sign(request);
      expect(first.ok).toBe(true);
      expect(await fixture.signer.sign(request)).toEqual(first);
      expect(await refusalOf({ ...request, nonce: request.nonce + 500 })).toBe('already_signed_otherwise');
      expect(await refusalOf({ ...request, payload: { ...payload, amount: '2' } })).toBe('already_signed_otherwise');
      expect(await refusalOf({ ...request, maxFeePerGas: 1_500_000_000n })).toBe('already_signed_otherwise');
      const old = verdictFor(payload, fixture.verdictKey, Date.now() - LIMITS.verdictAgeMs - 1_000);
      const bumped = await fixture.signer.sign({ ...request, verdict: old, maxFeePerGas: 4_000_000_000n });
      if (!bumped.ok) throw new Error(bumped.refusal.message);
      expect(Transaction.from(bumped.rawTransaction)).toMatchObject({ nonce: request.nonce, to: payee, value: 1n });
      expect(await refusalOf({ ...request, maxFeePerGas: 10n ** 15n })).toBe('fee_over_cap');
      const squatter = requestOf(payloadOf(), { nonce: request.nonce });
      expect(await refusalOf(squatter)).toBe('already_signed_otherwise');
    });

    test('what is abandoned is never signed, what is signed cannot be abandoned', async () => {
      const given = requestOf(payloadOf());
      expect(await fixture.signer.abandon(given.payload.withdrawal_id)).toEqual({ ok: true });
      expect(await fixture.signer.abandon(given.payload.withdrawal_id)).toEqual({ ok: true });
      expect(await refusalOf(given)).toBe('abandoned');
      const taken = { ...requestOf(payloadOf()), nonce: given.nonce };
      const signed = await fixture.signer.sign(taken);
      expect(signed.ok).toBe(true);
      expect(await fixture.signer.abandon(taken.payload.withdrawal_id)).toEqual({ ...signed, ok: false });
    });

    test('pays no more in an hour than its ceiling', async () => {
      const codes: string[] = [];
      for (let payment = 0; payment < 3; payment += 1) codes.push(await refusalOf(requestOf(payloadOf({ amount: '9' }))));
      expect(codes).toContain('signed');
      expect(codes.at(-1)).toBe('over_ceiling');
    });
  });
}
