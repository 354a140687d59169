import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';
import { formatClock, shorten, useLocale } from '../../ui-kit/index.ts';
import type { SlimVerdict } from '../api-types.ts';
import { OutcomePill, shortType } from '../outcome-pill.tsx';
import { useWords } from '../words/use-words.ts';

const ROW_PX = 46;
/** Rows drawn beyond the visible ones, so that fast scrolling shows no gaps. */
const OVERSCAN = 12;

function VerdictRow({ verdict, selected }: { readonly verdict: SlimVerdict; readonly selected: boolean }) {
  const words = useWords().live;
  const { locale } = useLocale();
  const [first, ...others] = verdict.rules;
  return (
    <Link
      to="/"
      search={{ event: verdict.event_id }}
      resetScroll={false}
      className={`verdict-row ${selected ? 'selected' : ''}`}
      aria-current={selected ? 'true' : undefined}
    >
      <time className="num soft" dateTime={verdict.judged_at}>
        {formatClock(verdict.judged_at, locale)}
      </time>
      <span>
        <OutcomePill outcome={verdict.outcome} />
      </span>
      <span className="cut">{shortType(verdict.event_type)}</span>
      <span className="cut why">
        {first === undefined ? <span className="soft">{words.noRule}</span> : first.title}
        {others.length > 0 && <span className="soft"> +{others.length}</span>}
      </span>
      <span className="mono soft cut account-cell">{shorten(verdict.account_id, 8, 4)}</span>
      <span className="num end score">{verdict.score}</span>
    </Link>
  );
}

/** Only what can be seen is in the page, whatever the feed holds. */
export function VerdictList(props: {
  readonly verdicts: readonly SlimVerdict[];
  readonly selected: string | undefined;
  readonly scroller: RefObject<HTMLDivElement | null>;
}) {
  const words = useWords().live;
  const { verdicts, scroller } = props;
  const virtual = useVirtualizer({
    count: verdicts.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    getItemKey: (index) => verdicts[index]?.id ?? index,
  });
  return (
    <>
      <div className="verdict-row verdict-head" aria-hidden="true">
        <span>{words.time}</span>
        <span>{words.outcome}</span>
        <span>{words.event}</span>
        <span className="why">{words.why}</span>
        <span className="account-cell">{words.account}</span>
        <span className="end">{words.score}</span>
      </div>
      <div className="verdict-scroll" ref={scroller} tabIndex={-1}>
        <div className="verdict-list" role="list" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const verdict = verdicts[item.index];
            if (verdict === undefined) return null;
            return (
              <div
                key={item.key}
                role="listitem"
                aria-setsize={verdicts.length}
                aria-posinset={item.index + 1}
                className="verdict-place"
                style={{ height: ROW_PX, transform: `translateY(${item.start}px)` }}
              >
                <VerdictRow verdict={verdict} selected={verdict.event_id === props.selected} />
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}
