import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, newOwner, type Owner, PASSWORD } from './testing/people.ts';
import { type RunningInstance, startInstance } from './testing/running-instance.ts';

/** Far longer than anything takes: a wait that ends is a failure, not a measure. */
const PATIENCE = { timeout: 45_000, interval: 100 };
/** Where the rule identity.token-theft stops believing in a client that only retries. */
const REUSES = 3;

let instance: RunningInstance;
let owner: Owner;

beforeAll(async () => {
  instance = await startInstance();
  owner = await newOwner(instance.place, 'freya', '198.51.100.9');
});
afterAll(() => instance?.stop());

const count = async (text: string): Promise<number> => (await instance.bulwark.sql.query(text, [owner.accountId])).length;

it('spent refresh tokens that keep coming back freeze the account: by a signed verdict, with an alert, and a row in ClickHouse', async () => {
  const { bulwark } = instance;
  for (let reuse = 0; reuse < REUSES; reuse += 1) {
    const login = await owner.agent.login(owner.email, PASSWORD);
    expect(login.kind).toBe('signed_in');
    bodyOf(await owner.agent.refresh(), 200);
    expect((await owner.agent.misuse.reuseOldRefreshToken()).status).toBe(400);
    const verdicts = "select 1 from verdicts.verdict where event_type = 'wallet.session.token-reused' and subject = $1";
    await expect.poll(() => count(verdicts), PATIENCE).toBe(reuse + 1);
  }
  const state = () => bulwark.wallet.restrictions.stateOf(bulwark.sql, owner.accountId);
  expect(await state()).toMatchObject({ frozen: true, causes: [{ cause: { kind: 'rule', id: 'identity.token-theft' } }] });
  // Nobody stays signed in, the owner neither.
  expect((await owner.agent.api('GET', '/v1/me')).status).toBe(401);
  await expect
    .poll(() => count("select 1 from alerts.alert where account_id = $1 and template like '%frozen%'"), PATIENCE)
    .toBeGreaterThan(0);
  const landed = () =>
    bulwark.analytics.query("select 1 from v_verdicts where outcome = 'freeze' and account_id = {account:String}", {
      account: owner.accountId,
    });
  await expect.poll(async () => (await landed()).length, PATIENCE).toBe(1);
});
