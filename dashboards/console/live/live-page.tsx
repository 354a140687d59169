import { Button, NativeSelect } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { EmptyState, ErrorState, Icon, LoadingRows } from '../../ui-kit/index.ts';
import { type Outcome, OUTCOMES } from '../api-types.ts';
import { shortType } from '../outcome-pill.tsx';
import { PageHead } from '../page-head.tsx';
import { VerdictPanel } from '../verdict/verdict-panel.tsx';
import { useWords } from '../words/use-words.ts';
import { type FeedFilter, filterFeed } from './feed-buffer.ts';
import { OutcomeChart } from './outcome-chart.tsx';
import { useFeed } from './use-feed.ts';
import { VerdictList } from './verdict-list.tsx';

const NO_FILTER: FeedFilter = { outcomes: new Set(), eventType: null };

function toggled(outcomes: ReadonlySet<Outcome>, outcome: Outcome): ReadonlySet<Outcome> {
  return outcomes.has(outcome) ? new Set([...outcomes].filter((each) => each !== outcome)) : new Set([...outcomes, outcome]);
}

function Filters(props: {
  readonly filter: FeedFilter;
  readonly types: readonly string[];
  readonly onChange: (filter: FeedFilter) => void;
}) {
  const words = useWords();
  const { filter, types, onChange } = props;
  return (
    <div className="row row-wrap filters">
      {OUTCOMES.map((outcome) => (
        <button
          key={outcome}
          type="button"
          className={`chip chip-${outcome}`}
          aria-pressed={filter.outcomes.has(outcome)}
          onClick={() => onChange({ ...filter, outcomes: toggled(filter.outcomes, outcome) })}
        >
          <span className={`legend-mark mark-${outcome}`} /> {words.outcomes[outcome]}
        </button>
      ))}
      <NativeSelect
        size="sm"
        aria-label={words.live.eventType}
        value={filter.eventType ?? ''}
        onChange={(event) =>
          onChange({ ...filter, eventType: event.currentTarget.value === '' ? null : event.currentTarget.value })
        }
        data={[{ value: '', label: words.live.allTypes }, ...types.map((type) => ({ value: type, label: shortType(type) }))]}
      />
    </div>
  );
}

/**
 * The feed. What comes is put on top only while nobody reads: not paused, scrolled to the top, no pointer over the list. Otherwise it
 * waits behind "n new", so nothing moves under the cursor.
 */
function useReading() {
  const scroller = useRef<HTMLDivElement>(null);
  const [paused, setPaused] = useState(false);
  const [over, setOver] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const handlers = {
    onMouseEnter: () => setOver(true),
    onMouseLeave: () => setOver(false),
    onScrollCapture: () => setScrolled((scroller.current?.scrollTop ?? 0) > 0),
  };
  return { scroller, paused, setPaused, hold: paused || over || scrolled, handlers };
}

export function LivePage() {
  const words = useWords();
  const { event } = useSearch({ strict: false });
  const reading = useReading();
  const live = useFeed(reading.hold);
  const [filter, setFilter] = useState<FeedFilter>(NO_FILTER);
  const shown = useMemo(() => filterFeed(live.feed.shown, filter), [live.feed.shown, filter]);
  const fresh = useMemo(() => filterFeed(live.feed.waiting, filter).length, [live.feed.waiting, filter]);
  const types = useMemo(() => [...new Set(live.feed.shown.map((each) => each.event_type))].toSorted(), [live.feed.shown]);
  return (
    <div className="live-page">
      <PageHead title={words.live.title}>
        <div className="row row-wrap">
          <span className={`connection connection-${live.state}`} role="status">
            {words.connection[live.state]}
          </span>
          <Button
            variant="default"
            size="sm"
            leftSection={<Icon name={reading.paused ? 'play' : 'pause'} />}
            aria-pressed={reading.paused}
            onClick={() => reading.setPaused(!reading.paused)}
          >
            {reading.paused ? words.live.resume : words.live.pause}
          </Button>
        </div>
      </PageHead>
      <OutcomeChart verdicts={live.feed.shown} />
      <div className={`live-split ${event === undefined ? '' : 'live-split-open'}`}>
        <section className="card card-flush feed" aria-label={words.live.title} {...reading.handlers}>
          <div className="row spread row-wrap feed-tools">
            <Filters filter={filter} types={types} onChange={setFilter} />
            <span className="soft small num feed-count">{words.live.count(shown.length)}</span>
          </div>
          {fresh > 0 && (
            <button
              type="button"
              className="fresh"
              onClick={() => {
                live.release();
                reading.scroller.current?.scrollTo({ top: 0 });
              }}
            >
              <Icon name="arrowUp" /> {words.live.fresh(fresh)}
            </button>
          )}
          {live.error !== null && <ErrorState error={live.error} onRetry={live.reload} />}
          {!live.loaded && live.error === null && <LoadingRows rows={8} />}
          {live.loaded && shown.length === 0 && (
            <EmptyState icon="pulse" title={live.feed.shown.length === 0 ? words.live.none : words.live.noneMatch}>
              {live.feed.shown.length === 0 ? (
                <p>{words.live.noneText}</p>
              ) : (
                <Button variant="default" size="sm" onClick={() => setFilter(NO_FILTER)}>
                  {words.live.clear}
                </Button>
              )}
            </EmptyState>
          )}
          {shown.length > 0 && <VerdictList verdicts={shown} selected={event} scroller={reading.scroller} />}
        </section>
        {event !== undefined && <VerdictPanel key={event} eventId={event} />}
      </div>
    </div>
  );
}
