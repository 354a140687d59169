import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { CopyText, formatSecond, Notice, useLocale } from '../../ui-kit/index.ts';
import type { Verdict, VerdictAnswer } from '../api-types.ts';
import { OutcomePill, shortType } from '../outcome-pill.tsx';
import { useWords } from '../words/use-words.ts';
import { FactTable } from './fact-table.tsx';
import { RuleList, RuleNames } from './rule-list.tsx';
import { ScoreBar } from './score-bar.tsx';

const SCORE_MAX = 1_000;

function Head({ body }: { readonly body: Verdict['body'] }) {
  const words = useWords();
  const { locale } = useLocale();
  return (
    <div className="stack verdict-top">
      <div className="row spread row-wrap">
        <span className="verdict-outcome">
          <OutcomePill outcome={body.outcome} />
        </span>
        <time className="soft small" dateTime={body.event_time}>
          {formatSecond(body.event_time, locale)}
        </time>
      </div>
      <h2 className="event-type">{shortType(body.event_type)}</h2>
      <div className="row score-row">
        <span className="soft small">{words.verdict.score}</span>
        <ScoreBar value={body.score} most={SCORE_MAX} tone={body.outcome} />
        <strong className="num">{body.score}</strong>
      </div>
      <dl className="facts small">
        <dt>{words.live.account}</dt>
        <dd>
          <Link to="/accounts/$id" params={{ id: body.subject }} className="mono">
            {body.subject}
          </Link>
        </dd>
        {body.actions.length > 0 && (
          <>
            <dt>{words.verdict.actions}</dt>
            <dd>{body.actions.join(', ')}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

function Models({ body }: { readonly body: Verdict['body'] }) {
  const words = useWords().verdict;
  return (
    <section aria-label={words.models} className="stack">
      <h3>{words.models}</h3>
      {body.degraded !== null && (
        <Notice tone="challenge" icon="warning">
          {words.degraded}
        </Notice>
      )}
      {body.models.length === 0 && body.degraded === null && <p className="soft">{words.noModels}</p>}
      {body.models.map((model) => (
        <article key={model.model} className="model">
          <div className="row">
            <strong>{model.model}</strong>
            <span className="mono small soft">{model.version}</span>
            <span className="grow" />
            <strong className="num">{model.score.toFixed(4)}</strong>
          </div>
          <ScoreBar value={model.score} most={1} tone="accent" />
          {model.reasons.length > 0 && (
            <ul className="rule-words">
              {model.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
        </article>
      ))}
    </section>
  );
}

function Receipt({ verdict }: { readonly verdict: Verdict }) {
  const words = useWords().verdict;
  const { locale } = useLocale();
  const { body } = verdict;
  return (
    <section aria-label={words.receipt} className="stack">
      <h3>{words.receipt}</h3>
      <dl className="facts small">
        <dt>{words.judged}</dt>
        <dd>{formatSecond(body.judged_at, locale)}</dd>
        <dt>{words.expires}</dt>
        <dd>{formatSecond(body.expires_at, locale)}</dd>
        <dt>{words.revision}</dt>
        <dd className="num">{body.revision}</dd>
        <dt>{words.key}</dt>
        <dd className="mono">{verdict.key_id}</dd>
        {body.payload_hash !== null && (
          <>
            <dt>{words.payload}</dt>
            <dd className="mono">{body.payload_hash}</dd>
          </>
        )}
        {Object.entries(body.receipt).map(([name, value]) => (
          <div className="facts-pair" key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
        <dt>event_id</dt>
        <dd>
          <CopyText value={body.event_id} />
        </dd>
      </dl>
    </section>
  );
}

function Earlier({ verdicts }: { readonly verdicts: readonly Verdict[] }) {
  const words = useWords().verdict;
  const { locale } = useLocale();
  if (verdicts.length === 0) return null;
  return (
    <section aria-label={words.earlier} className="stack">
      <h3>{words.earlier}</h3>
      <ul className="earlier">
        {verdicts.map(({ body }) => (
          <li key={body.id} className="row">
            <span className="num">{body.revision}</span> <OutcomePill outcome={body.outcome} />
            <span className="num">{body.score}</span>
            <span className="soft small">{formatSecond(body.judged_at, locale)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Everything about one verdict: what, why, on what, and by which revision of everything. */
export function VerdictDetail({ answer }: { readonly answer: VerdictAnswer }) {
  const words = useWords().verdict;
  const [lit, setLit] = useState<ReadonlySet<string>>(new Set());
  const { verdict, earlier } = answer;
  const { body } = verdict;
  const undecided = Object.entries(body.undecided).map(([rule, facts]) => `${rule} ${words.undecidedText(facts.join(', '))}`);
  return (
    <div className="verdict-detail">
      <Head body={body} />
      <div className="verdict-columns">
        <div className="stack stack-wide">
          <RuleList reasons={body.reasons} onLight={(facts) => setLit(new Set(facts))} />
          <Models body={body} />
          <RuleNames title={words.undecided} names={undecided} />
          <RuleNames title={words.shadow} names={body.shadow} />
        </div>
        <FactTable facts={body.facts} lit={lit} />
      </div>
      <Receipt verdict={verdict} />
      <Earlier verdicts={earlier} />
    </div>
  );
}
