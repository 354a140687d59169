import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../app/config/read-config.ts';
import { ATTACK_KINDS, type DemoReport, problemsOf, runDemo, startDemo, toJson } from '../../app/demo/index.ts';

/** A minute's world on a machine that runs other tests besides. */
const RUN_MS_MAX = 240_000;
const SEED = 7;

let dataDirectory: string;
let report: DemoReport;

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'bulwark-demo-'));
  const demo = await startDemo({
    config: readConfig({}),
    dataDirectory,
    seed: SEED,
    models: 'on',
    logger: pino({ level: 'silent' }),
  });
  try {
    ({ report } = await runDemo(demo.world, { seed: SEED, minutes: 1, onProgress: () => undefined }));
  } finally {
    await demo.stop();
  }
}, RUN_MS_MAX);

afterAll(() => rm(dataDirectory, { recursive: true, force: true }));

describe('the demo world', () => {
  it('carries out an attack of every kind, and each is seen', () => {
    expect(new Set(report.attacks.map(({ kind }) => kind))).toEqual(new Set(ATTACK_KINDS));
    expect(report.attacks.filter(({ detected }) => !detected)).toEqual([]);
    for (const { delay_ms: delay, outcome } of report.attacks) {
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(outcome).not.toBe('allow');
    }
  });

  it('loses nothing to fake deposits and replays, and nothing at all after an attack was seen', () => {
    const harmless = report.attacks.filter(({ kind }) => kind !== 'mule_ring' && kind !== 'takeover_cash_out');
    expect(harmless.filter(({ usd_lost: lost }) => lost > 0)).toEqual([]);
    expect(report.attacks.filter(({ usd_lost_after_detection: lost }) => lost > 0)).toEqual([]);
  });

  it('hurts no honest customer', () => {
    expect(report.hurt).toEqual([]);
    expect(report.customers.good).toBeGreaterThan(0);
    expect(report.customers.hurt).toBe(0);
  });

  it('leaves books that balance, and a verdict for every event', () => {
    expect(report.ledger).toEqual({ balanced: true });
    expect(report.verdicts).toBe(report.events);
    expect(problemsOf(report)).toEqual([]);
  });

  it('prints its figures in a form that scripts read', () => {
    const json = toJson(report);
    expect(Object.keys(json)).toEqual(['seed', 'events', 'verdicts', 'attacks', 'customers', 'ledger']);
    expect(json.seed).toBe(SEED);
    for (const attack of json.attacks)
      expect(Object.keys(attack)).toEqual(['id', 'kind', 'detected', 'outcome', 'delay_ms', 'usd_lost']);
  });
});
