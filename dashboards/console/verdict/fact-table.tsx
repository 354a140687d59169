import { TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Icon } from '../../ui-kit/index.ts';
import { useWords } from '../words/use-words.ts';

export function factText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The whole feature vector as rules and models saw it. Lit facts come first, so that they are in sight. */
export function FactTable(props: { readonly facts: Readonly<Record<string, unknown>>; readonly lit: ReadonlySet<string> }) {
  const words = useWords().verdict;
  const { facts, lit } = props;
  const [text, setText] = useState('');
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return Object.entries(facts)
      .map(([name, value]) => ({ name, value: factText(value) }))
      .filter((fact) => `${fact.name} ${fact.value}`.toLowerCase().includes(wanted))
      .toSorted((left, right) => left.name.localeCompare(right.name));
  }, [facts, text]);
  const ordered =
    lit.size === 0 ? rows : [...rows.filter((row) => lit.has(row.name)), ...rows.filter((row) => !lit.has(row.name))];
  return (
    <section aria-label={words.facts} className="stack facts-section">
      <div className="row spread">
        <h3>
          {words.facts} <span className="soft num">{rows.length}</span>
        </h3>
        <TextInput
          size="xs"
          aria-label={words.factsFilter}
          placeholder={words.factsFilter}
          leftSection={<Icon name="search" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {ordered.length === 0 ? (
        <p className="soft small">{words.noFact}</p>
      ) : (
        <table className="fact-table">
          <tbody>
            {ordered.map(({ name, value }) => (
              <tr key={name} className={lit.has(name) ? 'lit' : ''}>
                <th scope="row">{name}</th>
                <td className="mono">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
