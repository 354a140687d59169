/** Runs passes until nothing is due, then sleeps until the next poll or wake-up. One pass at a time. */
export interface Loop {
  start(): void;
  wake(): void;
  /** Finishes the pass in hand. */
  stop(): Promise<void>;
}

/** `tick` gives the number of things it worked on. */
export function createLoop(tick: () => Promise<number>, pollMs: number, onProblem: (problem: unknown) => void): Loop {
  let running = false;
  let wanted = false;
  let active: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function drain(): Promise<void> {
    try {
      do {
        wanted = false;
        while (running && (await tick()) > 0);
      } while (running && wanted);
    } catch (error) {
      onProblem(error);
    }
  }

  function launch(): void {
    if (!running || active !== null) return;
    clearTimeout(timer);
    active = drain().finally(() => {
      active = null;
      if (running) timer = setTimeout(launch, pollMs);
    });
  }

  return {
    start() {
      running = true;
      launch();
    },
    wake() {
      wanted = true;
      launch();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await active;
    },
  };
}
