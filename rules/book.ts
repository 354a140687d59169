import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashJson, type Refusal } from '../core/index.ts';
import {
  editorSchema,
  type FactEntry,
  loadConditions,
  loadRules,
  type NamedConditions,
  type Rule,
  rulesRevision,
} from './dialect/index.ts';
import { createFeatureEngine, factCatalogue, type FeatureDefinition, loadFeatures } from './features/index.ts';
import { createPolicy, loadPolicy, type PolicyDefinition } from './policy/index.ts';
import { formatProblem, type Problem, type SourceFile } from './yaml/index.ts';

/** The files of a book, read: what the rule studio checks while somebody types. */
export interface BookSources {
  readonly features: readonly SourceFile[];
  /** `conditions.yaml`, or null. */
  readonly conditions: SourceFile | null;
  readonly rules: readonly SourceFile[];
  readonly policy: SourceFile;
}

/** Rules, the features they read, and the policy that turns hits into outcomes; checked together. */
export interface RuleBook {
  readonly features: readonly FeatureDefinition[];
  readonly conditions: NamedConditions;
  /** By id. Every status; the evaluators leave out drafts and retired ones themselves. */
  readonly rules: readonly Rule[];
  readonly policy: PolicyDefinition;
  readonly catalogue: readonly FactEntry[];
  /** Changes when anything that decides changes. */
  readonly revision: string;
}

export type RuleBookResult =
  | { readonly ok: true; readonly value: RuleBook }
  | { readonly ok: false; readonly refusal: Refusal<'rule_book_invalid'>; readonly problems: readonly Problem[] };

/** The library that comes with Bulwark. */
export const LIBRARY_DIRECTORY: URL = new URL('./library/', import.meta.url);

/**
 * Loads `features/**.yaml`, `conditions.yaml`, `rules/**.yaml` and `policy.yaml` of a directory, or files already read. Refuses
 * with every problem at once, each with its file, line and column; broken YAML is a problem like any other.
 */
export function loadRuleBook(from: string | URL | BookSources): RuleBookResult {
  const problems: Problem[] = [];
  const sources = typeof from === 'string' || from instanceof URL ? readDirectory(from, problems) : from;
  const { features, problems: ofFeatures } = loadFeatures(sources.features);
  const catalogue = factCatalogue(features);
  const { conditions, problems: ofConditions } = loadConditions(sources.conditions, catalogue);
  const { rules, problems: ofRules } = loadRules(sources.rules, catalogue, conditions);
  const { policy, problems: ofPolicy } = loadPolicy(sources.policy);
  problems.push(...ofFeatures, ...ofConditions, ...ofRules, ...ofPolicy);
  if (problems.length > 0 || policy === null) {
    const message = problems.map(formatProblem).join('\n');
    return { ok: false, refusal: { code: 'rule_book_invalid', message }, problems };
  }
  const revision = hashJson({
    features: createFeatureEngine(features).revision,
    rules: rulesRevision(rules),
    policy: createPolicy(policy).revision,
  }).slice(0, 16);
  return { ok: true, value: { features, conditions, rules, policy, catalogue, revision } };
}

/** JSON Schema of a rule file for editors, with every fact of the book. */
export function ruleSchema(book: Pick<RuleBook, 'catalogue'>): Record<string, unknown> {
  return editorSchema(book.catalogue);
}

function readDirectory(directory: string | URL, problems: Problem[]): BookSources {
  const root = typeof directory === 'string' ? directory : fileURLToPath(directory);
  const read = (path: string): SourceFile | null => {
    const file = relative(root, path);
    try {
      return { file, text: readFileSync(path, 'utf8') };
    } catch (error) {
      if (path.endsWith('conditions.yaml') && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ file, line: 1, column: 1, code: 'file_unreadable', message });
      return null;
    }
  };
  const readAll = (folder: string): SourceFile[] => {
    let names: string[];
    try {
      names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ file: folder, line: 1, column: 1, code: 'file_unreadable', message });
      return [];
    }
    const files = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
    return files.flatMap((name) => read(join(root, folder, name)) ?? []);
  };
  return {
    features: readAll('features'),
    conditions: read(join(root, 'conditions.yaml')),
    rules: readAll('rules'),
    policy: read(join(root, 'policy.yaml')) ?? { file: 'policy.yaml', text: '' },
  };
}
