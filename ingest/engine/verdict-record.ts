import type { Verdict } from '../../core/index.ts';
import type { LogRecord, StoredRecord } from '../../platform/event-log/port.ts';

/** The record of the `risk.verdicts` topic: all verdicts of one subject stay in order. */
export function verdictRecord(verdict: Verdict): LogRecord {
  const { id, event_id, subject, stream } = verdict.body;
  return {
    key: subject,
    value: JSON.stringify(verdict),
    headers: { type: 'risk.verdict.issued', event_id, stream, verdict_id: id },
  };
}

/** Reads one back. Null for what is no verdict of ours: somebody else wrote it. */
export function readVerdictRecord(record: StoredRecord): Verdict | null {
  if (record.headers.type !== 'risk.verdict.issued') return null;
  try {
    return JSON.parse(record.value) as Verdict;
  } catch {
    return null;
  }
}
