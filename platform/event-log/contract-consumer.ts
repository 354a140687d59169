import { parseArgs } from 'node:util';
import { systemClock } from '../clock/index.ts';
import { openSqlByUrl } from '../sql/index.ts';
import { openKafkaEventLog, openSqlEventLog } from './index.ts';

/** A consumer that prints the offset of each record, for the contract suite to kill: `TOPIC GROUP --sql URL | --kafka BROKERS --session MS`. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sql: { type: 'string' }, kafka: { type: 'string' }, session: { type: 'string', default: '2000' } },
});
const [topic = '', group = ''] = positionals;
const sessionMs = Number(values.session);
const log =
  values.sql === undefined
    ? await openKafkaEventLog({ brokers: (values.kafka ?? '').split(','), clientId: 'contract-consumer', sessionMs })
    : openSqlEventLog({ sql: await openSqlByUrl({ url: values.sql, poolMax: 4 }), clock: systemClock, leaseMs: sessionMs });
await log.subscribe({
  topics: [topic],
  group,
  from: 'earliest',
  onBatch: async (records) => {
    for (const record of records) process.stdout.write(`${record.partition}:${record.offset}\n`);
  },
});
