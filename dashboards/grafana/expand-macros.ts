/** What Grafana would put in at the top of the dashboard and from its time picker. */
export interface MacroValues {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalSeconds: number;
  readonly stream: string;
}

/**
 * The macros of plugin 4.x that our panels use, as the plugin expands them, so that a panel's SQL can run without Grafana. A macro
 * or variable that is not known here throws: then the panel uses something that no test has seen.
 */
export function expandMacros(sql: string, { fromMs, toMs, intervalSeconds, stream }: MacroValues): string {
  const expanded = sql
    .replaceAll(
      /\$__timeFilter_ms\(([^()]+)\)/g,
      `$1 >= fromUnixTimestamp64Milli(${fromMs}) AND $1 <= fromUnixTimestamp64Milli(${toMs})`,
    )
    .replaceAll(
      /\$__timeFilter\(([^()]+)\)/g,
      `$1 >= toDateTime(${Math.floor(fromMs / 1000)}) AND $1 <= toDateTime(${Math.floor(toMs / 1000)})`,
    )
    .replaceAll(/\$__timeInterval\(([^()]+)\)/g, `toStartOfInterval(toDateTime($1), INTERVAL ${intervalSeconds} second)`)
    .replaceAll('$__interval_s', String(intervalSeconds))
    .replaceAll('${stream:singlequote}', `'${stream.replaceAll("'", "\\'")}'`);
  const left = /\$\{?\w+/.exec(expanded);
  if (left !== null) throw new Error(`no expansion for ${left[0]} in: ${sql}`);
  return expanded;
}
