// Each kind of panel that the boards use, drawn by Grafana's own components; maps by the library that Grafana draws them with.
import { type DataFrame, FieldType, getFieldDisplayValues, type GrafanaTheme2, type TimeRange } from '@grafana/data';
import { BigValue, TimeSeries } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

import type { Panel } from './fields';
import { Squares } from './squares';

export type Shown = {
  panel: Panel;
  answer: DataFrame[];
  width: number;
  height: number;
  theme: GrafanaTheme2;
  range: TimeRange;
  timeZone: string;
};

function Stat({ panel, answer, width, height, theme, timeZone }: Shown) {
  const values = getFieldDisplayValues({
    data: answer,
    fieldConfig: panel.fieldConfig,
    reduceOptions: panel.options.reduceOptions,
    replaceVariables: (text) => text,
    theme,
    timeZone,
  });
  const { colorMode, graphMode, textMode } = panel.options;
  return values.map(({ display }, number) => (
    <BigValue key={number} value={display} theme={theme} width={width / values.length} height={height}
      count={values.length} {...{ colorMode, graphMode, textMode }} />
  ));
}

function Lines({ panel, answer, width, height, range, timeZone }: Shown) {
  const legend = { calcs: [], ...panel.options.legend };
  return <TimeSeries frames={answer} timeRange={range} {...{ timeZone, width, height, legend, options: panel.options }} />;
}

function Rows({ panel, answer, width, height, range }: Shown) {
  const { cellHeight, frozenColumns, showHeader } = panel.options;
  return (
    <TableNG data={answer[0]} noHeader={!showHeader} timeRange={range} fieldConfig={panel.fieldConfig}
      enableVirtualization={false} frozenColumns={frozenColumns?.left} {...{ width, height, cellHeight }} />
  );
}

const DRAWN = { stat: Stat, timeseries: Lines, table: Rows, geomap: Squares };

export function Drawn(shown: Shown) {
  const Kind = DRAWN[shown.panel.type as keyof typeof DRAWN];
  const isEmpty = shown.answer.every((frame) => frame.length === 0);
  const hasNumbers = shown.answer.some((frame) => frame.fields.some((field) => field.type === FieldType.number));
  if (isEmpty || (shown.panel.type === 'timeseries' && !hasNumbers)) {
    return <div className="no-data" style={{ textAlign: 'center', paddingTop: shown.height / 2 - 10 }}>No data</div>;
  }
  return <Kind {...shown} />;
}
