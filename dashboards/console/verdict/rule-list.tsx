import { Pill } from '../../ui-kit/index.ts';
import type { VerdictReason } from '../api-types.ts';
import { OutcomePill } from '../outcome-pill.tsx';
import { useWords } from '../words/use-words.ts';

interface RuleProps {
  readonly reason: VerdictReason;
  readonly onLight: (facts: readonly string[]) => void;
}

/** Focus lights the facts as the pointer does, for those who use a keyboard. */
function Rule({ reason, onLight }: RuleProps) {
  const names = Object.keys(reason.facts);
  return (
    <li>
      <article
        className="rule"
        tabIndex={0}
        onMouseEnter={() => onLight(names)}
        onMouseLeave={() => onLight([])}
        onFocus={() => onLight(names)}
        onBlur={() => onLight([])}
      >
        <div className="row spread row-wrap rule-head">
          <strong>{reason.title}</strong>
          <span className="row rule-tags">
            <span className="num soft small">+{reason.score}</span>
            <OutcomePill outcome={reason.outcome} />
          </span>
        </div>
        <p className="small soft mono">
          {reason.rule} · {reason.version} · {reason.level}
        </p>
        <ul className="rule-words">
          {reason.words.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </article>
    </li>
  );
}

export function RuleList(props: { readonly reasons: readonly VerdictReason[]; readonly onLight: RuleProps['onLight'] }) {
  const words = useWords().verdict;
  const { reasons, onLight } = props;
  const strongest = reasons.toSorted((left, right) => right.score - left.score);
  return (
    <section aria-label={words.rules} className="stack">
      <h3>
        {words.rules} <span className="soft num">{reasons.length}</span>
      </h3>
      {reasons.length === 0 ? (
        <p className="soft">{words.noRules}</p>
      ) : (
        <>
          <p className="small soft">{words.hoverHint}</p>
          <ul className="rules">
            {strongest.map((reason) => (
              <Rule key={`${reason.rule}${reason.version}`} reason={reason} onLight={onLight} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

export function RuleNames(props: { readonly title: string; readonly names: readonly string[] }) {
  if (props.names.length === 0) return null;
  return (
    <section className="stack stack-tight" aria-label={props.title}>
      <h3>{props.title}</h3>
      <div className="row row-wrap">
        {props.names.map((name) => (
          <Pill tone="plain" key={name}>
            {name}
          </Pill>
        ))}
      </div>
    </section>
  );
}
