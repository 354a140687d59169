import { queryOptions } from '@tanstack/react-query';
import type {
  Evidence,
  SlimVerdict,
  StaffAccount,
  StaffAlert,
  StaffDeposit,
  StaffWithdrawal,
  SystemAnswer,
  VerdictAnswer,
} from './api-types.ts';
import { callStaff, readStaffMe } from './staff-api.ts';

/** Queues are worked through by people: ten seconds late is in time. */
const QUEUE_MS = 10_000;
/** Lines of an account's history on one page. */
const HISTORY = 100;

export const queries = {
  me: queryOptions({ queryKey: ['staff', 'me'], queryFn: readStaffMe, staleTime: Infinity }),
  verdict: (eventId: string) =>
    queryOptions({
      queryKey: ['verdict', eventId],
      queryFn: () => callStaff<VerdictAnswer>('GET', `/v1/staff/verdicts/${encodeURIComponent(eventId)}`),
    }),
  account: (id: string) =>
    queryOptions({
      queryKey: ['account', id],
      queryFn: () => callStaff<StaffAccount>('GET', `/v1/staff/accounts/${encodeURIComponent(id)}`),
      refetchInterval: QUEUE_MS,
    }),
  accountVerdicts: (id: string) =>
    queryOptions({
      queryKey: ['account', id, 'verdicts'],
      queryFn: async () => {
        const query = new URLSearchParams({ account_id: id, limit: String(HISTORY) });
        return (await callStaff<{ verdicts: readonly SlimVerdict[] }>('GET', `/v1/staff/verdicts?${query.toString()}`)).verdicts;
      },
      refetchInterval: QUEUE_MS,
    }),
  accountAlerts: (id: string) =>
    queryOptions({
      queryKey: ['account', id, 'alerts'],
      queryFn: async () => {
        const query = new URLSearchParams({ account_id: id, audience: 'owner' });
        return (await callStaff<{ alerts: readonly StaffAlert[] }>('GET', `/v1/staff/alerts?${query.toString()}`)).alerts;
      },
      refetchInterval: QUEUE_MS,
    }),
  alerts: (audience: 'staff' | 'owner') =>
    queryOptions({
      queryKey: ['alerts', audience],
      queryFn: async () =>
        (await callStaff<{ alerts: readonly StaffAlert[] }>('GET', `/v1/staff/alerts?audience=${audience}`)).alerts,
      refetchInterval: QUEUE_MS,
    }),
  withdrawals: (state: string) =>
    queryOptions({
      queryKey: ['withdrawals', state],
      queryFn: async () => {
        const query = state === 'all' ? '' : `?state=${state}`;
        return (await callStaff<{ withdrawals: readonly StaffWithdrawal[] }>('GET', `/v1/staff/withdrawals${query}`)).withdrawals;
      },
      refetchInterval: QUEUE_MS,
    }),
  deposits: (state: string) =>
    queryOptions({
      queryKey: ['deposits', state],
      queryFn: async () => {
        const query = state === 'all' ? '' : `?state=${state}`;
        return (await callStaff<{ deposits: readonly StaffDeposit[] }>('GET', `/v1/staff/deposits${query}`)).deposits;
      },
      refetchInterval: QUEUE_MS,
    }),
  accountDeposits: (id: string) =>
    queryOptions({
      queryKey: ['account', id, 'deposits'],
      queryFn: async () =>
        (await callStaff<{ deposits: readonly StaffDeposit[] }>('GET', `/v1/staff/deposits?account_id=${encodeURIComponent(id)}`))
          .deposits,
    }),
  evidence: (depositId: string) =>
    queryOptions({
      queryKey: ['evidence', depositId],
      queryFn: async () =>
        (await callStaff<{ evidence: readonly Evidence[] }>('GET', `/v1/staff/deposits/${depositId}/evidence`)).evidence,
    }),
  system: queryOptions({
    queryKey: ['system'],
    queryFn: () => callStaff<SystemAnswer>('GET', '/v1/staff/system'),
    refetchInterval: QUEUE_MS,
  }),
};
