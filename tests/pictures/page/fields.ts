// What @grafana/data makes of an answer: each field with the unit, name, colour and links that the panel's file gives it.
import {
  applyFieldOverrides,
  booleanOverrideProcessor,
  cacheFieldDisplayNames,
  type DataFrame,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  type FieldConfigPropertyItem,
  FieldConfigOptionsRegistry,
  type FieldConfigSource,
  type GrafanaTheme2,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardFieldConfigEditorRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  toDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';

export type Answer = { name?: string; fields: Array<{ name: string; type: string; values: unknown[] }> };
export type Panel = {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  options: Record<string, any>;
  fieldConfig: FieldConfigSource;
};

const STANDARD: Record<string, FieldConfigPropertyItem['process']> = {
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  displayName: displayNameOverrideProcessor,
  noValue: stringOverrideProcessor,
  description: stringOverrideProcessor,
  filterable: booleanOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  links: dataLinksOverrideProcessor,
  color: identityOverrideProcessor,
};

// What a field of each kind of panel may be told beyond that, and is told where the board is silent.
const OWN: Record<string, Record<string, unknown>> = {
  stat: {},
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, width: undefined, minWidth: undefined,
    wrapHeaderText: false, wrapText: false, hideFrom: undefined, filterable: false, footer: undefined },
  geomap: { hideFrom: undefined },
  timeseries: { drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, lineStyle: undefined, fillOpacity: 0,
    gradientMode: 'none', barAlignment: 0, stacking: { mode: 'none', group: 'A' }, axisPlacement: 'auto',
    axisLabel: '', axisColorMode: 'text', axisBorderShow: false, axisCenteredZero: false, axisSoftMin: undefined,
    axisSoftMax: undefined, axisGridShow: undefined, axisWidth: undefined, scaleDistribution: { type: 'linear' },
    showPoints: 'auto', showValues: false, pointSize: 5, spanNulls: false, insertNulls: false,
    hideFrom: { legend: false, tooltip: false, viz: false }, thresholdsStyle: { mode: 'off' } },
};
const COLOR: Record<string, string> = { timeseries: 'palette-classic' };

const item = (id: string, path: string, process: FieldConfigPropertyItem['process'], isCustom: boolean) =>
  ({ id, path, name: id, isCustom, process, shouldApply: () => true }) as unknown as FieldConfigPropertyItem;
const standard = () => Object.entries(STANDARD).map(([id, process]) => item(id, id, process, false));
const own = (kind: string) =>
  Object.keys(OWN[kind]).map((path) => item(`custom.${path}`, path, identityOverrideProcessor, true));
standardFieldConfigEditorRegistry.setInit(standard);

export function answered(panel: Panel, answer: Answer[], theme: GrafanaTheme2, timeZone: string): DataFrame[] {
  const { defaults, overrides } = panel.fieldConfig;
  const fieldConfig: FieldConfigSource = {
    defaults: {
      color: { mode: COLOR[panel.type] ?? 'thresholds' },
      thresholds: { mode: 'absolute', steps: [{ value: -Infinity, color: 'green' }, { value: 80, color: 'red' }] } as any,
      mappings: [],
      ...defaults,
      custom: { ...OWN[panel.type], ...defaults.custom },
    },
    overrides,
  };
  const fields = applyFieldOverrides({
    data: answer.map((frame) => toDataFrame(frame)),
    fieldConfig,
    fieldConfigRegistry: new FieldConfigOptionsRegistry(() => [...standard(), ...own(panel.type)]),
    replaceVariables: (text) => text,
    theme,
    timeZone,
  });
  cacheFieldDisplayNames(fields); // as Grafana does: tables read the names from there
  return fields;
}
