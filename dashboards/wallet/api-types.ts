/** Answers of the owner's API, as the screens read them. Amounts are digit strings in minor units, times RFC 3339. */
export interface Me {
  readonly account_id: string;
  readonly email: string;
  readonly locale: string;
  readonly state: {
    readonly frozen: boolean;
    readonly outgoing_blocked: boolean;
    readonly causes: readonly { readonly kind: 'freeze' | 'restrict'; readonly since: string; readonly reason: string }[];
  };
  readonly factors: { readonly totp: boolean };
}

export interface Balance {
  readonly asset: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly available: string;
  readonly held: string;
  readonly incoming: string;
  readonly outgoing: string;
}

export interface DepositAddress {
  readonly chain_id: number;
  readonly chain_name: string;
  readonly address: string;
}

export type DepositState = 'observed' | 'credited' | 'held' | 'rejected' | 'orphaned' | 'reversed';

export interface Deposit {
  readonly deposit_id: string;
  readonly chain_id: number;
  readonly tx_hash: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly amount: string;
  readonly credited: string | null;
  readonly from: string;
  readonly state: DepositState;
  readonly reason: string | null;
  readonly observed_at: string;
  readonly settled_at: string | null;
}

export interface ClaimAnswer {
  readonly state: 'pending' | 'credited' | 'held' | 'rejected';
  readonly reason: string;
}

export type WithdrawalState =
  | 'requested'
  | 'awaiting_step_up'
  | 'held'
  | 'approved'
  | 'signing'
  | 'signed'
  | 'broadcast'
  | 'confirming'
  | 'confirmed'
  | 'denied'
  | 'cancelled'
  | 'expired'
  | 'failed';

export interface Withdrawal {
  readonly withdrawal_id: string;
  readonly asset: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly amount: string;
  readonly payee: string;
  readonly state: WithdrawalState;
  readonly reasons: readonly string[];
  readonly step_up: { readonly methods: readonly string[]; readonly expires_at: string } | null;
  readonly tx_hash: string | null;
  readonly requested_at: string;
  readonly updated_at: string;
}

export interface Device {
  readonly device_id: string;
  readonly current: boolean;
  readonly user_agent: string;
  readonly ip: string;
  readonly bound_at: string;
  readonly last_seen_at: string;
}

export interface Session {
  readonly session_id: string;
  readonly current: boolean;
  readonly user_agent: string;
  readonly ip: string;
  readonly assurance: string;
  readonly created_at: string;
  readonly last_seen_at: string;
}

export interface OwnerAlert {
  readonly id: string;
  readonly at: string;
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical';
  readonly title: string;
  readonly body: string;
  readonly actions: readonly { readonly kind: string; readonly answers: readonly string[]; readonly until?: string }[];
  readonly seen_at: string | null;
}
