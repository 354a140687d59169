import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { hashJson, isEventType, refuse, type Result, succeed } from '../../core/index.ts';
import { ManifestSchema, type ModelEntry } from './manifest-schema.ts';

/** A model whose file is the one its manifest speaks of. */
export interface RegisteredModel {
  readonly entry: ModelEntry;
  /** `<name>`, or `<name>.challenger`: what its scores and its fact are called. */
  readonly scoreName: string;
  /** The ONNX file, already hashed: what was checked is what runs. */
  readonly bytes: Uint8Array;
}

export interface Registry {
  /** Hash of all entries; `none` without models. */
  readonly revision: string;
  readonly models: readonly RegisteredModel[];
}

/** The models that ship with Bulwark. */
export const SHIPPED_MANIFEST: URL = new URL('./manifest.yaml', import.meta.url);

const manifestValidator = Compile(ManifestSchema);

async function read(url: URL): Promise<Buffer | string> {
  try {
    return await readFile(url);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return `${fileURLToPath(url)} cannot be read (${code})`;
  }
}

function parseManifest(text: string, file: string): { entries: readonly ModelEntry[]; problems: readonly string[] } {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { entries: [], problems: [`${file} is no YAML: ${error instanceof Error ? error.message : 'unreadable'}`] };
  }
  if (manifestValidator.Check(value)) return { entries: value.models, problems: [] };
  const errors = manifestValidator.Errors(value).slice(0, 20);
  return { entries: [], problems: errors.map((error) => `${file}: ${error.instancePath || '/'} ${error.message}`) };
}

function scoreNameOf({ name, status }: Pick<ModelEntry, 'name' | 'status'>): string {
  return status === 'champion' ? name : `${name}.challenger`;
}

function entryProblems(entries: readonly ModelEntry[], file: string): string[] {
  const names = entries.map(scoreNameOf);
  const twice = names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `${file}: there are two models ${name}`);
  const unknown = entries.flatMap((entry) =>
    entry.events
      .filter((type) => !isEventType(type))
      .map((type) => `${file}: ${entry.name} scores ${type}, which is no event type`),
  );
  return [...twice, ...unknown];
}

async function loadModel(entry: ModelEntry, manifest: URL): Promise<RegisteredModel | string> {
  const url = new URL(entry.file, manifest);
  const bytes = await read(url);
  if (typeof bytes === 'string') return `model ${entry.name}: ${bytes}`;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== entry.sha256) {
    return `model ${entry.name}: ${fileURLToPath(url)} has SHA-256 ${sha256}, the manifest says ${entry.sha256}: it is damaged, or not the one that was reviewed`;
  }
  return { entry, scoreName: scoreNameOf(entry), bytes: new Uint8Array(bytes) };
}

/** Reads a manifest and the models beside it. Every problem is in the refusal's message, one a line, each with its file. */
export async function loadRegistry(manifest: URL = SHIPPED_MANIFEST): Promise<Result<Registry, 'registry_invalid'>> {
  const file = fileURLToPath(manifest);
  const text = await read(manifest);
  if (typeof text === 'string') return refuse('registry_invalid', text);
  const { entries, problems } = parseManifest(text.toString('utf8'), file);
  const loaded = await Promise.all(entries.map((entry) => loadModel(entry, manifest)));
  const models = loaded.filter((each) => typeof each !== 'string');
  const all = [...problems, ...entryProblems(entries, file), ...loaded.filter((each) => typeof each === 'string')];
  if (all.length > 0) return refuse('registry_invalid', all.join('\n'));
  const revision = models.length === 0 ? 'none' : hashJson(entries).slice(0, 12);
  return succeed({ revision, models });
}
