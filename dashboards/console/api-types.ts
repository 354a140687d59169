/** Answers of the staff API, as the screens read them. Amounts are digit strings in minor units, times RFC 3339. */
export const OUTCOMES = ['allow', 'challenge', 'hold', 'deny', 'freeze'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type Level = 'info' | 'low' | 'medium' | 'high' | 'critical';

export interface StaffMe {
  readonly staff_id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly csrf_token: string;
}

/** A line of the feed. `id` is its position: decimal digits, growing. */
export interface SlimVerdict {
  readonly id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly event_time: string;
  readonly account_id: string;
  readonly revision: number;
  readonly outcome: Outcome;
  readonly level: Level;
  readonly score: number;
  readonly actions: readonly string[];
  readonly rules: readonly { readonly rule: string; readonly title: string }[];
  readonly degraded: string | null;
  readonly judged_at: string;
}

export interface VerdictReason {
  readonly rule: string;
  readonly version: string;
  readonly title: string;
  readonly level: Level;
  readonly outcome: Outcome;
  readonly score: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
}

export interface Verdict {
  readonly body: {
    readonly id: string;
    readonly event_id: string;
    readonly event_source: string;
    readonly event_type: string;
    readonly event_time: string;
    readonly subject: string;
    readonly payload_hash: string | null;
    readonly revision: number;
    readonly outcome: Outcome;
    readonly score: number;
    readonly actions: readonly string[];
    readonly reasons: readonly VerdictReason[];
    readonly undecided: Readonly<Record<string, readonly string[]>>;
    readonly shadow: readonly string[];
    readonly models: readonly {
      readonly model: string;
      readonly version: string;
      readonly score: number;
      readonly reasons: readonly string[];
    }[];
    readonly degraded: string | null;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly judged_at: string;
    readonly expires_at: string;
    readonly receipt: Readonly<Record<string, string | number>>;
  };
  readonly key_id: string;
  readonly signature: string;
}

export interface VerdictAnswer {
  readonly verdict: Verdict;
  readonly earlier: readonly Verdict[];
}

export interface RestrictionCause {
  readonly id: string;
  readonly kind: 'freeze' | 'restrict';
  readonly cause: { readonly kind: 'rule' | 'staff' | 'owner' | 'no_verdict'; readonly id: string };
  readonly author: string;
  readonly since: string;
  readonly ends: string | null;
  readonly reason: string;
}

export interface StaffAccount {
  readonly account_id: string;
  readonly email: string;
  readonly locale: string;
  readonly factors: { readonly totp: boolean };
  readonly state: { readonly frozen: boolean; readonly outgoing_blocked: boolean; readonly causes: readonly RestrictionCause[] };
  readonly devices: readonly {
    readonly device_id: string;
    readonly user_agent: string;
    readonly ip: string;
    readonly bound_at: string;
    readonly last_seen_at: string;
  }[];
  readonly sessions: readonly {
    readonly session_id: string;
    readonly device_id: string | null;
    readonly ip: string;
    readonly user_agent: string;
    readonly assurance: string;
    readonly created_at: string;
    readonly last_seen_at: string;
  }[];
}

export interface StaffAlert {
  readonly id: string;
  readonly at: string;
  readonly audience: 'owner' | 'staff';
  readonly account_id: string;
  readonly severity: Level;
  readonly template: string;
  readonly title: string;
  readonly body: string;
  readonly event_id: string | null;
  readonly deliveries: readonly {
    readonly channel: string;
    readonly state: string;
    readonly attempts: number;
    readonly last_error: string | null;
  }[];
  readonly answer: 'yes' | 'no' | 'open' | null;
}

export interface StaffWithdrawal {
  readonly withdrawal_id: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly amount: string;
  readonly payee: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly reasons: readonly string[];
  readonly tx_hash: string | null;
  readonly requested_at: string;
  readonly account_id: string;
  readonly event_id: string;
  readonly hold_cause: string | null;
  readonly reason_code: string | null;
  readonly expires_at: string | null;
}

export interface StaffDeposit {
  readonly deposit_id: string;
  readonly chain_id: number;
  readonly tx_hash: string;
  readonly position: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly amount: string;
  readonly credited: string | null;
  readonly from: string;
  readonly to: string;
  readonly block_number: number;
  readonly state: string;
  readonly reason: string | null;
  readonly attack: string | null;
  readonly observed_at: string;
  readonly account_id: string;
}

export interface Evidence {
  readonly incarnation: number;
  readonly hash: string;
  /** RFC 8785 JSON. */
  readonly body: string;
  readonly at: string;
}

export interface SystemAnswer {
  readonly ports: readonly {
    readonly port: string;
    readonly adapter: string;
    readonly durable: boolean;
    readonly developmentOnly: boolean;
    readonly why: string;
  }[];
  readonly revisions: Readonly<Record<string, string>>;
  readonly verdict_key_id: string;
  readonly lag: { readonly engine: number; readonly landing: number };
  readonly ready: boolean;
  readonly problems: readonly string[];
}
