import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors } from 'oidc-provider';
import { type Static, Type } from 'typebox';
import type { AccountId } from '../../../core/index.ts';
import type { RouteAccess, RoutePlugin } from '../../../platform/http/index.ts';
import { clientInfo, type IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { type OidcServer, WALLET_CLIENT_ID } from '../oidc/provider.ts';
import { issueCsrf, passesCsrf } from '../pages/csrf.ts';
import { type Page, renderForm, renderPage } from '../pages/layout.ts';
import { requestLocale, sendPage, sendRefusal, wantsJson } from '../pages/respond.ts';
import { TEXTS } from '../pages/texts.ts';
import type { Assurance, Sessions } from '../sessions/sessions.ts';
import { readKnownBrowser, rememberBrowser } from './known-browser.ts';
import type { Login, LoginClient, LoginOutcome } from './login.ts';

const access: RouteAccess = { kind: 'public', why: 'this is the login; it needs the signed cookie of its authorization request' };
const Uid = Type.Object({ uid: Type.String({ pattern: '^[\\w-]{1,64}$' }) });
const Csrf = Type.Optional(Type.String({ maxLength: 100 }));
const PasswordBody = Type.Object({
  email: Type.String({ maxLength: 254 }),
  password: Type.String({ maxLength: 512 }),
  csrf: Csrf,
});
const CodeBody = Type.Object({ code: Type.String({ maxLength: 16 }), csrf: Csrf });

type Step = 'password' | 'totp' | 'email_code' | 'over';

const REFUSALS = {
  wrong: { status: 401, code: 'login_failed', message: 'e-mail, password or code is not right' },
  throttled: { status: 429, code: 'throttled', message: 'too many tries; wait a minute' },
  expired: { status: 410, code: 'login_expired', message: 'this login is over; begin again' },
  refused: { status: 403, code: 'login_refused', message: 'this sign-in was not let through, to protect the account' },
  csrf: { status: 403, code: 'csrf', message: 'the form came from another site or without its token' },
} as const;

/** AMR values of RFC 8176. */
const AMR: Readonly<Record<Assurance, string[]>> = {
  password: ['pwd'],
  password_email_code: ['pwd', 'mca'],
  password_totp: ['pwd', 'otp', 'mfa'],
};

export interface LoginRoutesDeps {
  readonly context: IdentityContext;
  readonly login: Login;
  readonly oidc: OidcServer;
  readonly sessions: Sessions;
}

type InteractionDetails = Awaited<ReturnType<OidcServer['provider']['interactionDetails']>>;

function renderStep(context: IdentityContext, request: FastifyRequest, reply: FastifyReply, step: Step, problem?: string): Page {
  const locale = requestLocale(request);
  const text = TEXTS[locale];
  const { uid } = request.params as { uid: string };
  const redirectOrigins = (context.extraRedirectUris ?? []).map((uri) => new URL(uri).origin);
  if (step === 'over') return renderPage({ locale, title: text.errorTitle, problem, body: '' });
  const hidden = { csrf: issueCsrf(context, request, reply) };
  if (step === 'password') {
    const form = renderForm({
      action: `/interaction/${uid}/password?lang=${locale}`,
      hidden,
      fields: [
        { name: 'email', label: text.email, type: 'email', autocomplete: 'username' },
        { name: 'password', label: text.password, type: 'password', autocomplete: 'current-password' },
      ],
      submit: text.signIn,
    });
    const foot = `<p class="foot">${text.noAccount} <a href="/sign-up?lang=${locale}">${text.create}</a></p>`;
    return renderPage({ locale, title: text.signInTitle, problem, body: form + foot, redirectOrigins });
  }
  const form = renderForm({
    action: `/interaction/${uid}/code?lang=${locale}`,
    hidden,
    fields: [{ name: 'code', label: text.code, type: 'code', autocomplete: 'one-time-code' }],
    submit: text.signIn,
  });
  const [title, lead] = step === 'totp' ? [text.totpTitle, text.totpLead] : [text.emailCodeTitle, text.emailCodeLead];
  return renderPage({ locale, title, lead, problem, body: form, redirectOrigins });
}

/** The interaction that the signed cookie names; null when there is none, or another than the URL says. */
async function detailsOf(oidc: OidcServer, request: FastifyRequest, reply: FastifyReply): Promise<InteractionDetails | null> {
  try {
    const details = await oidc.provider.interactionDetails(request.raw, reply.raw);
    return details.uid === (request.params as { uid: string }).uid ? details : null;
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return null;
    throw error;
  }
}

/** The login is proven: makes the grant and its session, and gives the URL that goes on with the authorization. */
async function finish(
  deps: LoginRoutesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  details: InteractionDetails,
  passed: { readonly accountId: AccountId; readonly assurance: Assurance },
): Promise<string> {
  const { context, oidc, sessions } = deps;
  const { accountId, assurance } = passed;
  if (details.session !== undefined) {
    // A fresh browser session for each login (ASVS 7.2.4): what was fixed in the old one is gone, another account's login too.
    const { uid } = details.session;
    await context.sql.query(`delete from identity.oidc_payload where model = 'Session' and uid = $1`, [uid]);
    delete details.session;
    await details.persist();
  }
  const grantId = await oidc.grantFor(accountId, WALLET_CLIENT_ID);
  const client = clientInfo(context.clientOf(request.raw));
  await context.sql.transaction((transaction) => sessions.open(transaction, { accountId, grantId, client, assurance }));
  rememberBrowser(context, reply, accountId);
  return oidc.provider.interactionResult(
    request.raw,
    reply.raw,
    { login: { accountId, remember: false, amr: AMR[assurance] }, consent: { grantId } },
    { mergeWithLastSubmission: false },
  );
}

function answerWith(deps: LoginRoutesDeps) {
  const { context } = deps;
  const refusalOf = async (outcome: LoginOutcome): Promise<Record<string, unknown>> => {
    if (outcome.kind !== 'refused') return {};
    const state = await context.restrictions.stateOf(context.sql, outcome.accountId);
    return { state: { frozen: state.frozen, outgoing_blocked: state.outgoingBlocked } };
  };
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    details: InteractionDetails,
    step: Step,
    outcome: LoginOutcome,
  ): Promise<FastifyReply> => {
    reply.header('cache-control', 'no-store');
    if (outcome.kind === 'passed') {
      const location = await finish(deps, request, reply, details, outcome);
      return wantsJson(request) ? reply.send({ step: 'done', location }) : reply.redirect(location, 303);
    }
    if (outcome.kind === 'second_step') {
      return wantsJson(request)
        ? reply.send({ step: outcome.method })
        : sendPage(reply, 200, renderStep(context, request, reply, outcome.method));
    }
    const text = TEXTS[requestLocale(request)];
    const { status, ...refusal } = REFUSALS[outcome.kind];
    const extensions = await refusalOf(outcome);
    const problem = outcome.kind === 'refused' && 'state' in extensions ? text.refused : text[outcome.kind];
    const next = outcome.kind === 'refused' || outcome.kind === 'expired' ? 'over' : step;
    return sendRefusal(request, reply, status, refusal, () => renderStep(context, request, reply, next, problem), extensions);
  };
}

/** The login pages and their JSON: `GET /interaction/:uid`, `POST /interaction/:uid/password`, `POST /interaction/:uid/code`. */
export function loginRoutes(deps: LoginRoutesDeps): RoutePlugin {
  const { context, login, oidc } = deps;
  const answer = answerWith(deps);
  const clientOf = (request: FastifyRequest, details: InteractionDetails): LoginClient => {
    const jkt = details.params['dpop_jkt'];
    return { ...context.clientOf(request.raw), deviceId: typeof jkt === 'string' && /^[\w-]{43}$/.test(jkt) ? jkt : null };
  };
  const over = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, ...refusal } = REFUSALS.expired;
    const text = TEXTS[requestLocale(request)];
    return sendRefusal(request, reply, status, refusal, () => renderStep(context, request, reply, 'over', text.expired));
  };
  const forged = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, ...refusal } = REFUSALS.csrf;
    const text = TEXTS[requestLocale(request)];
    return sendRefusal(request, reply, status, refusal, () => renderStep(context, request, reply, 'over', text.csrf));
  };
  const bodyLimit = IDENTITY_LIMITS.formBytesMax;
  return (server: FastifyInstance) => {
    server.get('/interaction/:uid', { config: { access }, schema: { params: Uid } }, async (request, reply) => {
      const details = await detailsOf(oidc, request, reply);
      if (details === null) return over(request, reply);
      const step = await login.stepOf(details.uid);
      if (wantsJson(request)) return reply.header('cache-control', 'no-store').send({ step });
      return sendPage(reply, 200, renderStep(context, request, reply, step));
    });
    server.post<{ Body: Static<typeof PasswordBody> }>(
      '/interaction/:uid/password',
      { config: { access }, schema: { params: Uid, body: PasswordBody }, bodyLimit },
      async (request, reply) => {
        if (!(await passesCsrf(context, request, 'login'))) return forged(request, reply);
        const details = await detailsOf(oidc, request, reply);
        if (details === null) return over(request, reply);
        const { email, password } = request.body;
        const known = readKnownBrowser(context, request);
        const outcome = await login.password(details.uid, { email, password, client: clientOf(request, details), known });
        return answer(request, reply, details, 'password', outcome);
      },
    );
    server.post<{ Body: Static<typeof CodeBody> }>(
      '/interaction/:uid/code',
      { config: { access }, schema: { params: Uid, body: CodeBody }, bodyLimit },
      async (request, reply) => {
        if (!(await passesCsrf(context, request, 'login'))) return forged(request, reply);
        const details = await detailsOf(oidc, request, reply);
        if (details === null) return over(request, reply);
        const step = await login.stepOf(details.uid);
        const outcome = await login.code(details.uid, request.body.code.trim(), clientOf(request, details));
        return answer(request, reply, details, step === 'password' ? 'over' : step, outcome);
      },
    );
  };
}
