import { LIVE_STREAM } from '../../../core/index.ts';
import type { Analytics } from '../../../platform/analytics/index.ts';
import { AT, pageParameters, rowLimit } from './parameters.ts';
import type { DeadLetterRow, EventRow, Page, TimelineEntry, VerdictRow } from './shapes.ts';

const TIMELINE = `
  select event_time as at, 'event' as kind, id, id as event_id, type as what,
    arrayStringConcat(arrayFilter(part -> part != '', [result, reason, payee]), ' ') as detail,
    stream, account_id, entity_id from v_events
  union all
  select judged_at, 'verdict', id, event_id, outcome, arrayStringConcat(rules, ' '), stream, account_id, '' from v_verdicts
  union all
  select at, 'action', id, '', action, concat(result, ' ', cause), stream, account_id, verdict_id from v_actions
  union all
  select at, 'alert', id, event_id, template, concat(channel, ' ', result), stream, account_id, '' from v_alerts
  union all
  select at, 'label', id, event_id, label, by, stream, account_id, '' from v_labels`;

export interface RecordQueries {
  accountTimeline(options: Page & { readonly accountId: string }): Promise<TimelineEntry[]>;
  recentEvents(options: Page & { readonly accountId?: string; readonly type?: string }): Promise<EventRow[]>;
  recentVerdicts(options: Page & { readonly accountId?: string; readonly outcome?: string }): Promise<VerdictRow[]>;
  /** Everything that carries this id: as its own, its event's, its account's, or that of the withdrawal or deposit it is about. */
  findById(options: { readonly id: string; readonly stream?: string; readonly limit?: number }): Promise<TimelineEntry[]>;
  deadLetters(options: Page): Promise<DeadLetterRow[]>;
}

export function createRecordQueries(analytics: Analytics): RecordQueries {
  return {
    accountTimeline: ({ accountId, ...page }) =>
      analytics.query(
        `select at, kind, id, event_id, what, detail from (${TIMELINE})
         where stream = {stream:String} and account_id = {account:String} and at < {before:${AT}}
         order by at desc, kind, id limit {limit:UInt32}`,
        { ...pageParameters(page), account: accountId },
      ),
    recentEvents: ({ accountId = '', type = '', ...page }) =>
      analytics.query(
        `select id, source, type, account_id, event_time, entity_id, result, reason, ip, device_id, payee, asset, amount, amount_usd, raw
         from v_events
         where stream = {stream:String} and event_time < {before:${AT}}
           and ({account:String} = '' or account_id = {account:String}) and ({type:String} = '' or type = {type:String})
         order by event_time desc, id limit {limit:UInt32}`,
        { ...pageParameters(page), account: accountId, type },
      ),
    recentVerdicts: ({ accountId = '', outcome = '', ...page }) =>
      analytics.query(
        `select id, event_id, event_type, account_id, event_time, judged_at, latency_ms, revision, outcome, score, actions, rules,
           degraded, amount_usd, raw
         from v_verdicts
         where stream = {stream:String} and judged_at < {before:${AT}}
           and ({account:String} = '' or account_id = {account:String}) and ({outcome:String} = '' or outcome = {outcome:String})
         order by judged_at desc, id limit {limit:UInt32}`,
        { ...pageParameters(page), account: accountId, outcome },
      ),
    findById: ({ id, stream = LIVE_STREAM, limit }) =>
      analytics.query(
        `select at, kind, id, event_id, what, detail from (${TIMELINE})
         where stream = {stream:String}
           and (id = {wanted:String} or event_id = {wanted:String} or account_id = {wanted:String} or entity_id = {wanted:String})
         order by at desc, kind, id limit {limit:UInt32}`,
        { stream, wanted: id, limit: rowLimit(limit) },
      ),
    deadLetters: (page) =>
      analytics.query(
        `select id, at, stage, reason, detail, source_topic, source_partition, source_offset, raw from v_dead_letters
         where stream = {stream:String} and at < {before:${AT}} order by at desc, id limit {limit:UInt32}`,
        pageParameters(page),
      ),
  };
}
