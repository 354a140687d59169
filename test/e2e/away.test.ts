import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readConfig } from '../../app/config/read-config.ts';
import { openJudging } from '../../app/wire/open-engine.ts';
import { createLogger } from '../../app/cli/logger.ts';
import { systemClock } from '../../platform/clock/index.ts';
import { type ClickHouseHttpFront, startClickHouseHttpFront } from '../services/clickhouse-http-front.ts';
import { createDataFolder } from './testing/data-folder.ts';
import { createGate, type Gate } from './testing/gate.ts';
import { readEvents, readVerdicts } from './testing/read-road.ts';
import { type RunningInstance, startInstance } from './testing/running-instance.ts';
import { payment, postAsService, SERVICES } from './testing/service-door.ts';

const PATIENCE = { timeout: 60_000, interval: 200 };
const GARBAGE = Buffer.from('this is no model');

/** A manifest of one model; its file is garbage that was reviewed as such, or not there at all. */
async function writeManifest(folder: string, file: 'corrupt' | 'missing'): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (file === 'corrupt') await writeFile(join(folder, 'corrupt.onnx'), GARBAGE);
  const model = {
    name: 'card_fraud',
    version: '1',
    status: 'champion',
    file: `${file}.onnx`,
    sha256: createHash('sha256').update(GARBAGE).digest('hex'),
    events: ['payment.card.authorized'],
    inputs: [{ fact: 'amount_usd', missing: 'nan', typical: 10, words: 'the amount is {value}' }],
    output: 'probabilities',
    explain_from: 0.5,
    threshold: 'none: it does not load',
  };
  await writeFile(join(folder, 'manifest.yaml'), stringify({ models: [model] }));
  return join(folder, 'manifest.yaml');
}

let instance: RunningInstance;
let front: ClickHouseHttpFront;
let gate: Gate;
let clickhouseFolder: string;
const portOf = (running: ClickHouseHttpFront): number => Number(new URL(running.url).port);

async function rows(view: string): Promise<number> {
  const [row] = await instance.bulwark.analytics.query<{ rows: string }>(`select count() as rows from ${view}`);
  return Number(row?.rows);
}

/** Rows of events and verdicts in ClickHouse less those in the log; null while it does not answer. */
async function lacking(): Promise<[number, number] | null> {
  const events = await readEvents(instance.bulwark.log);
  const verdicts = await readVerdicts(instance.bulwark.log);
  try {
    return [(await rows('v_events')) - events.length, (await rows('v_verdicts')) - verdicts.length];
  } catch {
    return null;
  }
}

async function sendPayments(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => payment());
  const answer = await postAsService(`${instance.place.baseUrl}/v1/events`, events);
  expect(answer).toMatchObject({ status: 202, body: { refused: [] } });
}

beforeAll(async () => {
  clickhouseFolder = await createDataFolder();
  await mkdir(clickhouseFolder);
  gate = await createGate();
  instance = await startInstance({
    ...SERVICES,
    CLICKHOUSE_URL: `http://default:front@127.0.0.1:${gate.port}`,
    BULWARK_MODEL_MANIFEST: await writeManifest(join(dirname(clickhouseFolder), 'models'), 'corrupt'),
  });
});

afterAll(async () => {
  await instance?.stop();
  await gate?.shut();
  await front?.stop();
});

describe('without ClickHouse and without models', () => {
  it('starts, works, and says what is missing', async () => {
    expect(instance.bulwark.ports.find(({ port }) => port === 'analytics')?.adapter).toMatch(
      /ClickHouse at 127\.0\.0\.1:\d+, away/,
    );
    expect(instance.logged.join('')).toContain('everything else works, nothing is lost');
    const ready = await fetch(`${instance.place.baseUrl}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, problems: ['analytics'] }]);
  });

  it('judges by rules alone, and every verdict says so', async () => {
    expect(instance.logged.join('')).toContain('models cannot be used; rules decide alone');
    const answer = await postAsService(`${instance.place.baseUrl}/v1/assess?wait_ms=10000`, payment());
    expect(answer).toMatchObject({ status: 200, body: { body: { degraded: 'rules_only', models: [] } } });
  });

  it.each([
    ['missing', /missing\.onnx cannot be read/],
    ['corrupt', /card_fraud/],
  ] as const)('goes on without a %s model, naming it', async (file, naming) => {
    const BULWARK_MODEL_MANIFEST = await writeManifest(join(dirname(clickhouseFolder), `models-${file}`), file);
    const told: unknown[] = [];
    const logger = { ...createLogger('silent'), error: (...said: unknown[]) => void told.push(...said) };
    const config = readConfig({ BULWARK_MODEL_MANIFEST });
    const { scorer } = await openJudging({ config, clock: systemClock, logger });
    expect(JSON.stringify(told)).toMatch(naming);
    expect(await scorer.score([])).toMatchObject({ ok: false });
    await scorer.close();
  });
});

describe('ClickHouse that comes, dies and comes back', () => {
  it('gets everything that was judged before it was there', async () => {
    await sendPayments(40);
    front = await startClickHouseHttpFront({ dataDirectory: clickhouseFolder });
    await gate.open(portOf(front));
    await expect.poll(lacking, PATIENCE).toEqual([0, 0]);
    expect((await readEvents(instance.bulwark.log)).length).toBeGreaterThan(40);
  });

  it('gets, once, what was judged while it was dead', async () => {
    await gate.shut();
    await front.stop();
    await sendPayments(60);
    const answer = await postAsService(`${instance.place.baseUrl}/v1/assess?wait_ms=10000`, payment());
    expect(answer.status).toBe(200);
    front = await startClickHouseHttpFront({ dataDirectory: clickhouseFolder });
    await gate.open(portOf(front));
    await expect.poll(lacking, PATIENCE).toEqual([0, 0]);
    expect((await readEvents(instance.bulwark.log)).length).toBeGreaterThan(100);
  });
});
