import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';

/** A query as plugin `grafana-clickhouse-datasource` 4.x stores it; the SDK has no type for it. */
interface ClickHouseQuery extends Dataquery {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly editorType: 'sql';
  readonly queryType: 'timeseries' | 'table';
  /** 0: long rows become one series a label; 1: rows as they are. */
  readonly format: 0 | 1;
  readonly rawSql: string;
}

export const DATASOURCE_TYPE = 'grafana-clickhouse-datasource';
/** The datasource is chosen at the top of the dashboard, so the file fits any Grafana. */
export const DATASOURCE_REF = { type: DATASOURCE_TYPE, uid: '${datasource}' };

export function clickHouseQuery(sql: string, queryType: 'timeseries' | 'table'): Builder<Dataquery> {
  const query: ClickHouseQuery = {
    refId: 'A',
    datasource: DATASOURCE_REF,
    editorType: 'sql',
    queryType,
    format: queryType === 'timeseries' ? 0 : 1,
    rawSql: sql,
    _implementsDataqueryVariant() {},
  };
  return { build: () => query };
}
