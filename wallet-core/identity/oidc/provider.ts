import type { IncomingMessage, ServerResponse } from 'node:http';
import OidcProvider, {
  type AccessToken,
  type ClientCredentials,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { AccountId, DeviceId } from '../../../core/index.ts';
import { findAccount } from '../accounts.ts';
import { clientInfo, eventClient, type IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { renderPage } from '../pages/layout.ts';
import { localeOf, TEXTS } from '../pages/texts.ts';
import { recordRejection } from '../resource/rejections.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { createAdapterFactory } from './adapter.ts';

export const WALLET_CLIENT_ID = 'bulwark-wallet';
export const WALLET_SCOPE = 'wallet';
export const OIDC_SCOPE = 'openid offline_access';

/** The JWS algorithm of the first signing key. */
export function signingAlg(context: IdentityContext): 'ES256' | 'EdDSA' {
  const [key] = context.keys.jwks.reveal().keys;
  if (key?.kty === 'EC' && key.crv === 'P-256') return 'ES256';
  if (key?.kty === 'OKP' && key.crv === 'Ed25519') return 'EdDSA';
  throw new TypeError('access tokens are signed with a P-256 or an Ed25519 key');
}

/** Every authorization is a login of its own, judged by the engine: a browser's cookie alone never yields tokens to a new key. */
function loginEachTime(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check(
        'fresh_login',
        'each authorization is a login',
        (request) => request.oidc.result?.login === undefined,
      ),
    );
  return policy;
}

/**
 * Runs inside each issue of an access token. Binds the device to the account at the first one, refuses a removed device, and
 * writes who, when, where into the stream and the audit log. A session that a concurrent reuse has just ended gets a token that
 * is dead on arrival (the API looks the session up), so that of many concurrent uses exactly one is answered.
 */
function tokenIssuer(context: IdentityContext, sessions: Sessions) {
  return async (request: KoaContextWithOIDC, token: AccessToken | ClientCredentials): Promise<{ sid: string } | undefined> => {
    if (!('grantId' in token) || token.grantId === undefined) return undefined;
    const session = await sessions.byGrant(context.sql, token.grantId);
    const deviceId = token.jkt as DeviceId | undefined;
    if (session === null || deviceId === undefined) throw new errors.InvalidGrant('the grant has no session or no key');
    if (session.revokedAt !== null) return { sid: session.sessionId };
    const { ip, userAgent } = context.clientOf(request.req);
    const client = clientInfo({ ip, userAgent }, deviceId, session.sessionId);
    const refresh = request.oidc.params?.['grant_type'] === 'refresh_token';
    const { accountId } = session;
    const bound = await context.sql.transaction(async (transaction) => {
      await transaction.query('update identity.session set device_id = $2, last_seen_at = $3 where session_id = $1', [
        session.sessionId,
        deviceId,
        context.now(),
      ]);
      const binding = await context.devices.bind(transaction, { accountId, deviceId, client });
      if (!binding.ok) {
        await sessions.revokeGrant(transaction, {
          grantId: session.grantId,
          actor: 'system',
          reason: binding.refusal.code,
        });
        return binding;
      }
      if (refresh) {
        await context.outbox.append(transaction, {
          type: 'wallet.session.refreshed',
          subject: accountId,
          data: { session_id: session.sessionId, grant_id: session.grantId, client: eventClient(client) },
        });
      }
      await context.audit.append(transaction, {
        kind: refresh ? 'token_refreshed' : 'token_issued',
        actor: `owner:${accountId}`,
        subject: accountId,
        details: { session_id: session.sessionId, device_id: deviceId, ip_hash: context.keyedHash('ip', ip) },
      });
      return binding;
    });
    if (!bound.ok) throw new errors.CustomOIDCProviderError(bound.refusal.code, bound.refusal.message);
    return { sid: session.sessionId };
  };
}

function features(context: IdentityContext): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
    revocation: {
      enabled: true,
      allowedPolicy: (_request, client, token) => token.clientId === client.clientId,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => context.origin,
      useGrantedResource: () => true,
      getResourceServerInfo: (_request, resource) => {
        if (resource !== context.origin) throw new errors.InvalidTarget();
        return {
          scope: WALLET_SCOPE,
          audience: context.origin,
          accessTokenFormat: 'jwt',
          accessTokenTTL: IDENTITY_LIMITS.accessTokenSeconds,
          jwt: { sign: { alg: signingAlg(context) } },
        };
      },
    },
  };
}

function configuration(context: IdentityContext, sessions: Sessions): Configuration {
  const cookie = { httpOnly: true, sameSite: 'lax', secure: context.secure, signed: true } as const;
  return {
    adapter: createAdapterFactory(context, sessions),
    clients: [
      {
        client_id: WALLET_CLIENT_ID,
        client_name: 'Bulwark Wallet',
        application_type: 'web',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${context.origin}/wallet/callback`, ...(context.extraRedirectUris ?? [])],
        dpop_bound_access_tokens: true,
        id_token_signed_response_alg: signingAlg(context),
      },
    ],
    jwks: { keys: [...context.keys.jwks.reveal().keys] },
    cookies: {
      keys: context.keys.cookieSecrets.map((secret) => secret.reveal()),
      names: { session: 'bulwark_oidc', interaction: 'bulwark_interaction', resume: 'bulwark_resume' },
      long: cookie,
      short: cookie,
    },
    features: features(context),
    scopes: ['openid', 'offline_access'],
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_request, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    clientBasedCORS: (_request, origin, client) => (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    interactions: { policy: loginEachTime(), url: (_request, interaction) => `/interaction/${interaction.uid}` },
    findAccount: async (_request, accountId) => {
      const account = await findAccount(context.sql, accountId);
      return account === null ? undefined : { accountId: account.accountId, claims: () => ({ sub: account.accountId }) };
    },
    extraTokenClaims: tokenIssuer(context, sessions),
    renderError: (request, out) => {
      const locale = localeOf(request.get('accept-language'), null);
      const text = TEXTS[locale];
      const page = renderPage({ locale, title: text.errorTitle, problem: out.error_description ?? out.error, body: '' });
      request.type = 'html';
      request.set('content-security-policy', page.policy);
      request.body = page.html;
    },
    ttl: {
      AccessToken: IDENTITY_LIMITS.accessTokenSeconds,
      AuthorizationCode: IDENTITY_LIMITS.authorizationCodeSeconds,
      RefreshToken: IDENTITY_LIMITS.refreshTokenSeconds,
      Grant: 365 * 24 * 3_600,
      IdToken: IDENTITY_LIMITS.accessTokenSeconds,
      Interaction: IDENTITY_LIMITS.interactionSeconds,
      Session: IDENTITY_LIMITS.interactionSeconds,
    },
  };
}

export interface OidcServer {
  readonly provider: OidcProvider;
  /** Path of the issuer: `/oidc`. */
  readonly mountPath: string;
  /** Answers a request whose URL still begins with `mountPath`. */
  callback(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Makes the grant of a finished login and gives its id. */
  grantFor(accountId: AccountId, clientId: string): Promise<string>;
}

/** oidc-provider over PostgreSQL: OAuth 2.1 code flow with PKCE, DPoP-bound JWTs, rotating refresh tokens. Its clock is the system's. */
export function createOidcServer(context: IdentityContext, sessions: Sessions): OidcServer {
  const issuer = new URL(context.issuerUrl);
  const mountPath = issuer.pathname.replace(/\/$/, '');
  const provider = new OidcProvider(context.issuerUrl, configuration(context, sessions));
  provider.proxy = true;
  provider.on('server_error', (_request, error) => context.onError?.(error));
  provider.use(async (request: KoaContextWithOIDC, next) => {
    await next();
    const body = request.body as { error?: string } | undefined;
    if (request.oidc?.route !== 'token' || body?.error !== 'invalid_dpop_proof') return;
    const client = eventClient(context.clientOf(request.req));
    await recordRejection(context, {
      reason: 'bad_signature',
      door: 'oidc.token',
      detail: 'dpop_proof',
      client,
      accountId: null,
    });
  });
  const answer = provider.callback();
  return {
    provider,
    mountPath,
    async callback(request, response) {
      // oidc-provider compares a proof's htu with the URL it derives from these headers: they are ours to say, never the sender's.
      request.headers.host = issuer.host;
      request.headers['x-forwarded-host'] = issuer.host;
      request.headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1);
      const url = request.url ?? '/';
      Object.assign(request, { originalUrl: url, url: url.slice(mountPath.length) || '/' });
      await answer(request, response);
    },
    async grantFor(accountId, clientId) {
      const grant = new provider.Grant({ accountId, clientId });
      grant.addOIDCScope(OIDC_SCOPE);
      grant.addResourceScope(context.origin, WALLET_SCOPE);
      return grant.save();
    },
  };
}
