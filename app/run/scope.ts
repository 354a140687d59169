/** What was started, in order; closing goes the other way round, so that nothing outlives what it stands on. */
export interface Scope {
  /** Remembers how to stop what was just started. */
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Stops everything, newest first; one failure does not keep the rest from stopping. Twice is once. */
  close(): Promise<void>;
}

export function createScope(onError: (name: string, error: unknown) => void): Scope {
  const closers: { name: string; close: () => Promise<void> | void }[] = [];
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      try {
        await next.close();
      } catch (error) {
        onError(next.name, error);
      }
    }
  }

  return {
    onClose(name, close) {
      closers.push({ name, close });
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
