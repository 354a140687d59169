import { Type } from 'typebox';
import type { StaffRole } from '../../core/index.ts';
import { type RouteAccess, type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import type { DepositContext, WatchedChain } from './context.ts';
import { selectMovements } from './movement-rows.ts';
import { DepositSchema, showDeposit } from './shown-deposit.ts';

const LISTED_MAX = 200;
const MAY_LOOK: readonly StaffRole[] = ['viewer', 'analyst', 'approver', 'treasury', 'auditor', 'admin'];
const access: RouteAccess = { kind: 'staff', anyOf: MAY_LOOK };

const Query = Type.Object({
  state: Type.Optional(Type.Enum(['observed', 'credited', 'held', 'rejected', 'orphaned', 'reversed'])),
  account_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  tx_hash: Type.Optional(Type.String({ pattern: '^0x[0-9a-fA-F]{64}$' })),
  /** Text, since nothing in a query string is coerced; at most 200. */
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|1[0-9]{2}|200)$' })),
});

const StaffDeposit = Type.Object({ ...DepositSchema.properties, account_id: Type.String() });
const EvidenceSchema = Type.Object({
  deposit_id: Type.String(),
  incarnation: Type.Integer(),
  hash: Type.String({ description: 'SHA-256 of body; the same hash stands in the audit log' }),
  body: Type.String({ description: 'RFC 8785 JSON' }),
  at: Type.String(),
});

/** GET /v1/staff/deposits, GET /v1/staff/deposits/:id/evidence (newest first; one for each time the chain brought it). */
export function depositStaffRoutes(context: DepositContext, chains: ReadonlyMap<number, WatchedChain>): RoutePlugin {
  return (server) => {
    server.get<{ Querystring: { state?: string; account_id?: string; tx_hash?: string; limit?: string } }>(
      '/v1/staff/deposits',
      {
        config: { access },
        schema: { querystring: Query, response: { 200: Type.Object({ deposits: Type.Array(StaffDeposit) }) } },
      },
      async (request) => {
        const { state, account_id: accountId, tx_hash: txHash, limit } = request.query;
        const found = await selectMovements(
          context.sql,
          `($1::text is null or state = $1) and ($2::text is null or account_id = $2) and ($3::text is null or tx_hash = $3)
           order by observed_at desc, id desc limit $4`,
          [state ?? null, accountId ?? null, txHash?.toLowerCase() ?? null, Number(limit ?? LISTED_MAX)],
        );
        return { deposits: found.map((each) => ({ ...showDeposit(each, chains), account_id: each.accountId })) };
      },
    );
    server.get<{ Params: { id: string } }>(
      '/v1/staff/deposits/:id/evidence',
      {
        config: { access },
        schema: {
          params: Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$' }) }),
          response: { 200: Type.Object({ evidence: Type.Array(EvidenceSchema) }) },
        },
      },
      async (request, reply) => {
        const rows = await context.sql.query<{ incarnation: number; hash: string; body: string; at: Date }>(
          'select incarnation, hash, body, at from deposits.evidence where deposit_id::text = $1 order by incarnation desc',
          [request.params.id],
        );
        if (rows.length === 0)
          return sendProblem(reply, 404, { code: 'evidence_unknown', message: 'no deposit of this id was decided' });
        return { evidence: rows.map((row) => ({ ...row, deposit_id: request.params.id, at: row.at.toISOString() })) };
      },
    );
  };
}
