import type { Chain } from '../../../platform/chain/index.ts';
import type { Sql } from '../../../platform/sql/port.ts';
import type { WithdrawalDeps } from '../deps.ts';

/** The process is dead: nothing it would have done afterwards happens. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/**
 * The same parts, seen by a process that dies at the `dieAt`-th call to the outside (a transaction, a statement, the signer, the
 * chain): before the call has its effect, or after the effect and before the answer.
 */
export function killable(
  deps: WithdrawalDeps,
  dieAt: number,
  when: 'before' | 'after',
): { deps: WithdrawalDeps; died: () => boolean } {
  let calls = 0;
  let dead = false;
  async function crossing<Value>(call: () => Promise<Value>): Promise<Value> {
    if (dead) throw new Killed();
    calls += 1;
    const dying = calls === dieAt;
    if (dying && when === 'before') {
      dead = true;
      throw new Killed();
    }
    const value = await call();
    if (dying) {
      dead = true;
      throw new Killed();
    }
    return value;
  }
  const sql: Sql = {
    ...deps.sql,
    query: (text, parameters) => crossing(() => deps.sql.query(text, parameters)),
    transaction: (work, options) => crossing(() => deps.sql.transaction(work, options)),
  };
  const chainOf = (chain: Chain): Chain => ({
    ...chain,
    head: () => crossing(() => chain.head()),
    receipt: (hash) => crossing(() => chain.receipt(hash)),
    transaction: (hash) => crossing(() => chain.transaction(hash)),
    nextNonce: (address) => crossing(() => chain.nextNonce(address)),
    fees: () => crossing(() => chain.fees()),
    estimateGas: (call) => crossing(() => chain.estimateGas(call)),
    broadcast: (raw) => crossing(() => chain.broadcast(raw)),
  });
  return {
    deps: {
      ...deps,
      sql,
      chainById: new Map([...deps.chainById].map(([id, chain]) => [id, chainOf(chain)])),
      signer: {
        ...deps.signer,
        sign: (request) => crossing(() => deps.signer.sign(request)),
        abandon: (id) => crossing(() => deps.signer.abandon(id)),
      },
      onError: () => undefined,
    },
    died: () => dead,
  };
}
