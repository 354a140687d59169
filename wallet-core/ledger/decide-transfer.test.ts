import { describe, expect, test } from 'vitest';
import { type AssetId, MINOR_MAX } from '../../core/index.ts';
import { SYSTEM } from './chart.ts';
import { decideTransfer, type TransferContext } from './decide-transfer.ts';
import { testTransferId } from './testing/command-arbitrary.ts';
import { emptyAccount, type PendingTransfer, type SingleTransfer } from './transfer.ts';

const asset = 'iso4217:USD' as AssetId;
const now = new Date(Date.UTC(2026, 10, 21));
const alice = { owner: 'alice', kind: 'customer_available', asset } as const;
const hot = { owner: SYSTEM, kind: 'hot_wallet', asset } as const;
const single: SingleTransfer = { kind: 'single', id: testTransferId(1), code: 'test', debit: alice, credit: hot, amount: 10n };
const pending: PendingTransfer = { ...single, kind: 'pending', expiresAt: null };

function context(overrides: Partial<TransferContext> = {}): TransferContext {
  return {
    debit: { ...emptyAccount(alice), creditsPosted: 100n },
    credit: emptyAccount(hot),
    existing: null,
    pending: null,
    now,
    ...overrides,
  };
}

function codeOf(decided: ReturnType<typeof decideTransfer>): string {
  return decided.ok ? (decided.value.repeated ? 'exists' : 'ok') : decided.refusal.code;
}

function reserved(resolution: 'post' | 'void' | null = null, expiresAt: Date | null = null): Partial<TransferContext> {
  const decided = decideTransfer(context(), pending);
  if (!decided.ok || decided.value.repeated) throw new Error('the reservation must be permitted');
  return {
    debit: decided.value.debit,
    credit: decided.value.credit,
    pending: { record: decided.value.record, expiresAt, resolution },
  };
}

const post = { kind: 'post', id: testTransferId(2), pendingId: pending.id, code: 'test' } as const;
const undo = { ...post, kind: 'void' } as const;

describe('decideTransfer', () => {
  test.each([
    ['ok', single, context()],
    ['id_malformed', { ...single, id: 'x' }, context()],
    ['code_malformed', { ...single, code: 'Bad Code' }, context()],
    ['amount_must_be_positive', { ...single, amount: 0n }, context()],
    ['amount_must_be_positive', { ...single, amount: -1n }, context()],
    ['amount_too_large', { ...single, amount: MINOR_MAX + 1n }, context()],
    ['accounts_must_differ', { ...single, credit: alice }, context()],
    ['asset_mismatch', { ...single, credit: { ...hot, asset: 'iso4217:EUR' as AssetId } }, context()],
    ['ok', { ...single, amount: 100n }, context()],
    ['exceeds_credits', { ...single, amount: 101n }, context()],
    ['exceeds_credits', single, context({ debit: { ...emptyAccount(alice), creditsPosted: 100n, debitsPending: 91n } })],
    ['overflows_account', single, context({ credit: { ...emptyAccount(hot), creditsPosted: MINOR_MAX - 9n } })],
    ['expires_in_the_past', { ...pending, expiresAt: now }, context()],
    ['pending_transfer_not_found', post, context()],
    ['ok', post, context(reserved())],
    ['ok', { ...post, amount: 1n }, context(reserved())],
    ['exceeds_pending_transfer_amount', { ...post, amount: 11n }, context(reserved())],
    ['amount_must_be_positive', { ...post, amount: 0n }, context(reserved())],
    ['pending_transfer_already_posted', post, context(reserved('post'))],
    ['pending_transfer_already_voided', post, context(reserved('void'))],
    ['pending_transfer_already_posted', undo, context(reserved('post'))],
    ['pending_transfer_expired', post, context(reserved(null, now))],
    ['ok', undo, context(reserved(null, now))],
  ] as const)('%s', (code, command, given) => {
    expect(codeOf(decideTransfer(given, command))).toBe(code);
  });

  test('a post of a single transfer is refused', () => {
    const done = decideTransfer(context(), single);
    if (!done.ok) throw new Error('the transfer must be permitted');
    const given = context({ pending: { record: done.value.record, expiresAt: null, resolution: null } });
    expect(codeOf(decideTransfer(given, { ...post, pendingId: single.id }))).toBe('pending_transfer_not_pending');
  });

  test('the same id answers the first line; with another body it is a conflict', () => {
    const done = decideTransfer(context(), single);
    if (!done.ok) throw new Error('the transfer must be permitted');
    const given = context({ existing: done.value.record });
    expect(codeOf(decideTransfer(given, single))).toBe('exists');
    expect(codeOf(decideTransfer(given, { ...single, amount: 11n }))).toBe('exists_with_different_body');
    expect(codeOf(decideTransfer(given, { ...single, code: 'other' }))).toBe('exists_with_different_body');
  });

  test('a partial post gives the rest back', () => {
    const decided = decideTransfer(context(reserved()), { ...post, amount: 4n });
    if (!decided.ok || decided.value.repeated) throw new Error('the post must be permitted');
    expect(decided.value.debit).toMatchObject({ debitsPending: 0n, debitsPosted: 4n, creditsPosted: 100n });
    expect(decided.value.credit).toMatchObject({ creditsPending: 0n, creditsPosted: 4n });
  });
});
