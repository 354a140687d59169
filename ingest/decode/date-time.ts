const SHAPE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;

/** Storage of ours (ClickHouse DateTime64) holds 1900 to 2299; no honest event of a wallet lies outside of these. */
const YEAR_MIN = 1970;
const YEAR_MAX = 2199;

/**
 * Reads an RFC 3339 time in UTC into Unix milliseconds (finer digits are cut off), or null. Stricter than `Date.parse`, which
 * takes 30 February for 2 March: the day must exist, the letters are upper case, and the zone is `Z`. No leap seconds.
 */
export function parseDateTime(text: string): number | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (year < YEAR_MIN || year > YEAR_MAX || hour > 23 || minute > 59 || second > 59) return null;
  const midnight = Date.UTC(year, month - 1, day);
  const date = new Date(midnight);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  return midnight + ((hour * 60 + minute) * 60 + second) * 1_000 + milliseconds;
}
