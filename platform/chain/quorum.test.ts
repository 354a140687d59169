import { expect, it } from 'vitest';
import { OutsideError } from '../../core/index.ts';
import { agree, type Disagreement } from './quorum.ts';
import type { RpcEndpoint } from './rpc-endpoint.ts';

/** Nodes that answer alike or not; null does not answer. */
async function ask(quorum: number, ...answers: readonly (string | null)[]) {
  const told: Disagreement[] = [];
  const endpoints = answers.map((_answer, index) => ({ label: `node${index}` }) as RpcEndpoint);
  const read = async ({ label }: RpcEndpoint): Promise<string> => {
    const answer = answers[Number(label.slice(4))] ?? null;
    if (answer === null) throw new OutsideError('rpc_unreachable', label, { retryable: true });
    return answer;
  };
  const result = await agree(endpoints, quorum, 'a block', read, (each) => told.push(each)).catch(
    (error: OutsideError) => error.code,
  );
  return [result, told.length];
}

it.each([
  [1, ['yes'], ['yes', 0]],
  [2, ['yes', 'yes', 'no'], ['yes', 0]],
  [2, ['no', 'yes', 'yes'], ['yes', 0]],
  [2, ['yes', 'yes', null], ['yes', 0]],
  [2, ['yes', 'no'], ['rpc_disagreement', 1]],
  [2, ['yes', null], ['rpc_unreachable', 0]],
  [2, ['no', 'no', 'yes', 'yes', 'yes'], ['rpc_disagreement', 1]],
  [1, ['no', 'yes'], ['rpc_disagreement', 1]],
])('%i of %j gives %j', async (quorum, answers, expected) => {
  expect(await ask(quorum, ...answers)).toEqual(expected);
});
