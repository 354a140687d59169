import { useQuery } from '@tanstack/react-query';
import { Loaded, Notice, Pill } from '../../ui-kit/index.ts';
import type { SystemAnswer } from '../api-types.ts';
import { PageHead } from '../page-head.tsx';
import { queries } from '../queries.ts';
import { useWords } from '../words/use-words.ts';

function Figures({ system }: { readonly system: SystemAnswer }) {
  const all = useWords();
  const words = all.system;
  return (
    <div className="figures">
      <section className="card figure">
        <span className="soft">{all.state}</span>
        <strong>
          <Pill tone={system.ready ? 'allow' : 'deny'}>{system.ready ? words.ready : words.notReady}</Pill>
        </strong>
      </section>
      <section className="card figure">
        <span className="soft">{words.engineLag}</span>
        <strong className="num">{system.lag.engine}</strong>
      </section>
      <section className="card figure">
        <span className="soft">{words.landingLag}</span>
        <strong className="num">{system.lag.landing}</strong>
      </section>
      <section className="card figure">
        <span className="soft">{words.key}</span>
        <strong className="mono">{system.verdict_key_id}</strong>
      </section>
    </div>
  );
}

function Ports({ system }: { readonly system: SystemAnswer }) {
  const words = useWords().system;
  return (
    <section className="card card-flush" aria-labelledby="ports-title">
      <div className="card-head">
        <h2 id="ports-title">{words.ports}</h2>
      </div>
      <div className="table-scroll">
        <table className="table">
          <tbody>
            {system.ports.map((port) => (
              <tr key={port.port}>
                <th scope="row" className="mono">
                  {port.port}
                </th>
                <td>
                  {port.adapter}
                  <div className="small soft">{port.why}</div>
                </td>
                <td className="end">
                  <span className="row row-wrap port-tags">
                    <Pill tone={port.durable ? 'allow' : 'challenge'}>{port.durable ? words.durable : words.notDurable}</Pill>
                    {port.developmentOnly && <Pill tone="plain">{words.development}</Pill>}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function SystemPage() {
  const words = useWords().system;
  const system = useQuery(queries.system);
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <Loaded query={system} rows={8}>
        {(known) => (
          <div className="stack">
            {known.problems.map((problem) => (
              <Notice tone="deny" icon="warning" key={problem} alert>
                {problem}
              </Notice>
            ))}
            <Figures system={known} />
            <Ports system={known} />
            <section className="card" aria-labelledby="revisions-title">
              <h2 id="revisions-title">{words.revisions}</h2>
              <dl className="facts revisions">
                {Object.entries(known.revisions).map(([name, revision]) => (
                  <div className="facts-pair" key={name}>
                    <dt>{name}</dt>
                    <dd className="mono">{revision}</dd>
                  </div>
                ))}
              </dl>
            </section>
          </div>
        )}
      </Loaded>
    </>
  );
}
