import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { attachToRunningSql } from '../../app/run/running-file.ts';
import { TOPICS } from '../../core/index.ts';
import { findJava, jarsFetchable, startBroker } from '../services/kafka-broker.ts';
import { describeWithService, type ServiceFixture } from '../services/require-service.ts';
import { notePid } from '../services/run-folder.ts';
import { createWalletAgent } from '../../wallet-core/identity/agent/wallet-agent.ts';
import { type BulwarkChild, runBulwark } from './testing/bulwark-child.ts';
import { createDataFolder } from './testing/data-folder.ts';
import { createGate } from './testing/gate.ts';
import { createMailReader } from './testing/mailed-codes.ts';
import { newOwner, PASSWORD, TRUSTED } from './testing/people.ts';
import { endProcessesOf } from './testing/processes-of.ts';
import { payment, postAsService, SERVICES } from './testing/service-door.ts';

interface OwnBroker {
  readonly port: number;
  readonly pid: number;
}

/** A broker that no other test uses, so that it may be stopped. */
async function startOwnBroker(java: string): Promise<OwnBroker> {
  const folder = join(inject('servicesFolder'), 'kafka-away');
  await mkdir(join(folder, 'pids'), { recursive: true });
  const { brokers } = await startBroker(java, folder);
  const pid = Number((await readdir(join(folder, 'pids')))[0]);
  await notePid(inject('servicesFolder'), pid);
  return { port: Number(brokers[0]?.split(':')[1]), pid };
}

const ownBroker: ServiceFixture<OwnBroker> = {
  name: 'kafka',
  async find() {
    const java = await findJava();
    if (java === null || !(await jarsFetchable())) return { ok: false, reason: 'no Java and Maven found to run one with' };
    return { ok: true, start: () => startOwnBroker(java) };
  },
};

const PATIENCE = { timeout: 90_000, interval: 200 };

await describeWithService(ownBroker, 'Kafka that is away', (start) => {
  let folder: string;
  let child: BulwarkChild;
  let broker: OwnBroker;
  let baseUrl: string;

  afterAll(async () => {
    child?.kill('SIGKILL');
    await endProcessesOf(folder);
    if (broker !== undefined) process.kill(broker.pid, 'SIGKILL');
  });

  it('at start is waited for, and the start says so', async () => {
    folder = await createDataFolder();
    const gate = await createGate();
    child = runBulwark(['start'], folder, { ...TRUSTED, ...SERVICES, KAFKA_BROKERS: `127.0.0.1:${gate.port}` });
    await child.until('trying again in');
    expect(child.stderr()).toContain(`Kafka at 127.0.0.1:${gate.port} takes no connection`);
    broker = await start();
    await gate.open(broker.port);
    baseUrl = await child.ready();
    expect(child.stdout()).toContain('Apache Kafka at');
    const answer = await postAsService(`${baseUrl}/v1/assess?wait_ms=10000`, payment());
    expect(answer).toMatchObject({ status: 200, body: { body: { event_type: 'payment.card.authorized' } } });
    await gate.shut();
  }, 180_000);

  it('later keeps nobody out: what is told waits, and a login without a verdict is challenged', async () => {
    await newOwner({ baseUrl, dataDirectory: folder }, 'kate', '198.51.100.130');
    process.kill(broker.pid, 'SIGSTOP');
    try {
      const readMailedCode = createMailReader(folder);
      const agent = await createWalletAgent({ baseUrl, readMailedCode, forwardedFor: '198.51.100.131' });
      await agent.signUp('karl@example.com', PASSWORD);
      expect(await agent.login('karl@example.com', PASSWORD)).toEqual({ kind: 'signed_in', steps: ['password', 'email_code'] });
      expect(await agent.api('GET', '/v1/me')).toMatchObject({ status: 200 });
    } finally {
      process.kill(broker.pid, 'SIGCONT');
    }
  });

  it('loses nothing by it: every event gets its one verdict once it is back', async () => {
    const sql = await attachToRunningSql(folder);
    if (sql === null) throw new Error('nothing runs on this folder');
    try {
      const count = async (statement: string): Promise<number> => Number((await sql.query<{ n: bigint }>(statement))[0]?.n);
      const told = `select count(*) as n from outbox.message where topic = '${TOPICS.events}'`;
      await expect.poll(() => count('select count(*) as n from outbox.message where sent_at is null'), PATIENCE).toBe(0);
      await expect
        .poll(async () => (await count('select count(*) as n from verdicts.verdict')) - (await count(told)), PATIENCE)
        .toBe(0);
      expect(await count(told)).toBeGreaterThan(4);
      expect(await count('select count(*) as n from verdicts.verdict where revision <> 1')).toBe(0);
    } finally {
      await sql.close();
    }
    child.kill('SIGTERM');
    expect(await child.ended()).toMatchObject({ code: 0 });
  }, 180_000);
});
