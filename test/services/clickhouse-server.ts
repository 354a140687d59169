import { environment } from './environment.ts';
import type { ServiceFixture } from './require-service.ts';

/** A real ClickHouse server, by `CLICKHOUSE_URL` alone: it is in no package that the fixtures could fetch. Gives its URL. */
export const clickhouseServer: ServiceFixture<string> = {
  name: 'clickhouse-server',
  async find() {
    const url = environment.clickhouseUrl;
    if (url === null) return { ok: false, reason: 'CLICKHOUSE_URL is not set' };
    return { ok: true, start: async () => url };
  },
};
