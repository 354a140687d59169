import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountId, HOUR_MS, MINUTE_MS } from '../../core/index.ts';
import { cancelWithdrawal, denyWithdrawal, expireWithdrawals, holdWithoutVerdict } from './end-withdrawal.ts';
import { transferInside } from './internal-transfer.ts';
import { requestWithdrawal } from './request-withdrawal.ts';
import { proveStepUp } from './step-up.ts';
import { ETHER, GOOD_CODE, newPayee, openWithdrawalWorld, testClient, type WithdrawalWorld } from './testing/withdrawal-world.ts';

let world: WithdrawalWorld;
beforeAll(async () => {
  world = await openWithdrawalWorld();
});
afterAll(() => world.close());

async function withMoney(amount = 1_000n): Promise<AccountId> {
  return world.fund(randomUUID(), amount);
}

const owner = (accountId: AccountId) => ({ accountId, client: testClient });

describe('asking', () => {
  test('sets the money aside and tells the engine, in one transaction', async () => {
    const account = await withMoney();
    const withdrawal = await world.ask(account);
    expect(withdrawal).toMatchObject({ state: 'requested', amount: 100n, chainId: 31_337 });
    expect(await world.balance(account)).toEqual({ available: 900n, outgoing: 100n });
    expect(await world.events(account)).toEqual(['wallet.payee.added', 'wallet.withdrawal.requested']);
    expect(await world.ledger.balanced(world.sql)).toMatchObject({ ok: true });
  });

  test('refuses what cannot be paid, and leaves no trace', async () => {
    const account = await withMoney();
    const before = await world.balance(account);
    const cases = [
      ['amount_malformed', { amount: '1e3' }],
      ['amount_malformed', { amount: '-1' }],
      ['amount_malformed', { amount: '100.0' }],
      ['amount_malformed', { amount: '0100' }],
      ['amount_too_large', { amount: `1${'0'.repeat(77)}9`.slice(0, 78).replace(/^1/, '9') }],
      ['amount_too_small', { amount: '9' }],
      ['amount_too_small', { amount: '0' }],
      ['exceeds_credits', { amount: '1001' }],
      ['asset_unknown', { asset: 'eip155:1/slip44:60' }],
      ['payee_malformed', { payee: newPayee().toLowerCase().replace(/[0-9]/g, 'a') }],
      ['payee_malformed', { payee: '0x1234' }],
      ['payee_refused', { payee: '0x0000000000000000000000000000000000000000' }],
      ['fee_cap_refused', { fee_cap: '0' }],
      ['fee_cap_refused', { fee_cap: '20000000000000001' }],
      ['id_malformed', { withdrawal_id: 'not-a-uuid' }],
    ] as const;
    for (const [code, overrides] of cases) await expect(world.ask(account, overrides)).rejects.toThrow(code);
    expect(await world.balance(account)).toEqual(before);
    expect(await world.events(account)).toEqual([]);
  });

  test('twenty at once with one id reserve once; another body is a conflict', async () => {
    const account = await withMoney();
    const request = { withdrawal_id: randomUUID(), asset: ETHER, amount: '100', payee: newPayee() };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.sql.transaction((tx) => requestWithdrawal(world.deps, tx, owner(account), request))),
    );
    expect(answers.filter((answer) => answer.ok && answer.value.created)).toHaveLength(1);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(20);
    expect(await world.balance(account)).toEqual({ available: 900n, outgoing: 100n });
    await expect(world.ask(account, { ...request, amount: '101' })).rejects.toThrow('exists_with_different_body');
    const stranger = await withMoney();
    await expect(world.ask(stranger, request)).rejects.toThrow('exists_with_different_body');
    expect(await world.balance(stranger)).toEqual({ available: 1_000n, outgoing: 0n });
  });

  test('twenty at once with other ids never spend more than there is', async () => {
    const account = await withMoney(250n);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => world.ask(account)));
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(2);
    expect(await world.balance(account)).toEqual({ available: 50n, outgoing: 200n });
  });

  test('a restricted account pays nobody', async () => {
    const account = await withMoney();
    await world.sql.transaction((tx) =>
      world.restrictions.impose(tx, {
        accountId: account,
        kind: 'restrict',
        cause: { kind: 'staff', id: 's' },
        author: 'staff:s',
        reason: 'test',
      }),
    );
    await expect(world.ask(account)).rejects.toThrow('account_restricted');
  });

  test('not from an account without a second factor', async () => {
    const account = await world.fund(`bare-${randomUUID()}`, 100_000n);
    await expect(world.ask(account)).rejects.toThrow('totp_not_enrolled');
  });

  test('no more in a day than the limit', async () => {
    const account = await withMoney(100_000n);
    for (let asked = 0; asked < world.deps.limits.withdrawalsPerDayMax; asked += 1) await world.ask(account);
    await expect(world.ask(account)).rejects.toThrow('too_many_withdrawals');
  });
});

describe('the verdict', () => {
  test('allow approves; deny and freeze give the money back', async () => {
    const account = await withMoney();
    expect(await world.judge(await world.ask(account))).toMatchObject({ state: 'approved', outcome: 'allow' });
    for (const outcome of ['deny', 'freeze'] as const) {
      expect(await world.judge(await world.ask(account), { outcome })).toMatchObject({
        state: 'denied',
        reason: 'denied_by_check',
      });
    }
    expect(await world.balance(account)).toEqual({ available: 900n, outgoing: 100n });
    expect((await world.events(account)).slice(-1)).toEqual(['wallet.withdrawal.failed']);
  });

  test('a hold gives the money back when nobody releases it in time; a new judgement may', async () => {
    const account = await withMoney();
    const held = await world.judge(await world.ask(account), { outcome: 'hold' });
    const released = await world.judge(await world.ask(account), { outcome: 'hold' });
    expect(held).toMatchObject({ state: 'held', holdCause: 'verdict' });
    expect(await world.judge(released, { revision: 2 })).toMatchObject({ state: 'approved', verdictRevision: 2 });
    world.clock.advance(HOUR_MS);
    await expireWithdrawals(world.deps);
    expect(await world.read(held.id)).toMatchObject({ state: 'expired', reason: 'expired_held' });
    // The approval was not used in fifteen minutes, so it ran out as well.
    expect(await world.read(released.id)).toMatchObject({ state: 'expired', reason: 'approval_expired' });
    expect(await world.balance(account)).toEqual({ available: 1_000n, outgoing: 0n });
  });

  test('none in time holds; a late allow releases it, but not after its time', async () => {
    const account = await withMoney();
    const late = await world.ask(account);
    const tooLate = await world.ask(account);
    for (const { id } of [late, tooLate]) {
      expect(await holdWithoutVerdict(world.deps, id)).toMatchObject({ state: 'held', holdCause: 'no_verdict' });
    }
    expect(await world.judge(late)).toMatchObject({ state: 'approved' });
    world.clock.advance(HOUR_MS);
    expect(await world.judge(tooLate)).toMatchObject({ state: 'held' });
    await expireWithdrawals(world.deps);
    expect(await world.read(tooLate.id)).toMatchObject({ state: 'expired' });
  });

  test('for another payload is a hold, whatever it says', async () => {
    const withdrawal = await world.ask(await withMoney());
    expect(await world.judge(withdrawal, { payload_hash: '0'.repeat(64) })).toMatchObject({
      state: 'held',
      holdCause: 'verdict',
    });
  });
});

describe('the second factor', () => {
  async function challenged(): Promise<{ account: AccountId; id: string }> {
    const account = await withMoney();
    const withdrawal = await world.judge(await world.ask(account), { outcome: 'challenge' });
    expect(withdrawal.state).toBe('awaiting_step_up');
    return { account, id: withdrawal.id };
  }

  test('twenty right codes at once pass once, and approve exactly this payment', async () => {
    const { account, id } = await challenged();
    const answers = await Promise.all(Array.from({ length: 20 }, () => proveStepUp(world.deps, owner(account), id, GOOD_CODE)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    const approved = await world.read(id);
    expect(approved).toMatchObject({ state: 'approved' });
    expect(approved.stepUpProof?.body).toMatchObject({
      kind: 'step_up_passed',
      withdrawal_id: id,
      payload_hash: approved.payloadHash,
    });
    const events = await world.events(account);
    expect(events.filter((type) => type === 'wallet.stepup.passed')).toHaveLength(1);
  });

  test('five wrong codes stop it, and the money comes back', async () => {
    const { account, id } = await challenged();
    const codes: string[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      const answer = await proveStepUp(world.deps, owner(account), id, '000000');
      codes.push(answer.ok ? 'ok' : answer.refusal.code);
    }
    expect(codes).toEqual(['totp_wrong', 'totp_wrong', 'totp_wrong', 'totp_wrong', 'step_up_used_up', 'step_up_not_asked']);
    expect(await world.read(id)).toMatchObject({ state: 'denied', reason: 'step_up_failed' });
    expect(await world.balance(account)).toEqual({ available: 1_000n, outgoing: 0n });
  });

  test('is not one that was set up after the question, which costs no try and approves nothing', async () => {
    const { account, id } = await challenged();
    world.enrolAgain(account);
    for (let tries = 0; tries < 6; tries += 1) {
      expect(await proveStepUp(world.deps, owner(account), id, GOOD_CODE)).toMatchObject({ refusal: { code: 'totp_too_new' } });
    }
    expect(await world.read(id)).toMatchObject({ state: 'awaiting_step_up' });
    world.clock.advance(1);
    const next = await world.judge(await world.ask(account), { outcome: 'challenge' });
    expect(await proveStepUp(world.deps, owner(account), next.id, GOOD_CODE)).toMatchObject({ ok: true });
  });

  test('is nobody else’s, comes in time, and not while the account is blocked', async () => {
    const { account, id } = await challenged();
    const stranger = await withMoney();
    expect(await proveStepUp(world.deps, owner(stranger), id, GOOD_CODE)).toMatchObject({
      refusal: { code: 'withdrawal_unknown' },
    });
    await world.sql.transaction((tx) =>
      world.restrictions.impose(tx, {
        accountId: account,
        kind: 'freeze',
        cause: { kind: 'owner', id: 'x' },
        author: `owner:${account}`,
        reason: 'test',
      }),
    );
    expect(await proveStepUp(world.deps, owner(account), id, GOOD_CODE)).toMatchObject({
      refusal: { code: 'account_restricted' },
    });
    const other = await challenged();
    world.clock.advance(10 * MINUTE_MS);
    expect(await proveStepUp(world.deps, owner(other.account), other.id, GOOD_CODE)).toMatchObject({
      refusal: { code: 'step_up_expired' },
    });
  });
});

describe('ending it', () => {
  test('cancel, deny, expiry and the worker at once: one of them wins, and the money is in one place', async () => {
    for (let round = 0; round < 5; round += 1) {
      const account = await withMoney();
      const withdrawal = await world.judge(await world.ask(account));
      const due = withdrawal.expiresAt?.getTime() ?? 0;
      world.clock.advance(Math.max(0, due - world.clock.now() - round));
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          if (index % 4 === 0) return cancelWithdrawal(world.deps, withdrawal.id, account);
          if (index % 4 === 1) return denyWithdrawal(world.deps, withdrawal.id, { staffId: 's', reason: 'test' });
          return index % 4 === 2 ? expireWithdrawals(world.deps) : world.withdrawals.worker.tick();
        }),
      );
      const { state } = await world.read(withdrawal.id);
      const back = ['cancelled', 'denied', 'expired', 'failed'].includes(state);
      expect(await world.balance(account)).toEqual(
        back ? { available: 1_000n, outgoing: 0n } : { available: 900n, outgoing: 100n },
      );
      const nonces = await world.sql.query('select 1 from withdrawals.nonce where withdrawal_id = $1 and released_at is null', [
        withdrawal.id,
      ]);
      expect(nonces).toHaveLength(back ? 0 : 1);
      const ends = (await world.events(account)).filter(
        (type) => type === 'wallet.withdrawal.cancelled' || type === 'wallet.withdrawal.failed',
      );
      expect(ends).toHaveLength(back ? 1 : 0);
      expect(await world.ledger.balanced(world.sql)).toMatchObject({ ok: true });
    }
  });

  test('another owner cannot cancel it, and an ended one cannot end otherwise', async () => {
    const account = await withMoney();
    const withdrawal = await world.ask(account);
    const stranger = await withMoney();
    expect(await cancelWithdrawal(world.deps, withdrawal.id, stranger)).toMatchObject({
      refusal: { code: 'withdrawal_unknown' },
    });
    expect(await cancelWithdrawal(world.deps, withdrawal.id, account)).toMatchObject({ ok: true, value: { state: 'cancelled' } });
    expect(await cancelWithdrawal(world.deps, withdrawal.id, account)).toMatchObject({ ok: true });
    expect(await denyWithdrawal(world.deps, withdrawal.id, { staffId: 's', reason: 'test' })).toMatchObject({
      refusal: { code: 'withdrawal_over' },
    });
  });
});

describe('payments inside', () => {
  const send = (from: AccountId, to: string, overrides: Record<string, string> = {}) =>
    world.sql.transaction((tx) =>
      transferInside(world.deps, tx, owner(from), {
        transfer_id: randomUUID(),
        asset: ETHER,
        amount: '100',
        to_account: to,
        ...overrides,
      }),
    );

  test('move once, whoever repeats them', async () => {
    const [from, to] = [await withMoney(), await withMoney()];
    const transfer_id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(from, to, { transfer_id })));
    expect(answers.filter((answer) => answer.ok && answer.value.created)).toHaveLength(1);
    expect([await world.balance(from), await world.balance(to)]).toMatchObject([{ available: 900n }, { available: 1_100n }]);
    expect(await send(from, to, { transfer_id, amount: '101' })).toMatchObject({
      refusal: { code: 'exists_with_different_body' },
    });
    expect(await world.events(from)).toEqual(['wallet.transfer.posted']);
  });

  test('move no more in a day in many parts than in one, also all at once', async () => {
    const [from, to] = [await withMoney(10_000n), await withMoney(1n)];
    const answers = await Promise.all(Array.from({ length: 15 }, () => send(from, to)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(10);
    const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.refusal.code]));
    expect(new Set(refused)).toEqual(new Set(['transfer_limit_reached']));
    expect(await world.balance(to)).toMatchObject({ available: 1_001n });
    world.clock.advance(24 * 60 * MINUTE_MS);
    expect(await send(from, to, { amount: '1000' })).toMatchObject({ ok: true });
  });

  test('are refused beyond the limits, to nobody, to oneself, without a second factor, from a blocked account', async () => {
    const account = await withMoney(10_000n);
    const bare = await world.fund(`bare-${randomUUID()}`, 100n);
    const code = async (answer: ReturnType<typeof send>) => {
      const settled = await answer;
      return settled.ok ? 'ok' : settled.refusal.code;
    };
    expect(await code(send(account, bare, { amount: '1001' }))).toBe('amount_too_large');
    expect(await code(send(account, bare, { amount: '0' }))).toBe('amount_malformed');
    expect(await code(send(account, 'ghost-1'))).toBe('payee_unknown');
    expect(await code(send(account, account))).toBe('payee_unknown');
    expect(await code(send(bare, account))).toBe('totp_not_enrolled');
    await world.sql.transaction((tx) =>
      world.restrictions.impose(tx, {
        accountId: account,
        kind: 'restrict',
        cause: { kind: 'staff', id: 's' },
        author: 'staff:s',
        reason: 'test',
      }),
    );
    expect(await code(send(account, bare))).toBe('account_restricted');
  });
});
