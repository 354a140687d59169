import { createClient } from '@clickhouse/client';
import { OutsideError, type Redacted } from '../../core/index.ts';
import { ANALYTICS_LIMITS } from './limits.ts';
import { toOutsideError } from './outside-errors.ts';
import type { Analytics } from './port.ts';
import { assertName, decodeRows, encodeRows, wireParameters } from './rows.ts';
import { createStatements, CLIENT_OPTIONS } from './statements.ts';

export interface ClickHouseOptions {
  /** `https://user:password@host:8443/database`; http for a server on a private network. */
  readonly url: Redacted<string>;
  readonly why?: string;
}

/**
 * ClickHouse by URL. Asks for its version first: throws OutsideError `clickhouse_url_invalid` (not retryable),
 * `analytics_unreachable` (retryable) or `access_denied` (not retryable).
 */
export async function openClickHouse({ url, why = 'CLICKHOUSE_URL is set' }: ClickHouseOptions): Promise<Analytics> {
  const parsed = parseUrl(url.reveal());
  const where = `ClickHouse at ${parsed.host}`;
  const client = createClient({
    ...CLIENT_OPTIONS,
    url: parsed,
    application: 'bulwark',
    request_timeout: ANALYTICS_LIMITS.requestMsMax,
    max_open_connections: ANALYTICS_LIMITS.connectionsMax,
    compression: { request: false, response: false },
  });
  const statements = createStatements(client);
  const mapped = async <Value>(work: Promise<Value>): Promise<Value> => {
    try {
      return await work;
    } catch (error) {
      throw toOutsideError(error, where);
    }
  };
  let version: string;
  try {
    const [row] = decodeRows<{ version: string }>(await mapped(statements.query('select version() as version', {})));
    version = row?.version ?? 'of unknown version';
  } catch (error) {
    await client.close();
    throw error;
  }
  return {
    description: {
      port: 'analytics',
      adapter: `ClickHouse ${version} at ${parsed.host}`,
      durable: true,
      developmentOnly: false,
      why,
    },
    async insert(table, rows, token) {
      assertName(table, 'table');
      if (rows.length > 0) await mapped(statements.insert(table, encodeRows(rows), token));
    },
    async query(sql, parameters = {}) {
      return decodeRows(await mapped(statements.query(sql, wireParameters(parameters))));
    },
    command: (sql) => mapped(statements.command(sql)),
    close: () => client.close(),
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new OutsideError(
      'clickhouse_url_invalid',
      'the ClickHouse URL must look like http://user:password@host:8123/database',
      {
        retryable: false,
      },
    );
  }
  return url;
}
