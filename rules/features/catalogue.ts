import type { FactEntry } from '../dialect/index.ts';
import type { FeatureDefinition } from './definition.ts';
import { baseCatalogue } from './facts.ts';

/** Every fact a rule or a model may read, sorted by name: the events' own, the enrichment's, the models' and the declared features. */
export function factCatalogue(definitions: readonly FeatureDefinition[]): readonly FactEntry[] {
  const base = baseCatalogue();
  const types = new Map(base.map((entry) => [entry.name, entry.type]));
  const features = definitions.map((definition): FactEntry => {
    const { id: name, doc, on } = definition;
    const carries = definition.kind === 'window' && (definition.aggregate === 'last' || definition.aggregate === 'first');
    const type = carries && definition.field !== null ? (types.get(definition.field) ?? 'any') : 'number';
    return { name, doc, type, ...(on === null ? {} : { on }) };
  });
  return [...base, ...features].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
