import { type Facts, type Level, type Outcome, OUTCOMES, type VerdictBody } from '../../core/index.ts';
import { type AlertDetails, type OwnerTemplate, type PlannedAlert, stricterLevel } from '../alert.ts';
import { ALERT_LIMITS } from '../limits.ts';
import type { ActionMessage } from './decode.ts';
import { deviceOf } from './device-words.ts';

interface OwnerChoice {
  readonly template: OwnerTemplate;
  readonly severity: Level;
}

/** Control and format characters (Unicode Cc, Cf: also what turns the direction of text), line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A fact as a short text without control characters; '' where it is missing or not a plain value. */
function text(facts: Facts, name: string): string {
  const value = facts[name];
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  return String(value).replaceAll(UNPRINTABLE, ' ').slice(0, ALERT_LIMITS.detailCharsMax);
}

function choose(template: OwnerTemplate, severity: Level): OwnerChoice {
  return { template, severity };
}

function forSignIn(outcome: Outcome, facts: Facts): OwnerChoice | null {
  // Wrong passwords are everyday noise and their subject may be no account; a right password that was stopped is news.
  if (facts['data.result'] !== 'password_ok' || outcome === 'allow') return null;
  return outcome === 'challenge' ? choose('sign_in_challenged', 'medium') : choose('sign_in_blocked', 'high');
}

function forWithdrawal(outcome: Outcome): OwnerChoice | null {
  if (outcome === 'allow') return null;
  if (outcome === 'challenge') return choose('withdrawal_challenged', 'medium');
  return outcome === 'hold' ? choose('withdrawal_held', 'high') : choose('withdrawal_denied', 'high');
}

function forCredential(facts: Facts): OwnerChoice {
  if (facts['data.credential'] === 'password') return choose('password_changed', 'high');
  return facts['data.credential'] === 'totp' ? choose('totp_changed', 'high') : choose('credential_changed', 'high');
}

function forEvent(body: VerdictBody, facts: Facts): OwnerChoice | null {
  switch (body.event_type) {
    case 'wallet.device.bound':
      return facts['data.first'] === true ? null : choose('new_device', 'medium');
    case 'wallet.login.attempted':
      return forSignIn(body.outcome, facts);
    case 'wallet.withdrawal.requested':
      return forWithdrawal(body.outcome);
    case 'wallet.deposit.confirmed':
      return body.outcome === 'allow' || body.outcome === 'challenge'
        ? choose('deposit_credited', 'info')
        : choose('deposit_held', 'low');
    case 'wallet.deposit.rejected':
      return choose('deposit_rejected', 'low');
    case 'wallet.deposit.reversed':
      return choose('deposit_reversed', 'high');
    case 'wallet.credential.changed':
      return forCredential(facts);
    case 'wallet.session.token-reused':
      return choose('token_reused', 'high');
    default:
      return null;
  }
}

function ownerDetails(body: VerdictBody, facts: Facts): AlertDetails {
  const { browser, system } = deviceOf(text(facts, 'data.client.user_agent'));
  const details: Record<string, string> = {
    at: body.event_time,
    browser,
    system,
    ip: text(facts, 'data.client.ip'),
    asset: text(facts, 'data.asset'),
    amount: text(facts, 'data.amount'),
    payee: text(facts, 'data.payee'),
    target_id: text(facts, 'data.withdrawal_id') || text(facts, 'data.deposit_id'),
    credential: text(facts, 'data.credential'),
  };
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== ''));
}

/** What the owner should hear of a verdict: at most one alert, in their terms. Null for the everyday. */
export function planOwnerAlert(body: VerdictBody): PlannedAlert | null {
  const facts = body.facts as Facts;
  const choice = forEvent(body, facts) ?? (body.actions.includes('notify') ? choose('unusual_activity', 'medium') : null);
  if (choice === null) return null;
  return {
    sourceKey: `${body.id}|owner`,
    audience: 'owner',
    accountId: body.subject,
    ...choice,
    details: ownerDetails(body, facts),
    eventId: body.event_id,
    verdictId: body.id,
  };
}

/** The strictest level among the reasons; an outcome alone stands for a level where a threshold decided. */
export function verdictLevel(body: VerdictBody): Level {
  const byOutcome: Record<Outcome, Level> = {
    allow: 'info',
    challenge: 'medium',
    hold: 'high',
    deny: 'high',
    freeze: 'critical',
  };
  return body.reasons.reduce<Level>((level, reason) => stricterLevel(level, reason.level), byOutcome[body.outcome]);
}

/** What staff should hear of a verdict: level high and above, or an outcome of hold and above. */
export function planStaffAlert(body: VerdictBody): PlannedAlert | null {
  const severity = verdictLevel(body);
  const grave = severity === 'high' || severity === 'critical' || OUTCOMES.indexOf(body.outcome) >= OUTCOMES.indexOf('hold');
  if (!grave) return null;
  const rules = body.reasons.toSorted((left, right) => right.score - left.score).map((reason) => reason.rule);
  return {
    sourceKey: `${body.id}|staff`,
    audience: 'staff',
    accountId: body.subject,
    template: 'staff_verdict',
    severity,
    details: {
      at: body.event_time,
      event_type: body.event_type,
      outcome: body.outcome,
      score: body.score,
      rules: (rules.join(', ') || 'policy').slice(0, ALERT_LIMITS.detailCharsMax),
    },
    eventId: body.event_id,
    verdictId: body.id,
  };
}

function forAction(message: ActionMessage): OwnerChoice | null {
  switch (message.action) {
    case 'frozen':
      return message.cause.startsWith('owner:')
        ? choose('account_locked_by_owner', 'high')
        : choose('account_frozen', 'critical');
    case 'restricted':
      return choose('account_restricted', 'high');
    case 'unfrozen':
    case 'unrestricted':
      return choose('restriction_lifted', 'medium');
    default:
      return null;
  }
}

/** What the owner should hear of something done to the account. Told from the deed, not from the verdict that asked for it. */
export function planActionAlert(message: ActionMessage): PlannedAlert | null {
  const choice = message.result === 'done' ? forAction(message) : null;
  if (choice === null) return null;
  return {
    sourceKey: `${message.id}|owner`,
    audience: 'owner',
    accountId: message.account_id,
    ...choice,
    details: { at: message.at },
    eventId: null,
    verdictId: message.verdict_id,
  };
}
