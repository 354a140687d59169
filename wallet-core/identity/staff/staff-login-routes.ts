import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Refusal } from '../../../core/index.ts';
import type { RouteAccess, RoutePlugin } from '../../../platform/http/index.ts';
import type { IdentityContext } from '../context.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { issueCsrf, passesCsrf } from '../pages/csrf.ts';
import { type Page, renderForm, renderPage } from '../pages/layout.ts';
import { requestLocale, sendPage, sendRefusal, wantsJson } from '../pages/respond.ts';
import { TEXTS } from '../pages/texts.ts';
import type { Staff } from './staff.ts';
import type { StaffSessions } from './staff-sessions.ts';

const access: RouteAccess = { kind: 'public', why: 'this is the staff login; throttled by address and name' };
const Body = Type.Object({
  name: Type.String({ maxLength: 40 }),
  password: Type.String({ maxLength: 512 }),
  code: Type.String({ maxLength: 16 }),
  csrf: Type.Optional(Type.String({ maxLength: 100 })),
});
const CONSOLE = '/console/';
const STATUS: Readonly<Record<string, number>> = { throttled: 429, csrf: 403 };

function renderLogin(context: IdentityContext, request: FastifyRequest, reply: FastifyReply, refusal?: Refusal): Page {
  const locale = requestLocale(request);
  const text = TEXTS[locale];
  const problems: Readonly<Record<string, string>> = { throttled: text.throttled, csrf: text.csrf };
  const body = renderForm({
    action: `/staff/login?lang=${locale}`,
    hidden: { csrf: issueCsrf(context, request, reply) },
    fields: [
      { name: 'name', label: text.staffName, type: 'text', autocomplete: 'username' },
      { name: 'password', label: text.password, type: 'password', autocomplete: 'current-password' },
      { name: 'code', label: text.code, type: 'code', autocomplete: 'one-time-code' },
    ],
    submit: text.signIn,
  });
  const problem = refusal === undefined ? undefined : (problems[refusal.code] ?? text.wrong);
  return renderPage({ locale, title: text.staffTitle, problem, body });
}

/** `GET|POST /staff/login`: a page for browsers, JSON for programs. */
export function staffLoginRoutes(context: IdentityContext, staff: Staff, sessions: StaffSessions): RoutePlugin {
  const fail = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply =>
    sendRefusal(request, reply, STATUS[refusal.code] ?? 401, refusal, () => renderLogin(context, request, reply, refusal));
  return (server: FastifyInstance) => {
    server.get('/staff/login', { config: { access } }, (request, reply) =>
      sendPage(reply, 200, renderLogin(context, request, reply)),
    );
    server.post<{ Body: Static<typeof Body> }>(
      '/staff/login',
      { config: { access }, schema: { body: Body }, bodyLimit: IDENTITY_LIMITS.formBytesMax },
      async (request, reply) => {
        if (!(await passesCsrf(context, request, 'staff_login'))) {
          return fail(request, reply, { code: 'csrf', message: 'the form came from another site or without its token' });
        }
        const { name, password, code } = request.body;
        const client = context.clientOf(request.raw);
        const signedIn = await staff.signIn(name.trim().toLowerCase(), password, code.trim(), client);
        if (!signedIn.ok) return fail(request, reply, signedIn.refusal);
        await sessions.open(reply, signedIn.value.staffId, client);
        reply.header('cache-control', 'no-store');
        return wantsJson(request) ? reply.send({ location: CONSOLE }) : reply.redirect(CONSOLE, 303);
      },
    );
  };
}
