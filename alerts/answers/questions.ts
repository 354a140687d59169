import { createHash } from 'node:crypto';
import { type Clock, LIVE_STREAM, type Random, Redacted, refuse, type Result, succeed, TOPICS } from '../../core/index.ts';
import type { Sql, SqlExecutor, SqlTransaction } from '../../platform/sql/port.ts';
import { type AlertDetails, type AppendMessage, derivedId, type TemplateName } from '../alert.ts';

/** 256 bits: nobody finds a link by trying. */
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export type Answer = 'yes' | 'no';

/** What an owner's "no" sets off. Everything here only tightens. */
export interface OwnerActions {
  /** Freezes the account with the owner as the cause and revokes every session, in the caller's transaction. Locking twice is locking once. */
  lock(
    transaction: SqlTransaction,
    accountId: string,
    why: { readonly alertId: string; readonly via: 'answer_link' | 'in_app' },
  ): Promise<void>;
}

export interface Question extends Record<string, unknown> {
  readonly alert_id: string;
  readonly account_id: string;
  readonly event_id: string | null;
  readonly expires_at: Date;
  readonly yes_at: Date | null;
  readonly no_at: Date | null;
  readonly template: TemplateName;
  readonly details: AlertDetails;
  readonly occurrences: number;
}

export type AnswerOutcome = 'recorded' | 'already_answered';
export type AnswerRefusal = 'answer_link_unknown' | 'answer_link_expired';

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Makes a one-time link's secret for an alert's question; only its SHA-256 is stored. */
export async function mintAnswerToken(executor: SqlExecutor, random: Random, alertId: string): Promise<Redacted<string>> {
  const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
  await executor.query('insert into alerts.answer_token (token_hash, alert_id) values ($1, $2)', [hashOf(token), alertId]);
  return new Redacted(token);
}

const QUESTION = `select q.alert_id::text, q.account_id, q.event_id, q.expires_at, q.yes_at, q.no_at, a.template, a.details, a.occurrences
  from alerts.question q join alerts.alert a on a.id = q.alert_id`;

async function byToken(executor: SqlExecutor, token: string): Promise<Question | null> {
  if (!TOKEN.test(token)) return null;
  const [row] = await executor.query<Question>(
    `${QUESTION} where q.alert_id = (select alert_id from alerts.answer_token where token_hash = $1)`,
    [hashOf(token)],
  );
  return row ?? null;
}

export interface Questions {
  /** Reads the question of a link and changes nothing: mail scanners open links. */
  find(token: string): Promise<Result<Question, AnswerRefusal>>;
  /** Answers by link. Exactly one of many concurrent equal answers is `recorded`. */
  answerByToken(token: string, answer: Answer): Promise<Result<{ outcome: AnswerOutcome; question: Question }, AnswerRefusal>>;
  /** Answers from the signed-in owner's list. */
  answerByOwner(
    accountId: string,
    alertId: string,
    answer: Answer,
  ): Promise<Result<{ outcome: AnswerOutcome; question: Question }, AnswerRefusal>>;
}

export function createQuestions(deps: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ownerActions: OwnerActions;
  readonly appendMessage: AppendMessage;
}): Questions {
  function check(question: Question | null): Result<Question, AnswerRefusal> {
    if (question === null) return refuse('answer_link_unknown', 'there is no such question');
    if (question.expires_at.getTime() <= deps.clock.now()) return refuse('answer_link_expired', 'the time to answer is over');
    return succeed(question);
  }

  /** The one statement that decides who was first. A yes never follows anything; a no may still follow a yes, as it only tightens. */
  async function claim(transaction: SqlTransaction, question: Question, answer: Answer): Promise<boolean> {
    const change =
      answer === 'no'
        ? 'set no_at = $2 where alert_id = $1 and no_at is null'
        : 'set yes_at = $2 where alert_id = $1 and yes_at is null and no_at is null';
    const rows = await transaction.query(`update alerts.question ${change} and expires_at > $2 returning 1`, [
      question.alert_id,
      new Date(deps.clock.now()),
    ]);
    return rows.length === 1;
  }

  async function apply(question: Question, answer: Answer, via: 'answer_link' | 'in_app'): Promise<AnswerOutcome> {
    return deps.sql.transaction(async (transaction) => {
      if (!(await claim(transaction, question, answer))) return 'already_answered';
      if (answer === 'no') await deps.ownerActions.lock(transaction, question.account_id, { alertId: question.alert_id, via });
      const id = derivedId('answer', question.alert_id, answer);
      await deps.appendMessage(transaction, {
        id,
        topic: TOPICS.labels,
        key: question.account_id,
        body: {
          kind: 'label',
          id,
          event_id: question.event_id,
          account_id: question.account_id,
          // A weak label: whoever reads the mailbox can say yes.
          label: answer === 'no' ? 'owner_said_no' : 'owner_said_yes',
          by: `owner:${question.account_id}`,
          via,
          alert_id: question.alert_id,
          at: new Date(deps.clock.now()).toISOString(),
          stream: LIVE_STREAM,
        },
      });
      return 'recorded';
    });
  }

  async function find(token: string): Promise<Result<Question, AnswerRefusal>> {
    return check(await byToken(deps.sql, token));
  }

  async function finish(found: Result<Question, AnswerRefusal>, answer: Answer, via: 'answer_link' | 'in_app') {
    if (!found.ok) return found;
    return succeed({ outcome: await apply(found.value, answer, via), question: found.value });
  }

  return {
    find,
    answerByToken: async (token, answer) => finish(await find(token), answer, 'answer_link'),
    async answerByOwner(accountId, alertId, answer) {
      const [row] = await deps.sql.query<Question>(`${QUESTION} where q.alert_id::text = $1 and q.account_id = $2`, [
        alertId,
        accountId,
      ]);
      return finish(check(row ?? null), answer, 'in_app');
    },
  };
}
