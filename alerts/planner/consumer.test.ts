import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOPICS, type VerdictBody } from '../../core/index.ts';
import { ALERT_LIMITS } from '../limits.ts';
import { actionMessage, recordOf, signedVerdict } from '../testing/verdicts.ts';
import { type AlertsWorld, openAlertsWorld } from '../testing/world.ts';

let world: AlertsWorld;
beforeEach(async () => {
  world = await openAlertsWorld();
});
afterEach(() => world.close());

interface AlertRow extends Record<string, unknown> {
  audience: string;
  account_id: string;
  template: string;
  occurrences: number;
}

function alerts(): Promise<AlertRow[]> {
  return world.database.sql.query<AlertRow>(
    'select audience, account_id, template, occurrences from alerts.alert order by audience, account_id, template',
  );
}

function deliveries(): Promise<Record<string, unknown>[]> {
  return world.database.sql.query('select recipient, channel, step from alerts.delivery order by recipient, channel, step');
}

async function count(table: string): Promise<bigint> {
  const [row] = await world.database.sql.query<{ n: bigint }>(`select count(*) as n from ${table}`);
  return row?.n ?? -1n;
}

function verdictRecord(name: string, change: Partial<VerdictBody> = {}) {
  return recordOf(signedVerdict(name, change));
}

describe('planner', () => {
  it('plans for the owner by severity, for staff on their screens, and feeds the verdict', async () => {
    await world.alerts.planner.handle([verdictRecord('w1')]);
    expect(await alerts()).toEqual([
      { audience: 'owner', account_id: 'ana', template: 'withdrawal_held', occurrences: 1 },
      { audience: 'staff', account_id: 'ana', template: 'staff_verdict', occurrences: 1 },
    ]);
    expect(await deliveries()).toEqual([
      { recipient: 'account:ana', channel: 'in_app', step: 1 },
      { recipient: 'account:ana', channel: 'mail', step: 1 },
      { recipient: 'staff', channel: 'in_app', step: 1 },
    ]);
    expect(await count('alerts.verdict_feed')).toBe(1n);
  });

  it('is not stopped by what somebody else wrote on the topics', async () => {
    const action = JSON.stringify(actionMessage('r1', 'frozen')).replace('"ana"', '"a\\u0000na"');
    const verdict = signedVerdict('w1');
    const unsignable = JSON.stringify(verdict).replace('"facts":{', '"facts":{"x":"\\ud800",');
    const records = [
      { ...recordOf({}, TOPICS.actions), value: action },
      { ...recordOf({}), value: unsignable },
      recordOf(actionMessage('r2', 'frozen'), TOPICS.actions),
    ];
    expect(action).toContain('\\u0000');
    expect(unsignable).toContain('\\ud800');
    await world.alerts.planner.handle(records);
    expect(await alerts()).toMatchObject([{ audience: 'owner', account_id: 'ana', template: 'account_frozen' }]);
  });

  it('changes nothing when the same records come again, in any batches', async () => {
    const records = [
      verdictRecord('w1'),
      verdictRecord('d1', { event_type: 'wallet.deposit.confirmed', outcome: 'allow', reasons: [] }),
      recordOf(actionMessage('r1', 'frozen'), TOPICS.actions),
    ];
    await world.alerts.planner.handle(records);
    const before = [await alerts(), await deliveries(), await count('alerts.verdict_feed')];
    await world.alerts.planner.handle(records);
    for (const record of records.toReversed()) await world.alerts.planner.handle([record, record]);
    expect([await alerts(), await deliveries(), await count('alerts.verdict_feed')]).toEqual(before);
  });

  it('tells each revision of a judgement once', async () => {
    await world.alerts.planner.handle([verdictRecord('w1', { outcome: 'challenge' }), verdictRecord('w1', { revision: 2 })]);
    expect((await alerts()).filter((row) => row.audience === 'owner').map((row) => row.template)).toEqual([
      'withdrawal_challenged',
      'withdrawal_held',
    ]);
  });

  it('joins repetitions within the group’s time and tells once more, with the count, when it closes', async () => {
    for (let index = 0; index < 4; index += 1) await world.alerts.planner.handle([verdictRecord(`w${index}`)]);
    expect((await alerts()).map((row) => row.occurrences)).toEqual([4, 4]);
    expect((await deliveries()).map((row) => row['step'])).toEqual([1, 2, 1, 2, 1, 2]);
    await world.deliver();
    expect(await world.mails()).toHaveLength(1);
    world.clock.advance(ALERT_LIMITS.groupMs);
    await world.deliver();
    const subjects = (await world.mails()).map((mail) => mail.subject);
    expect(subjects.filter((subject) => subject.endsWith('(4 times)'))).not.toHaveLength(0);
    await world.alerts.planner.handle([verdictRecord('later')]);
    expect(await alerts()).toHaveLength(4);
  });

  it('joins nothing across accounts or severities', async () => {
    await world.alerts.planner.handle([verdictRecord('w1'), verdictRecord('w2', { subject: 'mei' })]);
    expect(await alerts()).toHaveLength(4);
    await world.alerts.planner.handle([verdictRecord('w3', { outcome: 'freeze' })]);
    expect((await alerts()).filter((row) => row.account_id === 'ana').map((row) => row.occurrences)).toEqual([1, 1, 1, 1]);
  });

  it('writes to nobody about subjects that nobody owns; staff still hear of them', async () => {
    await world.alerts.planner.handle([verdictRecord('w1', { subject: 'provider:acme', event_type: 'wallet.deposit.rejected' })]);
    expect((await alerts()).map((row) => row.audience)).toEqual(['staff']);
  });

  it('leaves imports alone', async () => {
    await world.alerts.planner.handle([verdictRecord('w1', { stream: 'handbook' })]);
    await world.alerts.planner.handle([recordOf(actionMessage('r1', 'frozen', { stream: 'handbook' }), TOPICS.actions)]);
    expect([await alerts(), await count('alerts.verdict_feed')]).toEqual([[], 0n]);
  });

  it('skips and reports what is malformed or signed by a stranger, and goes on', async () => {
    const forged = signedVerdict('forged');
    forged.body.outcome = 'allow';
    const strange = { ...recordOf(null), value: '{"half' };
    await world.alerts.planner.handle([
      strange,
      recordOf({ body: {} }),
      recordOf(forged),
      recordOf({ ...signedVerdict('other-key'), key_id: '0000000000000000' }),
      { ...recordOf(null, TOPICS.actions), value: 'nonsense' },
      recordOf({ kind: 'alert', id: 'ours' }, TOPICS.actions),
      verdictRecord('good'),
    ]);
    expect(world.problems.map((problem) => (problem as { code: string }).code)).toEqual([
      'malformed_json',
      'verdict_malformed',
      'verdict_untrusted',
      'verdict_untrusted',
      'malformed_json',
    ]);
    expect(await count('alerts.verdict_feed')).toBe(1n);
  });

  it('gives the same result when two instances handle overlapping batches at once', async () => {
    const other = world.another();
    const records = Array.from({ length: 30 }, (_, index) =>
      verdictRecord(`w${index}`, { subject: index % 2 === 0 ? 'ana' : 'mei', outcome: index % 3 === 0 ? 'deny' : 'hold' }),
    );
    await Promise.all([
      world.alerts.planner.handle(records.slice(0, 20)),
      other.planner.handle(records.slice(10)),
      world.alerts.planner.handle(records.toReversed()),
    ]);
    const rows = await alerts();
    expect(rows.filter((row) => row.audience === 'owner').reduce((sum, row) => sum + row.occurrences, 0)).toBe(30);
    expect(await count('alerts.verdict_feed')).toBe(30n);
    const positions = await world.database.sql.query<{ position: bigint }>(
      'select position from alerts.verdict_feed order by position',
    );
    expect(positions.map((row) => row.position)).toEqual(Array.from({ length: 30 }, (_, index) => BigInt(index + 1)));
  });

  it('counts every cause exactly once under any redelivery', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 6 }),
        fc.array(fc.array(fc.nat(5), { maxLength: 6 }), { maxLength: 6 }),
        async (names, batches) => {
          await world.database.sql.query('truncate alerts.alert, alerts.verdict_feed, alerts.feed_head cascade');
          const records = names.map((name) => verdictRecord(name));
          for (const batch of [...batches, names.map((_, index) => index)]) {
            await world.alerts.planner.handle(batch.flatMap((index) => records[index] ?? []));
          }
          expect((await alerts()).map((row) => row.occurrences)).toEqual([names.length, names.length]);
          expect(await count('alerts.verdict_feed')).toBe(BigInt(names.length));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('keeps a bounded feed without holes', async () => {
    const size = 500;
    const total = ALERT_LIMITS.staffFeedMax + 1_000;
    for (let done = 0; done < total; done += size) {
      const batch = Array.from({ length: size }, (_, index) =>
        verdictRecord(`v${done + index}`, { event_type: 'wallet.session.refreshed', outcome: 'allow', reasons: [] }),
      );
      await world.alerts.planner.handle(batch);
    }
    const [row] = await world.database.sql.query<{ n: bigint; first: bigint; last: bigint }>(
      'select count(*) as n, min(position) as first, max(position) as last from alerts.verdict_feed',
    );
    expect(row).toEqual({ n: BigInt(ALERT_LIMITS.staffFeedMax), first: 1_001n, last: BigInt(total) });
  });
});

describe('from the log to the mailbox', () => {
  it('delivers what was produced before and after the start, once, across a restart', async () => {
    const produce = (topic: string, key: string, value: unknown) =>
      world.log.produce(topic, [{ key, value: JSON.stringify(value), headers: {} }]);
    await produce(TOPICS.verdicts, 'ana', signedVerdict('before'));
    await world.alerts.start();
    await expect.poll(async () => (await world.mails()).length, { timeout: 20_000 }).toBe(1);
    await world.alerts.stop();
    await produce(TOPICS.actions, 'mei', actionMessage('r1', 'frozen', { account_id: 'mei' }));
    const second = world.another();
    await second.start();
    await expect.poll(async () => (await world.mails()).length, { timeout: 20_000 }).toBe(2);
    await second.stop();
    expect(
      (await world.mails())
        .map((mail) => [mail.recipient, mail.subject])
        .toSorted(([left = ''], [right = '']) => left.localeCompare(right)),
    ).toEqual([
      ['ana@example.org', 'Withdrawal of 1.5 ETH is on hold'],
      ['mei@example.org', '您的账户已冻结'],
    ]);
  });
});
