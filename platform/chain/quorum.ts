import { OutsideError } from '../../core/index.ts';
import type { RpcEndpoint } from './rpc-endpoint.ts';

/** What the endpoints said where fewer than k of them agreed: for an alert, never for a decision. */
export interface Disagreement {
  readonly what: string;
  /** By endpoint label: its answer in JSON, or its error. Cut to 500 characters. */
  readonly answers: Readonly<Record<string, string>>;
}

interface Answer {
  readonly label: string;
  readonly key: string;
  readonly value: unknown;
  readonly error: OutsideError | null;
}

/** JSON with bigints as decimal strings: two answers are equal when this text is. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? 'undefined';
}

async function ask<Value>(endpoint: RpcEndpoint, read: (endpoint: RpcEndpoint) => Promise<Value>): Promise<Answer> {
  try {
    const value = await read(endpoint);
    return { label: endpoint.label, key: keyOf(value), value, error: null };
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return { label: endpoint.label, key: `error: ${error.code}: ${error.message}`, value: null, error };
  }
}

/**
 * Asks every endpoint and gives the one answer that at least k of them gave alike. Throws OutsideError: the endpoint's own error where
 * too few answered at all, `rpc_disagreement` where they answered differently.
 */
export async function agree<Value>(
  endpoints: readonly RpcEndpoint[],
  quorum: number,
  what: string,
  read: (endpoint: RpcEndpoint) => Promise<Value>,
  onDisagreement: (disagreement: Disagreement) => void,
): Promise<Value> {
  const answers = await Promise.all(endpoints.map((endpoint) => ask(endpoint, read)));
  const given = answers.filter((answer) => answer.error === null);
  const agreed = [...Map.groupBy(given, (answer) => answer.key).values()].filter((alike) => alike.length >= quorum);
  const [first] = agreed;
  // Two truths with enough witnesses each are none.
  if (first?.[0] !== undefined && agreed.length === 1) return first[0].value as Value;
  if (given.length < quorum) throw answers.find((answer) => answer.error !== null)?.error ?? new Error('no endpoint was asked');
  onDisagreement({ what, answers: Object.fromEntries(answers.map(({ label, key }) => [label, key.slice(0, 500)])) });
  const how = agreed.length > 1 ? 'more than one answer has' : 'no answer has';
  throw new OutsideError('rpc_disagreement', `${how} the ${quorum} of ${endpoints.length} nodes that must agree on ${what}`, {
    retryable: true,
  });
}

/** The answers of the endpoints that gave one, at least k of them. Throws the first error otherwise. */
export async function collect<Value>(
  endpoints: readonly RpcEndpoint[],
  quorum: number,
  read: (endpoint: RpcEndpoint) => Promise<Value>,
): Promise<readonly Value[]> {
  const answers = await Promise.all(endpoints.map((endpoint) => ask(endpoint, read)));
  const given = answers.filter((answer) => answer.error === null);
  if (given.length < quorum) throw answers.find((answer) => answer.error !== null)?.error ?? new Error('no endpoint was asked');
  return given.map((answer) => answer.value as Value);
}
