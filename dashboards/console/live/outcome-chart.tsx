import { useEffect, useMemo, useState } from 'react';
import { formatClock, useLocale } from '../../ui-kit/index.ts';
import { OUTCOMES, type SlimVerdict } from '../api-types.ts';
import { useWords } from '../words/use-words.ts';
import { countByMinute, type MinuteCount } from './feed-buffer.ts';

const MINUTES = 45;
const HEIGHT = 64;
const STEP = 10;
const BAR = 7;
/** The chart moves on when nothing comes. */
const TICK_MS = 10_000;

function totalOf(count: MinuteCount): number {
  return OUTCOMES.reduce((sum, outcome) => sum + count.byOutcome[outcome], 0);
}

function Bar({ count, x, most }: { readonly count: MinuteCount; readonly x: number; readonly most: number }) {
  const words = useWords();
  const { locale } = useLocale();
  const parts = OUTCOMES.filter((outcome) => count.byOutcome[outcome] > 0);
  let top = HEIGHT;
  return (
    <g>
      <title>
        {[
          formatClock(new Date(count.minuteMs).toISOString(), locale).slice(0, 5),
          ...parts.map((outcome) => `${words.outcomes[outcome]} ${count.byOutcome[outcome]}`),
        ].join(' · ')}
      </title>
      <rect className="bar-empty" x={x} y={HEIGHT - 2} width={BAR} height={2} />
      {parts.map((outcome) => {
        const height = Math.max(2, (count.byOutcome[outcome] / most) * (HEIGHT - 4));
        top -= height;
        return <rect key={outcome} className={`bar-${outcome}`} x={x} y={top} width={BAR} height={height} rx={1} />;
      })}
    </g>
  );
}

/** Verdicts a minute, stacked by outcome, the mildest below. */
export function OutcomeChart({ verdicts }: { readonly verdicts: readonly SlimVerdict[] }) {
  const words = useWords();
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const newest = verdicts[0] === undefined ? nowMs : Math.max(nowMs, Date.parse(verdicts[0].judged_at));
  const counts = useMemo(() => countByMinute(verdicts, newest, MINUTES), [verdicts, newest]);
  const most = Math.max(4, ...counts.map(totalOf));
  const totals = OUTCOMES.map((outcome) => ({
    outcome,
    total: counts.reduce((sum, count) => sum + count.byOutcome[outcome], 0),
  }));
  const label = totals.map(({ outcome, total }) => `${words.outcomes[outcome]} ${total}`).join(', ');
  return (
    <section className="card chart-card">
      <div className="row spread row-wrap">
        <h2>
          {words.live.perMinute} <span className="soft small">{words.live.lastMinutes(MINUTES)}</span>
        </h2>
        <ul className="legend">
          {totals.map(({ outcome, total }) => (
            <li key={outcome} className={total === 0 ? 'legend-none' : ''}>
              <span className={`legend-mark mark-${outcome}`} /> {words.outcomes[outcome]}{' '}
              <strong className="num">{total}</strong>
            </li>
          ))}
        </ul>
      </div>
      <svg
        className="chart"
        viewBox={`0 0 ${MINUTES * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${words.live.perMinute}, ${words.live.lastMinutes(MINUTES)}: ${label}`}
      >
        {counts.map((count, index) => (
          <Bar key={count.minuteMs} count={count} x={index * STEP + 1} most={most} />
        ))}
      </svg>
    </section>
  );
}
