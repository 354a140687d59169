import { type Static, type TSchema } from 'typebox';
import { Errors } from 'typebox/value';
import { isCollection, isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Problem } from './problem.ts';

/** The longest shipped file is 12 KiB; a file past this is not a rule. */
const FILE_CHARACTERS_MAX = 256 * 1024;
/** An alias may multiply a document by its target; hand-written files use a handful. */
const ALIASES_MAX = 50;

export interface SourceFile {
  /** Shown in problems. */
  readonly file: string;
  readonly text: string;
}

export type YamlPath = readonly (string | number)[];

/** A parsed file that remembers where everything stood. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** A problem at the node of this path, or at its nearest existing ancestor. `key` points at the key instead of the value. */
  problem(path: YamlPath, code: Problem['code'], message: string, key?: 'key'): Problem;
}

export type YamlResult =
  | { readonly ok: true; readonly source: YamlSource }
  | { readonly ok: false; readonly problems: Problem[] };

function offsetOf(document: Document, path: YamlPath, wantKey: boolean): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [depth, step] of path.entries()) {
    if (!isCollection(node)) break;
    const last = depth === path.length - 1;
    const item: unknown = isMap(node) ? node.items.find((pair) => keyText(pair.key) === String(step)) : node.items[Number(step)];
    if (isPair(item)) {
      const target = last && wantKey ? item.key : (item.value ?? item.key);
      offset = isNode(target) ? (target.range?.[0] ?? offset) : offset;
      node = item.value;
    } else if (isNode(item)) {
      offset = item.range?.[0] ?? offset;
      node = item;
    } else {
      break;
    }
  }
  return offset;
}

function keyText(key: unknown): string {
  return isNode(key) ? String((key as Node & { value?: unknown }).value) : String(key);
}

/** Parses one YAML 1.2 document. Broken YAML comes back as problems, never as an exception. */
export function readYaml({ file, text }: SourceFile): YamlResult {
  if (text.length > FILE_CHARACTERS_MAX) {
    const message = `the file has ${text.length} characters; at most ${FILE_CHARACTERS_MAX} are read: split it`;
    return { ok: false, problems: [{ file, line: 1, column: 1, code: 'file_too_large', message }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const broken = [...document.errors, ...document.warnings].map((error): Problem => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { file, line, column: col, code: 'yaml_broken', message: error.message };
  });
  if (broken.length > 0) return { ok: false, problems: broken };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [{ file, line: 1, column: 1, code: 'yaml_broken', message }] };
  }
  return {
    ok: true,
    source: {
      file,
      value,
      problem(path, code, message, key) {
        const { line, col } = lines.linePos(offsetOf(document, path, key === 'key'));
        return { file, line: Math.max(line, 1), column: Math.max(col, 1), code, message };
      },
    },
  };
}

function pointerPath(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

type SchemaError = ReturnType<typeof Errors>[number];

function schemaProblem(source: YamlSource, base: YamlPath, error: SchemaError): Problem[] {
  const path = [...base, ...pointerPath(error.instancePath)];
  const where = path.length === 0 ? 'the file' : `"${path.join('.')}"`;
  if (error.keyword === 'additionalProperties') {
    return error.params.additionalProperties.map((name) =>
      source.problem([...path, name], 'shape_invalid', `"${name}" is not a field here: remove it or correct its spelling`, 'key'),
    );
  }
  if (error.keyword === 'required') {
    const names = error.params.requiredProperties.join(', ');
    return [source.problem(path, 'shape_invalid', `${where} lacks ${names}: add it`)];
  }
  if (error.keyword === 'enum') {
    const allowed = error.params.allowedValues.map(String).join(', ');
    return [source.problem(path, 'shape_invalid', `${where} must be one of: ${allowed}`)];
  }
  return [source.problem(path, 'shape_invalid', `${where} ${error.message}`)];
}

/** Checks a value (at `base` in the file) against a schema; the answer has every problem, each at its own place. */
export function checkShape<Schema extends TSchema>(
  source: YamlSource,
  schema: Schema,
  value: unknown,
  base: YamlPath = [],
): { readonly value: Static<Schema> | null; readonly problems: Problem[] } {
  const errors = Errors(schema, value);
  if (errors.length === 0) return { value: value as Static<Schema>, problems: [] };
  const wrongUnions = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath);
  const telling = errors.filter((error) => {
    if (error.keyword === 'boolean') return false;
    const insideUnion = error.keyword !== 'anyOf' && error.schemaPath.includes('/anyOf/');
    return !(insideUnion && wrongUnions.some((pointer) => error.instancePath === pointer));
  });
  const problems = (telling.length > 0 ? telling : errors).flatMap((error) => schemaProblem(source, base, error));
  return { value: null, problems };
}
