import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteAccess, RoutePlugin } from '../../platform/http/index.ts';
import { type AssetLookup, renderAlert } from '../notifications/render.ts';
import type { Locale } from '../notifications/templates/template.ts';
import type { AccountDirectory } from '../notifications/attempt.ts';
import { noticePage, type NoticeKind, PAGE_HEADERS, questionPage } from './page.ts';
import type { Answer, AnswerRefusal, Question, Questions } from './questions.ts';

const ACCESS: RouteAccess = {
  kind: 'public',
  why: 'the 256-bit token in the address is the credential; GET only reads, POST can only tighten or leave a weak label',
};
/** `answer=yes` is ten bytes. */
const FORM_BYTES_MAX = 1_024;
const FORM = 'application/x-www-form-urlencoded';

type TokenRequest = FastifyRequest<{ Params: { token: string }; Querystring: { lang?: string } }>;

function send(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply.code(status).headers(PAGE_HEADERS).send(html);
}

function languageOf(request: TokenRequest, fallback: Locale | null): Locale {
  const asked = request.query.lang;
  if (asked === 'en' || asked === 'zh') return asked;
  if (fallback !== null) return fallback;
  return /^\s*zh\b/i.test(request.headers['accept-language'] ?? '') ? 'zh' : 'en';
}

function answerIn(body: unknown): Answer | null {
  const answer = typeof body === 'object' && body !== null && 'answer' in body ? body.answer : null;
  return answer === 'yes' || answer === 'no' ? answer : null;
}

const GONE: Readonly<Record<AnswerRefusal, { status: number; kind: NoticeKind }>> = {
  answer_link_unknown: { status: 404, kind: 'unknown' },
  answer_link_expired: { status: 410, kind: 'expired' },
};

/** “Was it you?”: pages that work without JavaScript, opened by a one-time link. */
export function createAnswerRoutes(deps: {
  readonly questions: Questions;
  readonly directory: AccountDirectory;
  readonly assetOf: AssetLookup;
  readonly onProblem: (problem: unknown) => void;
}): RoutePlugin {
  async function localeOf(request: TokenRequest, question: Question): Promise<Locale> {
    const contact = await deps.directory.contactOf(question.account_id);
    return languageOf(request, contact?.locale ?? null);
  }

  async function show(request: TokenRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = await deps.questions.find(request.params.token);
    if (!found.ok) {
      const { status, kind } = GONE[found.refusal.code];
      return send(reply, status, noticePage(languageOf(request, null), kind));
    }
    const question = found.value;
    const locale = await localeOf(request, question);
    if (question.no_at !== null) return send(reply, 200, noticePage(locale, 'answered_no'));
    if (question.yes_at !== null) return send(reply, 200, noticePage(locale, 'answered_yes'));
    const alert = renderAlert({ ...question, accountId: question.account_id }, locale, deps.assetOf);
    return send(reply, 200, questionPage(locale, alert, question.expires_at));
  }

  async function answered(request: TokenRequest, reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
    const result = await deps.questions.answerByToken(request.params.token, answer);
    if (!result.ok) {
      const { status, kind } = GONE[result.refusal.code];
      return send(reply, status, noticePage(languageOf(request, null), kind));
    }
    const { outcome, question } = result.value;
    const locale = await localeOf(request, question);
    if (outcome === 'recorded') return send(reply, 200, noticePage(locale, answer));
    const now = await deps.questions.find(request.params.token);
    return send(reply, 200, noticePage(locale, now.ok && now.value.no_at === null ? 'answered_yes' : 'answered_no'));
  }

  async function post(request: TokenRequest, reply: FastifyReply): Promise<FastifyReply> {
    const answer = answerIn(request.body);
    if (answer === null) return send(reply, 400, noticePage(languageOf(request, null), 'missing'));
    try {
      return await answered(request, reply, answer);
    } catch (error) {
      deps.onProblem(error);
      return send(reply, 503, noticePage(languageOf(request, null), 'failed'));
    }
  }

  return (server) => {
    if (!server.hasContentTypeParser(FORM)) {
      server.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: FORM_BYTES_MAX }, (_request, body, done) => {
        done(null, Object.fromEntries(new URLSearchParams(String(body))));
      });
    }
    server.get('/answers/:token', { config: { access: ACCESS } }, (request: TokenRequest, reply) => show(request, reply));
    server.post('/answers/:token', { config: { access: ACCESS }, bodyLimit: FORM_BYTES_MAX }, (request: TokenRequest, reply) =>
      post(request, reply),
    );
  };
}
