import { createHash } from 'node:crypto';
import OidcProvider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { clientInfo, eventClient, type IdentityContext } from '../context.ts';
import { recordRejection } from '../resource/rejections.ts';
import type { Reuse, Sessions } from '../sessions/sessions.ts';

/**
 * The authorization server keeps a proof's jti for one window after now, but a proof dated into the future stays good for two
 * windows: three keep every jti longer than its proof can live, whatever the clocks (RFC 9449 §11.1).
 */
const REPLAY_WINDOWS = 3;

const hashId = (id: string): string => createHash('sha256').update(id).digest('base64url');

/** The request that oidc-provider is answering, as far as the adapter must know it. */
function currentRequest(context: IdentityContext): { route: string; reuse: Reuse } | null {
  const request = OidcProvider.ctx;
  if (request === undefined) return null;
  const { ip, userAgent } = context.clientOf(request.req);
  const refresh = request.oidc.params?.['grant_type'] === 'refresh_token';
  return {
    route: request.oidc.route,
    reuse: { token: refresh ? 'refresh_token' : 'authorization_code', client: clientInfo({ ip, userAgent }) },
  };
}

interface PayloadRow extends Record<string, unknown> {
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly consumed_at: Date | null;
}

/** Ids are kept hashed and given back as they were asked for: a copy of the table holds no usable token. */
function toPayload(row: PayloadRow | undefined, id?: string): AdapterPayload | undefined {
  if (row === undefined) return undefined;
  return {
    ...row.payload,
    jti: id ?? row.id,
    ...(row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at.getTime() / 1_000) }),
  };
}

/** On the token route only a token that came twice ends a grant; elsewhere its owner asked for it. */
function grantEnder(context: IdentityContext, sessions: Sessions) {
  return async (grantId: string): Promise<void> => {
    const request = currentRequest(context);
    const reused = request?.route === 'token';
    await context.sql.transaction((transaction) =>
      sessions.revokeGrant(transaction, {
        grantId,
        actor: reused ? 'system' : 'owner',
        reason: reused ? 'token_reused' : 'signed_out',
        ...(reused ? { reuse: request.reuse } : {}),
      }),
    );
  };
}

function proofClaimer(context: IdentityContext) {
  return async (id: string, payload: AdapterPayload, expiresAt: Date | null): Promise<void> => {
    const claimed = await context.sql.query(
      `insert into identity.oidc_payload (model, id, payload, expires_at) values ('ReplayDetection', $1, $2, $3)
       on conflict do nothing returning id`,
      [hashId(id), JSON.stringify(payload), expiresAt],
    );
    if (claimed.length > 0) return;
    const request = currentRequest(context);
    const client = eventClient(request?.reuse.client ?? { ip: 'unknown', userAgent: '' });
    await recordRejection(context, { reason: 'replayed', door: 'oidc.token', detail: 'dpop_proof', client, accountId: null });
    throw new errors.InvalidGrant('DPoP proof JWT Replay detected');
  };
}

function consumer(context: IdentityContext, endGrant: (grantId: string) => Promise<void>) {
  return async (model: string, id: string): Promise<void> => {
    const won = await context.sql.query(
      `update identity.oidc_payload set consumed_at = $3 where model = $1 and id = $2 and consumed_at is null returning id`,
      [model, hashId(id), context.now()],
    );
    if (won.length > 0) return;
    const [row] = await context.sql.query<{ grant_id: string | null }>(
      'select grant_id from identity.oidc_payload where model = $1 and id = $2',
      [model, hashId(id)],
    );
    // A row that is gone was deleted with its grant by a loser that came before.
    if (row?.grant_id != null) await endGrant(row.grant_id);
    throw new errors.InvalidGrant(`${model === 'RefreshToken' ? 'refresh token' : 'authorization code'} already used`);
  };
}

/**
 * Storage of the authorization server in PostgreSQL. What must happen once is one atomic statement here, because oidc-provider
 * itself reads first and writes later: `consume` has one winner, every loser ends the whole grant (RFC 9700 §4.14.2), and a
 * DPoP proof is claimed by a unique insert.
 */
export function createAdapterFactory(context: IdentityContext, sessions: Sessions): (model: string) => Adapter {
  const { sql } = context;

  const endGrant = grantEnder(context, sessions);
  const claimProof = proofClaimer(context);
  const consume = consumer(context, endGrant);
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      if (model === 'ReplayDetection') {
        return claimProof(id, payload, expiresIn === undefined ? null : context.after(REPLAY_WINDOWS * expiresIn * 1_000));
      }
      const { jti: _id, ...stored } = payload;
      await sql.query(
        `insert into identity.oidc_payload (model, id, grant_id, uid, payload, expires_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (model, id) do update
           set grant_id = excluded.grant_id, uid = excluded.uid, payload = excluded.payload, expires_at = excluded.expires_at`,
        [
          model,
          hashId(id),
          model === 'Grant' ? id : (payload.grantId ?? null),
          payload.uid ?? null,
          JSON.stringify(stored),
          expiresIn === undefined ? null : context.after(expiresIn * 1_000),
        ],
      );
      return undefined;
    },
    async find(id) {
      // A proof is claimed by its insert: what was read before would only open a gap between the two.
      if (model === 'ReplayDetection') return undefined;
      const [row] = await sql.query<PayloadRow>(
        'select id, payload, consumed_at from identity.oidc_payload where model = $1 and id = $2',
        [model, hashId(id)],
      );
      return toPayload(row, id);
    },
    async findByUid(uid) {
      const [row] = await sql.query<PayloadRow>(
        'select id, payload, consumed_at from identity.oidc_payload where model = $1 and uid = $2',
        [model, uid],
      );
      return toPayload(row);
    },
    async findByUserCode() {
      return undefined;
    },
    consume: (id) => consume(model, id),
    async destroy(id) {
      if (model === 'Grant') return endGrant(id);
      await sql.query('delete from identity.oidc_payload where model = $1 and id = $2', [model, hashId(id)]);
      return undefined;
    },
    async revokeByGrantId(grantId) {
      await endGrant(grantId);
    },
  });
}
