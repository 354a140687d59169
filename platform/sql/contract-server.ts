import { createInterface } from 'node:readline';
import { openEmbeddedSql } from './index.ts';

/** An embedded PostgreSQL in a process of its own, for tests to kill or to run as another user: `FOLDER`. Stops when its input ends. */
const embedded = await openEmbeddedSql({ dataDirectory: process.argv[2] ?? '' });
process.stdout.write(`${JSON.stringify({ url: embedded.url.reveal(), postmaster: embedded.pid, pid: process.pid })}\n`);
for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${line}\n`);
await embedded.stop();
