/** Promises waiting for a value by id, each with a deadline. Every wait ends: with the value, or with null. */
export interface Waiters<Value> {
  wait(id: string, deadlineMs: number): Promise<Value | null>;
  settle(id: string, value: Value): void;
  has(id: string): boolean;
  waiting(): string[];
  /** Ends every wait with null. */
  abandon(): void;
}

export function createWaiters<Value>(): Waiters<Value> {
  const waits = new Map<string, Set<(value: Value | null) => void>>();

  function forget(id: string, finish: (value: Value | null) => void): void {
    const set = waits.get(id);
    set?.delete(finish);
    if (set?.size === 0) waits.delete(id);
  }

  function settleAll(id: string, value: Value | null): void {
    for (const finish of waits.get(id) ?? []) finish(value);
  }

  return {
    wait(id, deadlineMs) {
      return new Promise((resolve) => {
        const finish = (value: Value | null): void => {
          clearTimeout(timer);
          forget(id, finish);
          resolve(value);
        };
        const timer = setTimeout(finish, deadlineMs, null);
        waits.set(id, (waits.get(id) ?? new Set()).add(finish));
      });
    },
    settle: settleAll,
    has: (id) => waits.has(id),
    waiting: () => [...waits.keys()],
    abandon() {
      for (const id of waits.keys()) settleAll(id, null);
    },
  };
}
