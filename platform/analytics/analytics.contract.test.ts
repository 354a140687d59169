import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redacted } from '../../core/index.ts';
import { startClickHouseHttpFront } from '../../test/services/clickhouse-http-front.ts';
import { clickhouseServer } from '../../test/services/clickhouse-server.ts';
import { describeWithService } from '../../test/services/require-service.ts';
import { describeAnalyticsContract } from './contract.ts';
import { openClickHouse, openEmbeddedAnalytics } from './index.ts';

const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), 'bulwark-analytics-'));

describeAnalyticsContract('embedded', async () => {
  const dataDirectory = await temporary();
  return {
    open: () => openEmbeddedAnalytics({ dataDirectory }),
    restart: async () => {},
    remove: () => rm(dataDirectory, { recursive: true, force: true }),
  };
});

describeAnalyticsContract('HTTP, over the engine behind a front', async () => {
  const dataDirectory = await temporary();
  let front = await startClickHouseHttpFront({ dataDirectory });
  return {
    open: () => openClickHouse({ url: new Redacted(front.url) }),
    async restart() {
      await front.stop();
      front = await startClickHouseHttpFront({ dataDirectory });
    },
    async remove() {
      await front.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
});

await describeWithService(clickhouseServer, 'with a ClickHouse server', (start) => {
  describeAnalyticsContract('HTTP, a ClickHouse server', async () => {
    const url = new Redacted(await start());
    // A server keeps its data while nobody is connected; leaving it is closing the client.
    return { open: () => openClickHouse({ url }), restart: async () => {}, remove: async () => {} };
  });
});
