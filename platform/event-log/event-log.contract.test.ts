import { afterAll, describe } from 'vitest';
import { describeWithService } from '../../test/services/require-service.ts';
import { kafkaFixture } from '../../test/services/kafka.ts';
import { systemClock } from '../clock/index.ts';
import { createTestDatabase, type TestDatabase } from '../sql/testing.ts';
import { openSqlByUrl, type Sql } from '../sql/index.ts';
import { eventLogContract } from './contract.ts';
import { eventLogMigrations, openKafkaEventLog, openSqlEventLog } from './index.ts';

/** Short, so that the take-over from a killed consumer does not keep the suite waiting. */
const SESSION_MS = 2_000;

describe('event log in PostgreSQL', () => {
  let database: TestDatabase;
  const pools: Sql[] = [];
  afterAll(async () => {
    await Promise.all(pools.map((sql) => sql.close()));
    await database.drop();
  });
  eventLogContract(async () => {
    database = await createTestDatabase([eventLogMigrations]);
    return {
      childArguments: ['--sql', database.url, '--session', String(SESSION_MS)],
      async open() {
        const sql = await openSqlByUrl({ url: database.url, poolMax: 5 });
        pools.push(sql);
        return openSqlEventLog({ sql, clock: systemClock, leaseMs: SESSION_MS });
      },
    };
  });
});

await describeWithService(kafkaFixture, 'event log in Apache Kafka', (start) => {
  eventLogContract(async () => {
    const { brokers } = await start();
    return {
      childArguments: ['--kafka', brokers.join(','), '--session', String(SESSION_MS)],
      open: () => openKafkaEventLog({ brokers, clientId: 'contract', sessionMs: SESSION_MS }),
    };
  });
});
