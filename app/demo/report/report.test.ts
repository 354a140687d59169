import { describe, expect, it } from 'vitest';
import { printReport } from './print-report.ts';
import { type AttackReport, type DemoReport, problemsOf } from './report.ts';

const seen: AttackReport = {
  id: 'mule_ring-1',
  kind: 'mule_ring',
  variant: '6 accounts',
  detected: true,
  outcome: 'hold',
  delay_ms: 1_200,
  usd_lost: 0,
  usd_lost_after_detection: 0,
  rules: ['mule.ring-cashout'],
};

function report(change: Partial<DemoReport> = {}): DemoReport {
  return {
    seed: 9,
    events: 10,
    verdicts: 10,
    attacks: [seen],
    customers: { good: 2, challenged: 1, hurt: 0 },
    ledger: { balanced: true },
    hurt: [],
    seconds: 60,
    ...change,
  };
}

describe('the report of the demo', () => {
  it('has no problem where all is well', () => {
    expect(problemsOf(report())).toEqual([]);
    expect(printReport(report())).toContain('All attacks were seen, and nobody honest was hurt.');
  });

  it('names every attack that was missed or went on, everybody who was hurt, and books that do not balance', () => {
    const problems = problemsOf(
      report({
        attacks: [
          { ...seen, detected: false },
          { ...seen, id: 'mule_ring-2', usd_lost: 5, usd_lost_after_detection: 5 },
        ],
        hurt: [{ account_id: 'ada', how: 'money is held' }],
        ledger: { balanced: false },
      }),
    );
    expect(problems).toEqual([
      'mule_ring-1 was not seen',
      'mule_ring-2 took 5.00 USD after it was seen',
      'honest customer ada was hurt: money is held',
      'the books are not balanced',
    ]);
  });
});
