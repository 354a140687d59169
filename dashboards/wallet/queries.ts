import { queryOptions } from '@tanstack/react-query';
import type {
  Balance,
  Deposit,
  DepositAddress,
  Device,
  Me,
  OwnerAlert,
  Session,
  Withdrawal,
  WithdrawalState,
} from './api-types.ts';
import { callApi } from './session/wallet-session.ts';

/** Blocks come every few seconds; a person watching a payment should not wait for more than one. */
const WATCH_MS = 3_000;
/** What nobody waits for; the live socket tells of anything that matters sooner. */
const IDLE_MS = 20_000;

const ENDED: ReadonlySet<WithdrawalState> = new Set(['confirmed', 'denied', 'cancelled', 'expired', 'failed']);

export function isEnded(state: WithdrawalState): boolean {
  return ENDED.has(state);
}

/** Before a nonce is reserved the owner may still cancel. */
export function isCancellable(state: WithdrawalState): boolean {
  return state === 'requested' || state === 'awaiting_step_up' || state === 'held' || state === 'approved';
}

export const queries = {
  me: queryOptions({ queryKey: ['me'], queryFn: () => callApi<Me>('GET', '/v1/me'), refetchInterval: IDLE_MS }),
  balances: queryOptions({
    queryKey: ['balances'],
    queryFn: async () => (await callApi<{ balances: readonly Balance[] }>('GET', '/v1/me/balances')).balances,
    refetchInterval: IDLE_MS,
  }),
  addresses: queryOptions({
    queryKey: ['addresses'],
    queryFn: () => callApi<readonly DepositAddress[]>('GET', '/v1/me/deposit-addresses'),
    staleTime: Infinity,
  }),
  deposits: queryOptions({
    queryKey: ['deposits'],
    queryFn: async () => (await callApi<{ deposits: readonly Deposit[] }>('GET', '/v1/me/deposits')).deposits,
    refetchInterval: (query) => (query.state.data?.some((deposit) => deposit.state === 'observed') === true ? WATCH_MS : IDLE_MS),
  }),
  withdrawals: queryOptions({
    queryKey: ['withdrawals'],
    queryFn: async () => (await callApi<{ withdrawals: readonly Withdrawal[] }>('GET', '/v1/me/withdrawals')).withdrawals,
    refetchInterval: IDLE_MS,
  }),
  withdrawal: (id: string) =>
    queryOptions({
      queryKey: ['withdrawals', id],
      queryFn: async () => (await callApi<{ withdrawal: Withdrawal }>('GET', `/v1/me/withdrawals/${id}`)).withdrawal,
      refetchInterval: (query) => (query.state.data !== undefined && isEnded(query.state.data.state) ? false : WATCH_MS),
    }),
  devices: queryOptions({
    queryKey: ['devices'],
    queryFn: async () => (await callApi<{ devices: readonly Device[] }>('GET', '/v1/me/devices')).devices,
  }),
  sessions: queryOptions({
    queryKey: ['sessions'],
    queryFn: async () => (await callApi<{ sessions: readonly Session[] }>('GET', '/v1/me/sessions')).sessions,
  }),
  alerts: queryOptions({
    queryKey: ['alerts'],
    queryFn: async () => (await callApi<{ alerts: readonly OwnerAlert[] }>('GET', '/v1/me/alerts')).alerts.toReversed(),
    refetchInterval: IDLE_MS,
  }),
};
