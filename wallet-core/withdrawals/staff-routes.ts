import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { RoutePlugin } from '../../platform/http/index.ts';
import type { WithdrawalDeps } from './deps.ts';
import { denyWithdrawal } from './end-withdrawal.ts';
import { sendRefusal } from './owner-routes.ts';
import { WITHDRAWAL_STATES } from './states.ts';
import { StaffWithdrawalSchema, toStaffView } from './view.ts';
import { selectWithdrawals } from './withdrawal-rows.ts';

/** One page of a queue that people work through. */
const LIST_MAX = 200;

const ListQuery = Type.Object({ state: Type.Optional(Type.Enum([...WITHDRAWAL_STATES])) }, { additionalProperties: false });
const IdParams = Type.Object({ id: Type.String({ pattern: '^[0-9a-f-]{36}$' }) });
const DenyBody = Type.Object({ reason: Type.String({ minLength: 3, maxLength: 500 }) }, { additionalProperties: false });

/** Staff look at withdrawals and refuse them. */
export function staffRoutes(deps: WithdrawalDeps): RoutePlugin {
  return (server) => {
    server.get<{ Querystring: Static<typeof ListQuery> }>(
      '/v1/staff/withdrawals',
      {
        config: { access: { kind: 'staff', anyOf: ['viewer', 'analyst', 'approver', 'treasury', 'auditor', 'admin'] } },
        schema: { querystring: ListQuery, response: { 200: Type.Object({ withdrawals: Type.Array(StaffWithdrawalSchema) }) } },
      },
      async (request) => {
        const found = await selectWithdrawals(
          deps.sql,
          'where $1::text is null or state = $1 order by requested_at desc, id desc limit $2',
          [request.query.state ?? null, LIST_MAX],
        );
        const assets = await deps.ledger.assets(deps.sql);
        return { withdrawals: found.map((each) => toStaffView(each, assets)) };
      },
    );
    server.post<{ Params: Static<typeof IdParams>; Body: Static<typeof DenyBody> }>(
      '/v1/staff/withdrawals/:id/deny',
      {
        config: { access: { kind: 'staff', anyOf: ['analyst', 'approver', 'admin'] } },
        schema: { params: IdParams, body: DenyBody, response: { 200: Type.Object({ withdrawal: StaffWithdrawalSchema }) } },
      },
      async (request, reply) => {
        if (request.principal?.kind !== 'staff') throw new Error('a staff route ran without staff');
        const by = { staffId: request.principal.staffId, reason: request.body.reason };
        const denied = await denyWithdrawal(deps, request.params.id, by);
        if (!denied.ok) return sendRefusal(reply, denied.refusal);
        return { withdrawal: toStaffView(denied.value, await deps.ledger.assets(deps.sql)) };
      },
    );
  };
}
