import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR_MS, type Verdict } from '../../core/index.ts';
import { ManualClock, systemRandom } from '../../platform/clock/index.ts';
import { createTestDatabase, type TestDatabase } from '../../platform/sql/testing.ts';
import { auditMigrations, createAuditLog } from '../audit/index.ts';
import { createOutbox, outboxMigrations } from '../outbox/index.ts';
import { createRestrictions, createVerdictEnforcer, restrictionsMigrations } from './index.ts';

const clock = new ManualClock(Date.UTC(2026, 10, 1));
const restrictions = createRestrictions({
  clock,
  random: systemRandom,
  audit: createAuditLog({ clock }),
  outbox: createOutbox({ clock, random: systemRandom }),
});
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase([auditMigrations, outboxMigrations, restrictionsMigrations]);
});
afterAll(() => database.drop());

const byRule = (accountId: string, verdictId: string, kind: 'freeze' | 'restrict' = 'freeze') => ({
  accountId,
  kind,
  cause: { kind: 'rule', id: 'takeover' } as const,
  author: 'rule:takeover',
  reason: 'takeover',
  verdictId,
});
const impose = (restriction: Parameters<typeof restrictions.impose>[1]) =>
  database.sql.transaction((transaction) => restrictions.impose(transaction, restriction));
const lift = (id: string) =>
  database.sql.transaction((transaction) => restrictions.lift(transaction, { id, by: 'staff:s', reason: 'talked to the owner' }));

describe('restrictions', () => {
  it('impose one cause once, however many ask at the same instant', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => impose(byRule('a', 'v1'))));
    expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    expect(await restrictions.stateOf(database.sql, 'a')).toMatchObject({ frozen: true, outgoingBlocked: true });
  });

  it('lift one cause and leave the others', async () => {
    const rule = await impose(byRule('b', 'v2', 'restrict'));
    const owner = await impose({
      accountId: 'b',
      kind: 'freeze',
      cause: { kind: 'owner', id: 'alert-1' },
      author: 'owner:b',
      reason: 'not me',
    });
    expect((await lift(owner.id)).ok).toBe(true);
    expect(await restrictions.stateOf(database.sql, 'b')).toMatchObject({
      frozen: false,
      outgoingBlocked: true,
      causes: [{ id: rule.id }],
    });
    expect(await lift(owner.id)).toMatchObject({ ok: false, refusal: { code: 'restriction_already_lifted' } });
    expect(await lift('00000000-0000-7000-8000-000000000000')).toMatchObject({
      ok: false,
      refusal: { code: 'restriction_unknown' },
    });
  });

  it('do not come back when the verdict that asked is delivered again after the lift', async () => {
    const { id } = await impose(byRule('c', 'v3'));
    await lift(id);
    expect(await impose(byRule('c', 'v3'))).toEqual({ id, created: false });
    expect((await restrictions.stateOf(database.sql, 'c')).frozen).toBe(false);
    expect((await impose(byRule('c', 'v4'))).created).toBe(true);
  });

  it('end by themselves when they have an end', async () => {
    await impose({ ...byRule('d', 'v5', 'restrict'), endsAt: new Date(clock.now() + HOUR_MS) });
    expect((await restrictions.stateOf(database.sql, 'd')).outgoingBlocked).toBe(true);
    clock.advance(HOUR_MS);
    expect((await restrictions.stateOf(database.sql, 'd')).outgoingBlocked).toBe(false);
  });

  it('can be imposed anew by the same person once they were lifted or have ended', async () => {
    const byStaff = {
      accountId: 'e',
      kind: 'freeze',
      cause: { kind: 'staff', id: 's' },
      author: 'staff:s',
      reason: 'call back',
    } as const;
    await impose({ ...byStaff, endsAt: new Date(clock.now() + HOUR_MS) });
    clock.advance(HOUR_MS);
    const again = await impose(byStaff);
    expect(again.created).toBe(true);
    expect((await restrictions.stateOf(database.sql, 'e')).frozen).toBe(true);
    await lift(again.id);
    expect((await impose(byStaff)).created).toBe(true);
    expect((await restrictions.stateOf(database.sql, 'e')).frozen).toBe(true);
  });

  it('leave an audit entry and an action message each', async () => {
    const [audited] = await database.sql.query<{ n: bigint }>("select count(*) as n from audit.entry where subject = 'b'");
    const [told] = await database.sql.query<{ n: bigint }>(
      "select count(*) as n from outbox.message where key = 'b' and topic = 'risk.actions'",
    );
    expect([audited?.n, told?.n]).toEqual([3n, 3n]);
  });
});

describe('a verdict', () => {
  const enforce = createVerdictEnforcer({
    restrictions,
    isAccount: async (_transaction, subject) => subject.startsWith('account-'),
  });
  const reason = (rule: string, score: number) => ({ rule, score, title: `because of ${rule}` });
  const verdictOn = (subject: string, body: object) =>
    ({
      body: {
        id: `v-${subject}`,
        subject,
        event_type: 'wallet.login.attempted',
        outcome: 'allow',
        actions: [],
        reasons: [],
        ...body,
      },
    }) as unknown as Verdict;
  const stateAfter = async (verdict: Verdict) => {
    await database.sql.transaction((transaction) => enforce(transaction, verdict));
    return restrictions.stateOf(database.sql, verdict.body.subject);
  };

  it('of freeze freezes, with the rule that weighs most as the cause', async () => {
    const verdict = verdictOn('account-1', { outcome: 'freeze', reasons: [reason('light', 100), reason('heavy', 900)] });
    expect(await stateAfter(verdict)).toMatchObject({
      frozen: true,
      causes: [{ cause: { kind: 'rule', id: 'heavy' }, author: 'rule:heavy' }],
    });
  });

  it('that asks to restrict keeps the money in, and no more', async () => {
    const state = await stateAfter(
      verdictOn('account-2', { outcome: 'deny', actions: ['restrict'], reasons: [reason('r', 700)] }),
    );
    expect(state).toMatchObject({ frozen: false, outgoingBlocked: true });
  });

  it('that asks for neither, or is on what is no account, restricts nobody', async () => {
    expect((await stateAfter(verdictOn('account-3', { outcome: 'deny', actions: ['notify'] }))).causes).toEqual([]);
    expect((await stateAfter(verdictOn('provider:acme', { outcome: 'freeze' }))).causes).toEqual([]);
  });
});
