import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { type AccountId, LIMITS, MINOR_PATTERN, type Refusal } from '../../core/index.ts';
import { type RoutePlugin, sendProblem } from '../../platform/http/index.ts';
import type { WithdrawalDeps } from './deps.ts';
import { cancelWithdrawal, holdWithoutVerdict } from './end-withdrawal.ts';
import { transferInside } from './internal-transfer.ts';
import { requestWithdrawal } from './request-withdrawal.ts';
import { proveStepUp } from './step-up.ts';
import { toView, WithdrawalSchema } from './view.ts';
import { type ClientData, readWithdrawal, selectWithdrawals, type Withdrawal } from './withdrawal-rows.ts';

/** The newest withdrawals on one page: what a person scrolls through. */
const LIST_MAX = 100;

const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' });
const Amount = Type.String({ pattern: MINOR_PATTERN, description: 'minor units' });
const Asset = Type.String({ minLength: 3, maxLength: 120, description: 'CAIP-19' });
const RequestBody = Type.Object(
  {
    withdrawal_id: Uuid,
    asset: Asset,
    amount: Amount,
    payee: Type.String({ pattern: '^0x[0-9a-fA-F]{40}$', description: 'EIP-55' }),
    fee_cap: Type.Optional(Type.String({ pattern: MINOR_PATTERN, description: 'wei' })),
  },
  { additionalProperties: false },
);
const TransferBody = Type.Object(
  { transfer_id: Uuid, asset: Asset, amount: Amount, to_account: Type.String({ minLength: 1, maxLength: 128 }) },
  { additionalProperties: false },
);
const CodeBody = Type.Object({ code: Type.String({ pattern: '^[0-9]{6,8}$' }) }, { additionalProperties: false });
const IdParams = Type.Object({ id: Uuid });
const Answer = Type.Object({ withdrawal: WithdrawalSchema });
const access = { kind: 'owner' } as const;

/** Refusals by HTTP status; what is missing here is the request's fault: 422. */
const STATUS: Readonly<Record<string, number>> = {
  id_malformed: 400,
  amount_malformed: 400,
  amount_too_large: 400,
  withdrawal_unknown: 404,
  exists_with_different_body: 409,
  withdrawal_under_way: 409,
  withdrawal_over: 409,
  step_up_not_asked: 409,
  step_up_used_up: 409,
  step_up_expired: 409,
  account_restricted: 403,
  totp_not_enrolled: 403,
  totp_wrong: 403,
  totp_reused: 403,
  totp_too_new: 403,
  throttled: 429,
  too_many_withdrawals: 429,
  too_many_transfers: 429,
  transfer_limit_reached: 429,
};

export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return sendProblem(reply, STATUS[refusal.code] ?? 422, refusal);
}

function clientOf(request: FastifyRequest): ClientData {
  const { ip, userAgent, deviceId, sessionId } = request.client;
  return { ip, user_agent: userAgent, device_id: deviceId, session_id: sessionId };
}

function ownerOf(request: FastifyRequest): { accountId: AccountId; client: ClientData } {
  if (request.principal?.kind !== 'owner') throw new Error('an owner route ran without an owner');
  return { accountId: request.principal.accountId, client: clientOf(request) };
}

/** Somebody uses an id again for something else (attack T23): refused, and the engine hears of it. */
async function reportReuse(deps: WithdrawalDeps, request: FastifyRequest, door: string): Promise<void> {
  const { accountId, client } = ownerOf(request);
  const data = { reason: 'replayed', door, detail: 'exists_with_different_body', client } as const;
  await deps.sql.transaction((tx) => deps.outbox.append(tx, { type: 'wallet.request.rejected', subject: accountId, data }));
}

/** Waits for the verdict as long as a person does, then says where the withdrawal stands. */
async function settled(deps: WithdrawalDeps, withdrawal: Withdrawal): Promise<Withdrawal> {
  const verdict = await deps.verdicts.awaitVerdict(withdrawal.eventId, LIMITS.withdrawalVerdictWaitMs);
  const now = verdict === null ? await holdWithoutVerdict(deps, withdrawal.id) : await readWithdrawal(deps.sql, withdrawal.id);
  if (now === null) throw new Error('a withdrawal that was just written is not there');
  return now;
}

function requestRoute(server: FastifyInstance, deps: WithdrawalDeps, wake: () => void): void {
  server.post<{ Body: Static<typeof RequestBody> }>(
    '/v1/me/withdrawals',
    { config: { access }, schema: { body: RequestBody, response: { 200: Answer, 201: Answer } } },
    async (request, reply) => {
      const by = ownerOf(request);
      const requested = await deps.sql.transaction((tx) => requestWithdrawal(deps, tx, by, request.body));
      if (!requested.ok) {
        if (requested.refusal.code === 'exists_with_different_body') await reportReuse(deps, request, 'api.withdrawals');
        return sendRefusal(reply, requested.refusal);
      }
      const { created, withdrawal } = requested.value;
      const now = created ? await settled(deps, withdrawal) : withdrawal;
      if (now.state === 'approved') wake();
      return reply.code(created ? 201 : 200).send({ withdrawal: toView(now, await deps.ledger.assets(deps.sql)) });
    },
  );
}

function readRoutes(server: FastifyInstance, deps: WithdrawalDeps): void {
  const List = Type.Object({ withdrawals: Type.Array(WithdrawalSchema) });
  server.get('/v1/me/withdrawals', { config: { access }, schema: { response: { 200: List } } }, async (request) => {
    const { accountId } = ownerOf(request);
    const found = await selectWithdrawals(deps.sql, 'where account_id = $1 order by requested_at desc, id desc limit $2', [
      accountId,
      LIST_MAX,
    ]);
    const assets = await deps.ledger.assets(deps.sql);
    return { withdrawals: found.map((each) => toView(each, assets)) };
  });
  server.get<{ Params: Static<typeof IdParams> }>(
    '/v1/me/withdrawals/:id',
    { config: { access }, schema: { params: IdParams, response: { 200: Answer } } },
    async (request, reply) => {
      const withdrawal = await readWithdrawal(deps.sql, request.params.id);
      // Another's withdrawal and none look the same from outside.
      if (withdrawal === null || withdrawal.accountId !== ownerOf(request).accountId) {
        return sendRefusal(reply, { code: 'withdrawal_unknown', message: 'there is no such withdrawal' });
      }
      return { withdrawal: toView(withdrawal, await deps.ledger.assets(deps.sql)) };
    },
  );
}

function changeRoutes(server: FastifyInstance, deps: WithdrawalDeps, wake: () => void): void {
  server.post<{ Params: Static<typeof IdParams>; Body: Static<typeof CodeBody> }>(
    '/v1/me/withdrawals/:id/step-up',
    { config: { access }, schema: { params: IdParams, body: CodeBody, response: { 200: Answer } } },
    async (request, reply) => {
      const proven = await proveStepUp(deps, ownerOf(request), request.params.id, request.body.code);
      if (!proven.ok) return sendRefusal(reply, proven.refusal);
      wake();
      return { withdrawal: toView(proven.value, await deps.ledger.assets(deps.sql)) };
    },
  );
  server.post<{ Params: Static<typeof IdParams> }>(
    '/v1/me/withdrawals/:id/cancel',
    { config: { access }, schema: { params: IdParams, response: { 200: Answer } } },
    async (request, reply) => {
      const cancelled = await cancelWithdrawal(deps, request.params.id, ownerOf(request).accountId);
      if (!cancelled.ok) return sendRefusal(reply, cancelled.refusal);
      return { withdrawal: toView(cancelled.value, await deps.ledger.assets(deps.sql)) };
    },
  );
  server.post<{ Body: Static<typeof TransferBody> }>(
    '/v1/me/transfers',
    { config: { access }, schema: { body: TransferBody } },
    async (request, reply) => {
      const moved = await deps.sql.transaction((tx) => transferInside(deps, tx, ownerOf(request), request.body));
      if (!moved.ok) {
        if (moved.refusal.code === 'exists_with_different_body') await reportReuse(deps, request, 'api.transfers');
        return sendRefusal(reply, moved.refusal);
      }
      return reply.code(moved.value.created ? 201 : 200).send({ transfer: { ...request.body, state: 'posted' } });
    },
  );
}

/** The owner's routes. `wake` tells the worker that something may go. */
export function ownerRoutes(deps: WithdrawalDeps, wake: () => void): RoutePlugin {
  return (server) => {
    requestRoute(server, deps, wake);
    readRoutes(server, deps);
    changeRoutes(server, deps, wake);
  };
}
