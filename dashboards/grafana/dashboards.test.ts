import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOPICS } from '../../core/index.ts';
import { type Analytics, openEmbeddedAnalytics } from '../../platform/analytics/index.ts';
import { applyAnalyticsSchema } from '../landing/index.ts';
import { createSampleLog, landRecords, SAMPLE_CLIENT, SAMPLE_ETHER, SAMPLE_START_MS } from '../landing/testing.ts';
import { expandMacros } from './expand-macros.ts';
import { dashboardFiles } from './generate.ts';
import type { PanelSpec } from './panel-spec.ts';
import { RISK_OVERVIEW_SECTIONS, riskOverview } from './risk-overview.ts';

/** A panel as the file holds it. */
interface StoredPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly refId: string;
    readonly rawSql: string;
    readonly format: number;
    readonly datasource: { readonly uid: string };
  }[];
}

const stored = JSON.parse(JSON.stringify(riskOverview())) as {
  panels: StoredPanel[];
  templating: { list: { name: string; type: string }[] };
};
const panels = stored.panels.filter(({ type }) => type !== 'row');
const specs = new Map<string, PanelSpec>(
  RISK_OVERVIEW_SECTIONS.flatMap((section) => section.panels).map((spec) => [spec.title, spec]),
);

describe('the files', () => {
  it.each(dashboardFiles().map(({ url, text }) => [url.pathname.split('/').at(-1), url, text] as const))(
    '%s is what the code generates (else: node dashboards/grafana/generate.ts)',
    async (_name, url, text) => {
      expect(JSON.parse(await readFile(url, 'utf8'))).toEqual(JSON.parse(text));
    },
  );
});

describe('lint', () => {
  it('has a place and an id of its own for each panel, and none overlaps another', () => {
    const ids = stored.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of stored.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x},${y}`), `${title} over`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  it('asks the datasource that the variable chose, with titles, words and units', () => {
    expect(panels.length).toBeGreaterThanOrEqual(10);
    expect(stored.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['stream', 'query'],
    ]);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const panel of panels) {
      expect(panel.datasource, panel.title).toEqual({ type: 'grafana-clickhouse-datasource', uid: '${datasource}' });
      expect(panel.description?.length, panel.title).toBeGreaterThan(10);
      expect(panel.fieldConfig?.defaults.unit, panel.title).toMatch(/^(short|reqps|ms|currencyUSD|percentunit)$/);
      expect(panel.targets, panel.title).toHaveLength(1);
      expect(panel.targets?.[0]?.datasource.uid, panel.title).toBe('${datasource}');
      expect(panel.targets?.[0]?.rawSql, panel.title).toMatch(/stream = (\$\{stream:singlequote\}|'live')/);
    }
  });

  it('reads the deduplicated views alone', () => {
    for (const { title, targets } of panels) {
      const tables = [...(targets?.[0]?.rawSql ?? '').matchAll(/\b(?:from|join) (\w+)/g)].map(([, table]) => table);
      expect(tables.length, title).toBeGreaterThan(0);
      for (const table of tables) expect(table, title).toMatch(/^v_/);
    }
  });

  it('knows no macro that was not tried', () => {
    expect(() =>
      expandMacros('select $__conditionalAll(x, $y)', { fromMs: 0, toMs: 1, intervalSeconds: 1, stream: 's' }),
    ).toThrow('$__conditionalAll');
  });
});

const samples = createSampleLog();
const MINUTE = 60_000;
const values = { fromMs: SAMPLE_START_MS - MINUTE, toMs: SAMPLE_START_MS + 60 * MINUTE, intervalSeconds: 60, stream: 'live' };
const deposit = { deposit_id: 'd-1', asset: SAMPLE_ETHER, amount: '1000', amount_usd_cents: 250_000 };
const withdrawal = {
  withdrawal_id: 'w-1',
  asset: SAMPLE_ETHER,
  amount: '5',
  amount_usd_cents: 999,
  payee: '0xabc',
  client: SAMPLE_CLIENT,
};

function sampleRecords(): ReturnType<typeof samples.record>[] {
  const at = new Date(SAMPLE_START_MS + MINUTE).toISOString();
  const held = samples.verdict();
  const events = [
    samples.event('wallet.login.attempted', { result: 'password_ok', client: SAMPLE_CLIENT }),
    samples.event('wallet.login.attempted', { result: 'bad_password', client: SAMPLE_CLIENT }),
    samples.event('wallet.session.token-reused', {
      session_id: 's',
      grant_id: 'g',
      token: 'refresh_token',
      client: SAMPLE_CLIENT,
    }),
    samples.event('wallet.request.rejected', {
      reason: 'replayed',
      door: 'oidc.token',
      detail: 'jti_seen',
      client: SAMPLE_CLIENT,
    }),
    samples.event('wallet.deposit.confirmed', deposit),
    samples.event('wallet.deposit.rejected', { claim_id: 'c', attack: 'E01', reason: 'no_transfer_log' }),
    samples.event('wallet.deposit.rejected', { claim_id: 'c', attack: null, reason: 'too_small' }),
    samples.event('wallet.withdrawal.requested', withdrawal),
    samples.event('wallet.withdrawal.confirmed', withdrawal),
  ];
  const reports = [
    samples.record(TOPICS.actions, {
      id: 'r:frozen',
      verdict_id: 'v',
      account_id: 'account-1',
      action: 'frozen',
      cause: 'rule:r',
      result: 'done',
      at,
    }),
    samples.record(TOPICS.actions, {
      kind: 'alert',
      id: 'b',
      account_id: 'x',
      severity: 'high',
      template: 't',
      channel: 'email',
      result: 'sent',
      at,
    }),
    samples.record(TOPICS.labels, { id: 'l', event_id: JSON.parse(held.value).body.event_id, label: 'fraud', at }),
    samples.record(TOPICS.deadLetters, {
      id: 'd',
      stage: 'decode',
      reason: 'malformed_json',
      source_topic: 'wallet.events',
      partition: 1,
      offset: 2,
      at,
    }),
  ];
  return [
    ...events,
    held,
    samples.verdict({ outcome: 'allow', reasons: [], shadow: [] }, { atMs: SAMPLE_START_MS + MINUTE }),
    ...reports,
  ];
}

describe('every panel over rows that landed', () => {
  let directory: string;
  let analytics: Analytics;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bulwark-grafana-'));
    analytics = await openEmbeddedAnalytics({ dataDirectory: directory });
    await applyAnalyticsSchema(analytics);
    await landRecords(analytics, sampleRecords(), 'samples');
  });
  afterAll(async () => {
    await analytics.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(panels.map((panel) => [panel.title, panel] as const))('%s', async (title, panel) => {
    const sql = expandMacros(panel.targets?.[0]?.rawSql ?? '', values);
    const columns = await analytics.query<{ name: string; type: string }>(`describe table (${sql})`);
    const rows = await analytics.query(sql);
    const types = columns.map(({ type }) => type);
    const numbers = types.filter((type) => /^(Nullable\()?(U?Int|Float|Decimal)/.test(type));
    expect(rows.length, 'rows').toBeGreaterThan(0);
    switch (specs.get(title)?.kind) {
      case 'stat':
        expect([rows.length, types.length, numbers.length]).toEqual([1, 1, 1]);
        break;
      case 'timeseries':
      case 'bars_over_time':
        expect(columns[0]).toMatchObject({ name: 'time', type: expect.stringMatching(/^DateTime/) as string });
        expect(numbers.length).toBeGreaterThan(0);
        expect(panel.targets?.[0]?.format).toBe(0);
        break;
      case 'bars':
        expect(types[0]).toMatch(/String/);
        expect(numbers).toHaveLength(types.length - 1);
        break;
      case 'table':
        expect(types.length).toBeGreaterThan(1);
        for (const column of Object.keys(specs.get(title)?.columnUnits ?? {}))
          expect(columns.map(({ name }) => name)).toContain(column);
        break;
      case undefined:
        expect.unreachable('a panel without a specification');
    }
  });

  it('shows an import apart from the live stream', async () => {
    const sql = expandMacros(specs.get('Verdicts')?.sql ?? '', { ...values, stream: 'import-1' });
    expect(await analytics.query(sql)).toEqual([{ verdicts: '0' }]);
  });
});
