import type { ClickHouseClient } from '@clickhouse/client';
import { createStatements, type Statements } from '../statements.ts';

/** Statements one after the other on one connection of the embedded engine. */
export interface Lane {
  run<Value>(work: (statements: Statements) => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

/**
 * chDB 3.4 keeps what a failed statement had already written, and hands it out in front of the next answer of that connection.
 * So a lane runs one statement at a time, and a failure costs it its connection (measured: 1 ms to open another).
 */
export function createLane(openClient: () => ClickHouseClient): Lane {
  let client = openClient();
  let line: Promise<unknown> = Promise.resolve();
  const run = async <Value>(work: (statements: Statements) => Promise<Value>): Promise<Value> => {
    try {
      return await work(createStatements(client));
    } catch (error) {
      await client.close();
      client = openClient();
      throw error;
    }
  };
  return {
    run(work) {
      const result = line.then(() => run(work));
      line = result.catch(() => {});
      return result;
    },
    async close() {
      await line;
      await client.close();
    },
  };
}
