import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { BulwarkEvent, Decision, EnrichedEvent, EventType } from '../../core/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/index.ts';
import {
  createFeatureEngine,
  createJsonRulesEngineEvaluator,
  createPolicy,
  createRuleEvaluator,
  LIBRARY_DIRECTORY,
  loadRuleBook,
  runRuleTests,
} from '../index.ts';

const loaded = loadRuleBook(LIBRARY_DIRECTORY);
if (!loaded.ok) throw new Error(loaded.refusal.message);
const book = loaded.value;

describe('the library', () => {
  test('has rules, each with a test that hits and one that does not, and all of them hold', () => {
    expect(book.rules.filter(({ status }) => status === 'live').length).toBeGreaterThanOrEqual(40);
    expect(runRuleTests(book.rules).filter(({ ok }) => !ok)).toEqual([]);
    for (const { id, tests } of book.rules) {
      expect(new Set(tests.map((each) => each.expect)).has('hit'), id).toBe(true);
      expect(new Set(tests.map((each) => each.expect)).size, id).toBeGreaterThan(1);
    }
  });

  test('its tests come out the same with json-rules-engine', async () => {
    for (const rule of book.rules) {
      const evaluator = createJsonRulesEngineEvaluator([rule]);
      for (const { given, expect: expected, name } of rule.tests) {
        const type = rule.on[0] ?? 'wallet.kyc.changed';
        const { hits, undecided } = await evaluator.evaluate(type, given as never);
        const actual = hits.length > 0 ? 'hit' : Object.keys(undecided).length > 0 ? 'undecided' : 'miss';
        expect(actual, `${rule.id}: ${name}`).toBe(expected);
      }
    }
  });

  test('every feature of the wallet is read by a rule, or kept for the models on purpose', () => {
    const text =
      JSON.stringify(book.rules.map(({ condition }) => condition)) +
      JSON.stringify(book.features.filter(({ kind }) => kind !== 'window'));
    const unread = book.features.map(({ id }) => id).filter((id) => !text.includes(`"${id}"`));
    expect(unread.toSorted()).toEqual([...MODEL_INPUTS].toSorted());
  });

  test('no file mentions a fact of hindsight', () => {
    expect(readFileSync(new URL('./policy.yaml', import.meta.url), 'utf8')).not.toContain('label_fraud');
    expect(book.catalogue.map(({ name }) => name)).not.toContain('data.label_fraud');
  });
});

/** Read by models and people, not by a rule. */
const MODEL_INPUTS = [
  'account.credential_changes_1d',
  'account.deposits_1d',
  'account.devices_bound_1d',
  'account.failed_logins_1h',
  'account.reversed_deposits_30d',
  'ip.logins_ok_1h',
  'payee.age_hours',
  'payer.amount_usd_1d',
  'payer.average_usd_1d',
  'payer.average_usd_30d',
  'payer.average_usd_7d',
  'payer.payments_30d',
  'payer.payments_7d',
  'terminal.payments_1d',
  'terminal.payments_7d',
  'terminal.payments_7d_delayed_7d',
];

/** A wallet's life, told event by event through the features, the rules (but those that are off) and the policy. No models. */
function createWorld(off: ReadonlySet<string> = new Set()) {
  const engine = createFeatureEngine(book.features);
  const evaluator = createRuleEvaluator(book.rules.filter(({ id }) => !off.has(id)));
  const fired = new Set<string>();
  const policy = createPolicy(book.policy);
  let now = Date.UTC(2026, 5, 1);
  const client = (ip: string, device: string | null) => ({
    ip,
    user_agent: 'app',
    device_id: device,
    session_id: device === null ? null : `s-${device}`,
  });

  function happen(type: EventType, subject: string, data: Record<string, unknown>): Decision & { rules: string[] } {
    const seen = data['client'] as { ip: string } | undefined;
    const event = { id: '', source: 'urn:bulwark:wallet', stream: 'live', specversion: '1.0', time: '', type, subject, data };
    const enriched: EnrichedEvent = {
      event: event as unknown as BulwarkEvent,
      timeMs: now,
      inWindows: true,
      enrichment:
        seen === undefined
          ? {}
          : { 'client.subnet': `${seen.ip.split('.').slice(0, 3).join('.')}.0/24`, 'client.is_private': false },
    };
    const result = evaluator.evaluate(type, engine.advance(enriched));
    for (const { reason } of result.hits) fired.add(reason.rule);
    return {
      ...policy.decide({ type, result, models: [], degraded: false }),
      rules: result.hits.map(({ reason }) => reason.rule),
    };
  }

  const world = {
    /** Every rule that fired so far. */
    fired,
    wait(ms: number) {
      now += ms;
    },
    register(account: string, ip: string, device: string) {
      const decision = happen('wallet.account.registered', account, {
        email_hash: '',
        email_domain: 'example.org',
        client: client(ip, device),
      });
      happen('wallet.device.bound', account, { device_id: device, first: true, client: client(ip, device) });
      return decision;
    },
    bind: (account: string, ip: string, device: string) =>
      happen('wallet.device.bound', account, { device_id: device, first: false, client: client(ip, device) }),
    login: (account: string, ip: string, device: string | null, result = 'password_ok', identifier = `i-${account}`) =>
      happen('wallet.login.attempted', account, {
        identifier_hash: identifier,
        result,
        factor: 'password',
        client: client(ip, device),
      }),
    deposit: (account: string, usd: number) =>
      happen('wallet.deposit.confirmed', account, { amount: '1', amount_usd_cents: usd * 100, from: '0x1', to: '0x2' }),
    withdraw(account: string, usd: number, payee: string, ip: string, device: string, isNew: boolean) {
      const data = { withdrawal_id: 'w', asset: 'a', amount: '1', amount_usd_cents: usd * 100, payee, payload_hash: '' };
      const decision = happen('wallet.withdrawal.requested', account, {
        ...data,
        payee_is_new: isNew,
        client: client(ip, device),
      });
      if (decision.outcome === 'allow' || decision.outcome === 'challenge')
        happen('wallet.withdrawal.approved', account, { ...data, by: 'verdict' });
      return decision;
    },
    reuseToken: (account: string, ip: string, device: string | null) =>
      happen('wallet.session.token-reused', account, {
        session_id: 's',
        grant_id: 'g',
        token: 'refresh_token',
        client: client(ip, device),
      }),
    reject: (subject: string, ip: string, reason: string, door: string) =>
      happen('wallet.request.rejected', subject, { reason, door, detail: 'x', client: client(ip, null) }),
    changePassword: (account: string, ip: string, device: string) =>
      happen('wallet.credential.changed', account, { credential: 'password', client: client(ip, device) }),
    refuseDeposit: (account: string, attack: string | null, claim: string | null) =>
      happen('wallet.deposit.rejected', account, {
        claim_id: claim,
        chain_id: 1,
        tx_hash: null,
        attack,
        reason: 'no_transfer_log',
      }),
    /** A customer of half a year, who pays a landlord every month. */
    settle(account: string, ip: string, device: string) {
      world.register(account, ip, device);
      for (let month = 0; month < 6; month += 1) {
        world.deposit(account, 3000);
        world.wait(2 * DAY_MS);
        world.login(account, ip, device);
        world.withdraw(account, 900, '0xLandlord', ip, device, month === 0);
        world.wait(28 * DAY_MS);
      }
    },
  };
  return world;
}

const HOME = '203.0.113.7';
const AWAY = '198.51.100.9';

describe('honest customers', () => {
  test('log in and pay without being asked anything', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    expect(world.login('ann', HOME, 'phone')).toMatchObject({ outcome: 'allow', rules: [] });
    expect(world.withdraw('ann', 900, '0xlandlord', HOME, 'phone', false)).toMatchObject({ outcome: 'allow', rules: [] });
  });

  test('with a new phone, a new password and the usual rent are asked for a code and no more', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    expect(world.login('ann', AWAY, 'phone-2').outcome).toBe('challenge');
    world.bind('ann', AWAY, 'phone-2');
    world.changePassword('ann', AWAY, 'phone-2');
    expect(world.withdraw('ann', 900, '0xLandlord', AWAY, 'phone-2', false).outcome).toBe('challenge');
  });

  test('pay somebody new from their own phone', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    expect(world.withdraw('ann', 40, '0xFriend', HOME, 'phone', true).outcome).toBe('allow');
  });

  test('who are new try the wallet out with a little money', () => {
    const world = createWorld();
    world.register('bob', HOME, 'phone');
    world.wait(HOUR_MS);
    world.deposit('bob', 30);
    world.wait(HOUR_MS);
    expect(world.withdraw('bob', 30, '0xOwn', HOME, 'phone', true).outcome).toBe('allow');
  });

  test('behind the address of a stuffing attack still log in on their own phone', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    for (let index = 0; index < 30; index += 1) world.login(`h${index}`, HOME, 'bot', 'bad_password', `i${index}`);
    expect(world.login('ann', HOME, 'phone').outcome).toBe('allow');
  });

  test('who claim their own credited deposit again and again keep their account', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    const seen = Array.from({ length: 4 }, (_, index) => world.refuseDeposit('ann', 'E14', `c${index}`));
    expect(seen.flatMap(({ actions }) => actions)).not.toContain('restrict');
    expect(world.withdraw('ann', 900, '0xLandlord', HOME, 'phone', false).outcome).toBe('allow');
  });

  test('who were sent a worthless token keep their account', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    const seen = world.refuseDeposit('ann', 'E03', null);
    expect(seen.actions).not.toContain('restrict');
    expect(world.withdraw('ann', 900, '0xLandlord', HOME, 'phone', false).outcome).toBe('allow');
  });
});

describe('attacks', () => {
  test('T01 credential stuffing: refused at the source, and the one password that fits is asked for more', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    const decisions = Array.from({ length: 12 }, (_, index) =>
      world.login(`h${index}`, AWAY, 'bot', 'unknown_account', `i${index}`),
    );
    expect(decisions.at(0)?.outcome).toBe('allow');
    expect(decisions.at(-1)?.outcome).toBe('deny');
    const success = world.login('ann', AWAY, 'bot');
    expect(success.outcome).toBe('challenge');
    expect(success.rules).toContain('identity.stuffing-success');
  });

  test('T16 takeover and cash-out: held', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    world.login('ann', AWAY, 'thief');
    world.bind('ann', AWAY, 'thief');
    world.wait(5 * MINUTE_MS);
    expect(world.withdraw('ann', 8000, '0xThief', AWAY, 'thief', true)).toMatchObject({ outcome: 'hold', level: 'high' });
  });

  test('T17 password change, then a large payment to somebody new: held', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    world.changePassword('ann', HOME, 'phone');
    expect(world.withdraw('ann', 8000, '0xThief', HOME, 'phone', true).outcome).toBe('hold');
  });

  test('T09 stolen refresh token: frozen on another device’s key, sessions ended on the owner’s', () => {
    const world = createWorld();
    world.settle('ann', HOME, 'phone');
    expect(world.reuseToken('ann', HOME, 'phone')).toMatchObject({ outcome: 'deny', actions: ['revoke_sessions', 'notify'] });
    expect(world.reuseToken('ann', AWAY, 'thief')).toMatchObject({ outcome: 'freeze', level: 'critical' });
  });

  test('T11 replayed proofs: refused, the burst ends sessions', () => {
    const world = createWorld();
    const decisions = [1, 2, 3].map(() => world.reject('ann', AWAY, 'replayed', 'oidc.token'));
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['deny', 'deny', 'deny']);
    expect(decisions.at(-1)?.actions).toContain('revoke_sessions');
  });

  test('F01 and F02 forged and replayed provider callbacks: refused, a forgery opens a case', () => {
    const world = createWorld();
    expect(world.reject('provider:acme', AWAY, 'bad_signature', 'provider.callback')).toMatchObject({
      outcome: 'deny',
      actions: ['open_case'],
    });
    expect(world.reject('provider:acme', AWAY, 'replayed', 'provider.callback').outcome).toBe('deny');
  });

  test('E01 fake deposits claimed again and again: restricted, then held, then frozen at cash-out', () => {
    const world = createWorld();
    world.settle('eve', HOME, 'phone');
    expect(world.refuseDeposit('eve', 'E01', 'c1')).toMatchObject({ outcome: 'deny', actions: ['open_case'] });
    expect(world.withdraw('eve', 50, '0xLandlord', HOME, 'phone', false).outcome).toBe('hold');
    expect(world.refuseDeposit('eve', 'E06', 'c2').actions).toContain('restrict');
    world.refuseDeposit('eve', 'E02', 'c3');
    expect(world.withdraw('eve', 50, '0xLandlord', HOME, 'phone', false).outcome).toBe('freeze');
  });

  test('T27 mule ring on one device: held from the fourth account on', () => {
    const world = createWorld();
    const outcomes = ['m1', 'm2', 'm3', 'm4', 'm5'].map((mule) => {
      world.register(mule, AWAY, 'farm');
      world.wait(HOUR_MS);
      world.deposit(mule, 400);
      world.wait(20 * MINUTE_MS);
      return world.withdraw(mule, 390, '0xCollector', AWAY, 'farm', true).outcome;
    });
    expect(outcomes.slice(3)).toEqual(['hold', 'hold']);
  });
});

type World = ReturnType<typeof createWorld>;

/** Each tells one attack and gives the decision on its last act. */
const ATTACKS: Readonly<Record<string, (world: World) => Decision>> = {
  'T01 credential stuffing': (world) => {
    for (let index = 0; index < 30; index += 1) world.login(`h${index}`, AWAY, 'bot', 'unknown_account', `i${index}`);
    return world.login('h30', AWAY, 'bot', 'unknown_account', 'i30');
  },
  'T09 a spent refresh token on another key': (world) => {
    world.settle('ann', HOME, 'phone');
    return world.reuseToken('ann', AWAY, 'thief');
  },
  'T11 a replayed proof': (world) => world.reject('ann', AWAY, 'replayed', 'api'),
  'T16 takeover and cash-out': (world) => {
    world.settle('ann', HOME, 'phone');
    world.bind('ann', AWAY, 'thief');
    return world.withdraw('ann', 8000, '0xThief', AWAY, 'thief', true);
  },
  'T17 a changed password, then everything to somebody new': (world) => {
    world.settle('ann', HOME, 'phone');
    world.changePassword('ann', HOME, 'phone');
    return world.withdraw('ann', 8000, '0xThief', HOME, 'phone', true);
  },
  'T27 the fifth mule of a device': (world) => {
    const outcomes = ['m1', 'm2', 'm3', 'm4', 'm5'].map((mule) => {
      world.register(mule, AWAY, 'farm');
      world.deposit(mule, 400);
      world.wait(20 * MINUTE_MS);
      return world.withdraw(mule, 390, '0xCollector', AWAY, 'farm', true);
    });
    return outcomes.at(-1) as Decision;
  },
  'E01 a fake deposit that is claimed': (world) => world.refuseDeposit('eve', 'E01', 'c1'),
  'F01 a forged callback': (world) => world.reject('provider:acme', AWAY, 'bad_signature', 'provider.callback'),
  'F02 a replayed callback': (world) => world.reject('provider:acme', AWAY, 'replayed', 'provider.callback'),
};

describe('each attack is let through once the rules that see it are off', () => {
  test.each(Object.entries(ATTACKS))('%s', (_name, tell) => {
    const guarded = createWorld();
    expect(['hold', 'deny', 'freeze']).toContain(tell(guarded).outcome);
    // No model runs in these stories, and for large payments without one the policy asks for a code: nothing more is left.
    expect(['allow', 'challenge']).toContain(tell(createWorld(guarded.fired)).outcome);
  });
});
