import { type AccountRef, accountIdOf } from '../chart.ts';
import type { TransferCommand } from '../transfer.ts';

interface ModelPending {
  readonly debit: AccountRef;
  readonly credit: AccountRef;
  readonly amount: bigint;
  readonly expiresAt: Date | null;
  resolved: boolean;
}

/**
 * The books once more, written the naive way (one signed number per account, one list of promises) so that a mistake in the
 * decision function is not repeated here. It answers only yes or no.
 */
export class LedgerModel {
  readonly balances = new Map<string, bigint>();
  readonly promised = new Map<string, bigint>();
  readonly #pendings = new Map<string, ModelPending>();
  readonly #seen = new Map<string, string>();

  accept(command: TransferCommand, now: Date): boolean {
    const body = JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
    const before = this.#seen.get(command.id);
    if (before !== undefined) return before === body;
    if (!this.#effect(command, now)) return false;
    this.#seen.set(command.id, body);
    return true;
  }

  free(account: AccountRef): bigint {
    const id = accountIdOf(account);
    return (this.balances.get(id) ?? 0n) - (this.promised.get(id) ?? 0n);
  }

  #effect(command: TransferCommand, now: Date): boolean {
    if (command.kind === 'single' || command.kind === 'pending') {
      if (command.amount <= 0n || command.debit.asset !== command.credit.asset) return false;
      if (accountIdOf(command.debit) === accountIdOf(command.credit)) return false;
      if (command.kind === 'pending' && command.expiresAt !== null && command.expiresAt <= now) return false;
      if (command.debit.kind.startsWith('customer_') && this.free(command.debit) < command.amount) return false;
      if (command.kind === 'single') this.#move(command.debit, command.credit, command.amount);
      else {
        this.#promise(command.debit, command.amount);
        this.#pendings.set(command.id, { ...command, resolved: false });
      }
      return true;
    }
    const pending = this.#pendings.get(command.pendingId);
    if (pending === undefined || pending.resolved) return false;
    if (command.kind === 'post') {
      const amount = command.amount ?? pending.amount;
      if (amount <= 0n || amount > pending.amount) return false;
      if (pending.expiresAt !== null && pending.expiresAt <= now) return false;
      this.#move(pending.debit, pending.credit, amount);
    }
    this.#promise(pending.debit, -pending.amount);
    pending.resolved = true;
    return true;
  }

  #move(debit: AccountRef, credit: AccountRef, amount: bigint): void {
    const from = accountIdOf(debit);
    const to = accountIdOf(credit);
    this.balances.set(from, (this.balances.get(from) ?? 0n) - amount);
    this.balances.set(to, (this.balances.get(to) ?? 0n) + amount);
  }

  #promise(debit: AccountRef, amount: bigint): void {
    const id = accountIdOf(debit);
    this.promised.set(id, (this.promised.get(id) ?? 0n) + amount);
  }
}
