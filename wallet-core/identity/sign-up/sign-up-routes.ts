import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Refusal } from '../../../core/index.ts';
import { type RouteAccess, type RoutePlugin } from '../../../platform/http/index.ts';
import type { IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { issueCsrf, passesCsrf } from '../pages/csrf.ts';
import { type Field, type Page, renderForm, renderPage } from '../pages/layout.ts';
import { requestLocale, sendPage, sendRefusal, wantsJson } from '../pages/respond.ts';
import { type Texts, TEXTS } from '../pages/texts.ts';
import type { SignUp, SignUpStep } from './sign-up.ts';

const access: RouteAccess = { kind: 'public', why: 'nobody has an account before signing up; throttled by address and e-mail' };
const Csrf = Type.Optional(Type.String({ maxLength: 100 }));
const SignupId = Type.String({ pattern: '^[0-9a-f-]{36}$' });
const StartBody = Type.Object({ email: Type.String({ minLength: 3, maxLength: 254 }), csrf: Csrf });
const VerifyBody = Type.Object({ signup_id: SignupId, code: Type.String({ minLength: 1, maxLength: 16 }), csrf: Csrf });
/** 512 UTF-16 units hold 128 characters of any script. */
const PasswordBody = Type.Object({ signup_id: SignupId, password: Type.String({ maxLength: 512 }), csrf: Csrf });
const StepQuery = Type.Object({ signup_id: Type.Optional(SignupId), lang: Type.Optional(Type.String({ maxLength: 8 })) });

const STATUS: Readonly<Record<string, number>> = { throttled: 429, signup_expired: 410, csrf: 403 };

function fieldsOf(step: Exclude<SignUpStep, 'done'> | 'email', text: Texts): readonly Field[] {
  switch (step) {
    case 'email':
      return [{ name: 'email', label: text.email, type: 'email', autocomplete: 'username' }];
    case 'code':
      return [{ name: 'code', label: text.code, type: 'code', autocomplete: 'one-time-code' }];
    case 'password':
      return [
        { name: 'password', label: text.newPassword, type: 'password', autocomplete: 'new-password', hint: text.passwordHint },
      ];
  }
}

const ACTIONS = { email: 'start', code: 'verify', password: 'password' } as const;

function problemText(text: Texts, refusal: Refusal): string {
  const known: Readonly<Record<string, string>> = {
    throttled: text.throttled,
    code_wrong: text.codeWrong,
    email_invalid: text.emailInvalid,
    signup_expired: text.expired,
    csrf: text.csrf,
    password_too_short: text.password_too_short,
    password_too_long: text.password_too_long,
    password_common: text.password_common,
    password_guessable: text.password_guessable,
  };
  return known[refusal.code] ?? refusal.message;
}

function renderStep(
  context: IdentityContext,
  request: FastifyRequest,
  reply: FastifyReply,
  step: SignUpStep | 'email',
  signupId: string | null,
  refusal?: Refusal,
): Page {
  const locale = requestLocale(request);
  const text = TEXTS[locale];
  if (step === 'done') {
    return renderPage({
      locale,
      title: text.doneTitle,
      lead: text.doneLead,
      body: `<a class="button" href="/wallet/">${text.openWallet}</a>`,
    });
  }
  const heading = {
    email: [text.signUpTitle, text.signUpLead],
    code: [text.codeTitle, text.codeLead],
    password: [text.passwordTitle, text.passwordHint],
  }[step];
  const body = renderForm({
    action: `/sign-up/${ACTIONS[step]}?lang=${locale}`,
    hidden: { csrf: issueCsrf(context, request, reply), ...(signupId === null ? {} : { signup_id: signupId }) },
    fields: fieldsOf(step, text),
    submit: text.next,
  });
  const problem = refusal === undefined ? undefined : problemText(text, refusal);
  return renderPage({ locale, title: heading[0] ?? '', lead: heading[1] ?? '', problem, body });
}

const CSRF_REFUSAL: Refusal<'csrf'> = { code: 'csrf', message: 'the form came from another site or without its token' };

/** Sign-up over pages and JSON: `/sign-up`, `/sign-up/start`, `/sign-up/verify`, `/sign-up/password`. */
export function signUpRoutes(context: IdentityContext, signUp: SignUp): RoutePlugin {
  const fail = (
    request: FastifyRequest,
    reply: FastifyReply,
    step: SignUpStep | 'email',
    signupId: string | null,
    refusal: Refusal,
  ) =>
    sendRefusal(request, reply, STATUS[refusal.code] ?? 422, refusal, () =>
      renderStep(context, request, reply, refusal.code === 'signup_expired' ? 'email' : step, signupId, refusal),
    );
  const answer = (
    request: FastifyRequest,
    reply: FastifyReply,
    step: SignUpStep,
    signupId: string,
    extra: Record<string, unknown>,
  ) =>
    wantsJson(request)
      ? reply.header('cache-control', 'no-store').send({ signup_id: signupId, step, ...extra })
      : sendPage(reply, 200, renderStep(context, request, reply, step, signupId));
  return (server: FastifyInstance) => {
    const bodyLimit = IDENTITY_LIMITS.formBytesMax;
    server.get<{ Querystring: Static<typeof StepQuery> }>(
      '/sign-up',
      { config: { access }, schema: { querystring: StepQuery } },
      async (request, reply) => {
        const signupId = request.query.signup_id ?? null;
        const step = signupId === null ? 'email' : ((await signUp.stepOf(signupId)) ?? 'email');
        if (wantsJson(request)) return reply.header('cache-control', 'no-store').send({ signup_id: signupId, step });
        return sendPage(reply, 200, renderStep(context, request, reply, step, step === 'email' ? null : signupId));
      },
    );
    server.post<{ Body: Static<typeof StartBody> }>(
      '/sign-up/start',
      { config: { access }, schema: { body: StartBody }, bodyLimit },
      async (request, reply) => {
        if (!(await passesCsrf(context, request, 'sign_up'))) return fail(request, reply, 'email', null, CSRF_REFUSAL);
        const started = await signUp.start(request.body.email, requestLocale(request), context.clientOf(request.raw));
        if (!started.ok) return fail(request, reply, 'email', null, started.refusal);
        const { signupId, expiresAt } = started.value;
        return answer(request, reply, 'code', signupId, { expires_at: expiresAt.toISOString() });
      },
    );
    server.post<{ Body: Static<typeof VerifyBody> }>(
      '/sign-up/verify',
      { config: { access }, schema: { body: VerifyBody }, bodyLimit },
      async (request, reply) => {
        const { signup_id: signupId, code } = request.body;
        if (!(await passesCsrf(context, request, 'sign_up'))) return fail(request, reply, 'code', signupId, CSRF_REFUSAL);
        const verified = await signUp.verify(signupId, code.trim(), context.clientOf(request.raw));
        if (!verified.ok) return fail(request, reply, 'code', signupId, verified.refusal);
        return answer(request, reply, 'password', signupId, {});
      },
    );
    server.post<{ Body: Static<typeof PasswordBody> }>(
      '/sign-up/password',
      { config: { access }, schema: { body: PasswordBody }, bodyLimit },
      async (request, reply) => {
        const { signup_id: signupId, password } = request.body;
        if (!(await passesCsrf(context, request, 'sign_up'))) return fail(request, reply, 'password', signupId, CSRF_REFUSAL);
        const finished = await signUp.finish(signupId, password, context.clientOf(request.raw));
        if (!finished.ok) return fail(request, reply, 'password', signupId, finished.refusal);
        return answer(request, reply, 'done', signupId, { account_id: finished.value.accountId });
      },
    );
  };
}
