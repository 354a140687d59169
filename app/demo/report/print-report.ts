import type { DemoReport } from './report.ts';
import { problemsOf } from './report.ts';

function table(rows: readonly (readonly string[])[], rightAligned: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (rightAligned.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `  ${line(row)}`).join('\n');
}

const seconds = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`);

/** The tables that a person reads at the end. */
export function printReport(report: DemoReport): string {
  const { attacks, customers, ledger, hurt } = report;
  const rows = attacks.map((attack) => [
    attack.id,
    attack.variant,
    attack.detected ? 'seen' : 'NOT SEEN',
    attack.outcome ?? '-',
    seconds(attack.delay_ms),
    attack.usd_lost.toFixed(2),
    attack.rules.join(', '),
  ]);
  const problems = problemsOf(report);
  return [
    `Seed ${report.seed}: ${report.events} events, ${report.verdicts} verdicts, ${report.seconds.toFixed(0)} s.`,
    '',
    table([['attack', 'how', 'seen', 'outcome', 'after', 'USD lost', 'rules'], ...rows], new Set([4, 5])),
    '',
    `Honest customers: ${customers.good}; asked to prove more: ${customers.challenged}; hurt: ${customers.hurt}.`,
    ...hurt.map(({ account_id: id, how }) => `  ${id}: ${how}`),
    `Books: ${ledger.balanced ? 'debits equal credits, nobody below zero' : 'NOT BALANCED'}.`,
    '',
    problems.length === 0
      ? 'All attacks were seen, and nobody honest was hurt.'
      : `Problems:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    '',
  ].join('\n');
}
