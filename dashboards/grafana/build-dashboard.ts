import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  StackingConfigBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { clickHouseQuery, DATASOURCE_REF, DATASOURCE_TYPE } from './clickhouse-query.ts';
import type { PanelSpec, SectionSpec } from './panel-spec.ts';

const COLUMNS = 24;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** What every panel builder of the SDK has and we set. */
interface CommonBuilder<Self> extends Builder<Panel> {
  id(id: number): Self;
  title(title: string): Self;
  description(description: string): Self;
  datasource(ref: { type: string; uid: string }): Self;
  gridPos(place: Place): Self;
  unit(unit: string): Self;
}

function common<Self extends CommonBuilder<Self>>(builder: Self, spec: PanelSpec, id: number, place: Place): Self {
  return builder.id(id).title(spec.title).description(spec.description).datasource(DATASOURCE_REF).gridPos(place).unit(spec.unit);
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .calcs([]);
}

function tooltip(): VizTooltipOptionsBuilder {
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi);
}

function buildPanel(spec: PanelSpec, id: number, place: Place): Builder<Panel> {
  const rows = clickHouseQuery(spec.sql, 'table');
  switch (spec.kind) {
    case 'timeseries':
      return common(new TimeSeries(), spec, id, place)
        .legend(legend())
        .tooltip(tooltip())
        .lineWidth(1)
        .fillOpacity(5)
        .withTarget(clickHouseQuery(spec.sql, 'timeseries'));
    case 'bars_over_time':
      return common(new TimeSeries(), spec, id, place)
        .legend(legend())
        .tooltip(tooltip())
        .drawStyle(GraphDrawStyle.Bars)
        .fillOpacity(80)
        .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
        .withTarget(clickHouseQuery(spec.sql, 'timeseries'));
    case 'bars':
      return common(new BarChart(), spec, id, place)
        .legend(legend())
        .tooltip(tooltip())
        .stacking(StackingMode.Normal)
        .withTarget(rows);
    case 'stat':
      return common(new Stat(), spec, id, place)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
        .withTarget(rows);
    case 'table': {
      const table = common(new Table(), spec, id, place).withTarget(rows);
      for (const [column, unit] of Object.entries(spec.columnUnits ?? {})) {
        table.overrideByName(column, [{ id: 'unit', value: unit }]);
      }
      return table;
    }
  }
}

/** Panels from left to right, and down when a line is full; each section under a row of its own. Ids count up from 1. */
function addSections(dashboard: DashboardBuilder, sections: readonly SectionSpec[]): void {
  let id = 0;
  let y = 0;
  for (const section of sections) {
    id += 1;
    dashboard.withRow(new RowBuilder(section.title).id(id).gridPos({ x: 0, y, w: COLUMNS, h: 1 }));
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const spec of section.panels) {
      if (x + spec.width > COLUMNS) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      id += 1;
      dashboard.withPanel(buildPanel(spec, id, { x, y, w: spec.width, h: spec.height }));
      x += spec.width;
      lineHeight = Math.max(lineHeight, spec.height);
    }
    y += lineHeight;
  }
}

export function buildDashboard(options: {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly sections: readonly SectionSpec[];
}): Dashboard {
  const dashboard = new DashboardBuilder(options.title)
    .uid(options.uid)
    .description(options.description)
    .tags(['bulwark'])
    .timezone('utc')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .readonly()
    .withVariable(new DatasourceVariableBuilder('datasource').label('ClickHouse').type(DATASOURCE_TYPE))
    .withVariable(
      new QueryVariableBuilder('stream')
        .label('Stream')
        .description('live, or the name of an import')
        .datasource(DATASOURCE_REF)
        .query("select distinct stream from events order by stream = 'live' desc, stream")
        .current({ selected: true, text: 'live', value: 'live' })
        .refresh(VariableRefresh.OnDashboardLoad)
        .multi(false)
        .includeAll(false),
    );
  addSections(dashboard, options.sections);
  return dashboard.build();
}
