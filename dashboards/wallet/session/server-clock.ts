import { fetchAnswer } from '../../ui-kit/index.ts';

/** A clock that is off by less needs no correction: proofs may be a minute old. */
const TOLERATED_MS = 5_000;
let offsetMs = 0;
let learned = false;

/** Learns from the Date header of an answer how far this device's clock is off; proofs are dated by the server's. */
export function learnServerTime(response: Response): void {
  const sent = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(sent)) return;
  learned = true;
  const difference = sent - Date.now();
  offsetMs = Math.abs(difference) < TOLERATED_MS ? 0 : difference;
}

/** Asks once a page, before the first proof that depends on it. Throws ApiProblem. */
export async function ensureServerTime(): Promise<void> {
  if (!learned) learnServerTime(await fetchAnswer('/healthz', { cache: 'no-store' }));
}

export function serverNowMs(): number {
  return Date.now() + offsetMs;
}
