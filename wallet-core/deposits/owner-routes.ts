import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountId } from '../../core/index.ts';
import type { Hex } from '../../platform/chain/port.ts';
import { type RouteAccess, type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import { shownAddress } from './addresses.ts';
import type { Claim } from './claim-rows.ts';
import type { ClaimRefusal, Claims } from './claims.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { selectMovements } from './movement-rows.ts';
import { DepositSchema, showDeposit } from './shown-deposit.ts';

/** One page of a phone shows ten; older ones stand in the account's statement. */
const LISTED_MAX = 100;

const STATUS: Readonly<Record<ClaimRefusal, number>> = {
  account_frozen: 403,
  chain_unknown: 422,
  exists_with_different_body: 409,
  too_many_claims: 429,
};

const access: RouteAccess = { kind: 'owner' };

const ClaimSchema = Type.Object({
  claim_id: Type.String(),
  chain_id: Type.Integer(),
  tx_hash: Type.String(),
  state: Type.Enum(['pending', 'credited', 'held', 'rejected']),
  reason: Type.String(),
  attack: Type.Union([Type.String(), Type.Null()]),
});

const NewClaimSchema = Type.Object(
  {
    claim_id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,128}$' }),
    chain_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    tx_hash: Type.String({ pattern: '^0x[0-9a-fA-F]{64}$' }),
  },
  { additionalProperties: false },
);

/** The route's access lets owners in alone; anybody else here is a bug of the wiring. */
function ownerOf(request: FastifyRequest): AccountId {
  if (request.principal?.kind !== 'owner') throw new Error('an owner route was reached without an owner');
  return request.principal.accountId;
}

function showClaim({ id, chainId, txHash, state, reason, attack }: Claim) {
  return { claim_id: id, chain_id: chainId, tx_hash: txHash, state, reason, attack };
}

export interface OwnerRouteDeps {
  readonly context: DepositContext;
  readonly chains: ReadonlyMap<number, WatchedChain>;
  readonly claims: Claims;
}

function claimRoute(server: FastifyInstance, { claims }: OwnerRouteDeps): void {
  server.post<{ Body: { claim_id: string; chain_id: number; tx_hash: string } }>(
    '/v1/me/deposit-claims',
    { config: { access }, schema: { body: NewClaimSchema, response: { 200: ClaimSchema } } },
    async (request, reply) => {
      const { claim_id: id, chain_id: chainId, tx_hash: hash } = request.body;
      const answer = await claims.submit({ claimant: ownerOf(request), id, chainId, txHash: hash.toLowerCase() as Hex });
      return answer.ok ? showClaim(answer.value) : sendProblem(reply, STATUS[answer.refusal.code], answer.refusal);
    },
  );
}

/** GET /v1/me/deposit-addresses, GET /v1/me/deposits, POST /v1/me/deposit-claims. */
export function depositOwnerRoutes(deps: OwnerRouteDeps): RoutePlugin {
  const { context, chains } = deps;
  const Addresses = Type.Array(Type.Object({ chain_id: Type.Integer(), chain_name: Type.String(), address: Type.String() }));
  return (server) => {
    server.get('/v1/me/deposit-addresses', { config: { access }, schema: { response: { 200: Addresses } } }, async (request) => {
      const addresses = [];
      for (const { chain, name } of chains.values()) {
        const address = await context.addresses.addressOf(ownerOf(request), chain.chainId);
        addresses.push({ chain_id: chain.chainId, chain_name: name, address: shownAddress(address) });
      }
      return addresses;
    });
    const Deposits = Type.Object({ deposits: Type.Array(DepositSchema) });
    server.get('/v1/me/deposits', { config: { access }, schema: { response: { 200: Deposits } } }, async (request) => {
      const found = await selectMovements(
        context.sql,
        'account_id = $1 order by observed_at desc, block_number desc, id desc limit $2',
        [ownerOf(request), LISTED_MAX],
      );
      return { deposits: found.map((each) => showDeposit(each, chains)) };
    });
    claimRoute(server, deps);
  };
}
