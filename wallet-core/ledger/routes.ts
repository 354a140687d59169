import { Type } from 'typebox';
import { MINOR_PATTERN } from '../../core/index.ts';
import { type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import type { Balance } from './balances.ts';

const Amount = Type.String({ pattern: MINOR_PATTERN, description: 'minor units' });
const BalancesSchema = Type.Object({
  balances: Type.Array(
    Type.Object({
      asset: Type.String(),
      symbol: Type.String(),
      decimals: Type.Integer(),
      available: Amount,
      held: Amount,
      incoming: Amount,
      outgoing: Amount,
    }),
  ),
});

/** The owner's own balances. */
export function ledgerRoutes(deps: { balances(accountId: string): Promise<Balance[]> }): RoutePlugin {
  return (server) => {
    server.get(
      '/v1/me/balances',
      { config: { access: { kind: 'owner' } }, schema: { response: { 200: BalancesSchema } } },
      async (request, reply) => {
        if (request.principal?.kind !== 'owner') {
          return sendProblem(reply, 403, { code: 'owner_only', message: 'balances are shown to the account owner' });
        }
        const balances = await deps.balances(request.principal.accountId);
        return {
          balances: balances.map((each) => ({
            asset: each.asset,
            symbol: each.symbol,
            decimals: each.decimals,
            available: each.available.toString(),
            held: each.held.toString(),
            incoming: each.incoming.toString(),
            outgoing: each.outgoing.toString(),
          })),
        };
      },
    );
  };
}
