import type { Customer } from '../people/customer.ts';
import type { Person } from '../people/person.ts';
import type { Draw } from '../world/draw.ts';
import type { NetworkEnd } from '../world/network.ts';
import type { World } from '../world/world.ts';

export const ATTACK_KINDS = [
  'credential_stuffing',
  'takeover_cash_out',
  'refresh_token_replay',
  'dpop_proof_replay',
  'withdrawal_replay',
  'silent_false_token',
  'look_alike_token',
  'failed_transaction',
  'spoofed_event',
  'forged_callback',
  'replayed_callback',
  'mule_ring',
] as const;
export type AttackKind = (typeof ATTACK_KINDS)[number];

/** What tells one attack's doings from everybody else's. Only what is named here counts as its detection or its loss. */
export interface AttackTrace {
  readonly id: string;
  readonly kind: AttackKind;
  variant: string;
  /** Wall-clock milliseconds of the first hostile act. */
  startedMs: number | null;
  /** Addresses that nobody else uses. */
  readonly ips: Set<string>;
  /** Accounts that belong to the attackers. */
  readonly accounts: Set<string>;
  readonly txHashes: Set<string>;
  /** Sessions that were stolen: a spent token of theirs coming back betrays the copy, whoever presents it. */
  readonly sessions: Set<string>;
  /** What the attackers truly paid in on chain, US dollars. */
  paidInUsd: number;
}

export interface AttackScene {
  readonly world: World;
  readonly draw: Draw;
  readonly trace: AttackTrace;
  /** Whose account it is about; kinds that need one say so. */
  readonly victim: Customer;
  /** Names that everybody may know. */
  readonly bystanders: readonly Customer[];
}

export interface Attack {
  readonly kind: AttackKind;
  readonly needsVictim: boolean;
  run(scene: AttackScene): Promise<void>;
}

export function createTrace(id: string, kind: AttackKind): AttackTrace {
  return {
    id,
    kind,
    variant: '',
    startedMs: null,
    ips: new Set(),
    accounts: new Set(),
    txHashes: new Set(),
    sessions: new Set(),
    paidInUsd: 0,
  };
}

/** From here on it is an attack. */
export function begin(trace: AttackTrace): void {
  trace.startedMs ??= Date.now();
}

/** A network end of the attackers', marked as theirs. */
export function hostileEnd({ world, draw, trace }: AttackScene): NetworkEnd {
  const network = world.networks.next(draw);
  trace.ips.add(network.ip);
  return network;
}

/** Takes note that an account is the attackers' own. */
export function own(trace: AttackTrace, person: Person): Person {
  trace.accounts.add(person.accountId);
  return person;
}

/** The session an access token belongs to (RFC 9068: a JWT whose claims anybody who holds it can read). */
export function sessionOf(accessToken: string): string {
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sid?: string };
  if (claims.sid === undefined) throw new Error('the access token names no session');
  return claims.sid;
}
