"""The boards as TypeScript, so that its compiler holds each key and value against the types of Grafana's release."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from dashboards.grafana.panels import Json

_OF_KIND: Final = {"stat": "Stat", "timeseries": "TimeSeries", "table": "Table", "geomap": "Geomap"}
_HEAD: Final = """import type {
  AnnotationQuery, AnnotationTarget, Dashboard, DataQuery, FieldConfig, HideableFieldConfig, Panel,
} from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as geomap from '@grafana/schema/dist/esm/raw/composable/geomap/panelcfg/x/GeomapPanelCfg_types.gen';
import type * as timeseries from
  '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
type Options = { stat: stat.Options; table: table.Options; geomap: geomap.Options; timeseries: timeseries.Options };
type Own = { stat: {}; table: table.FieldConfig; geomap: HideableFieldConfig; timeseries: timeseries.FieldConfig };
// Grafana's own Panel and FieldConfig take any option and any property of a kind's own: these do not.
type Field<K extends keyof Own> = Omit<FieldConfig, 'custom'> & { custom?: Own[K] };
type Drawn<K extends keyof Own> = Omit<Panel, 'options' | 'fieldConfig'> & {
  options: Options[K];
  fieldConfig: Omit<NonNullable<Panel['fieldConfig']>, 'defaults'> & { defaults: Field<K> };
};
type Mark = AnnotationQuery<AnnotationTarget & DataQuery>; // what Grafana itself is asked for
type Board = Omit<Dashboard, 'panels' | 'annotations'> & { annotations: { list: Mark[] } };
// As it is written: what is left out is a default, and a name stands for its enum.
type Written<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]?: Written<T[K]> } : T | null;
"""


def typed(boards: Iterable[Json]) -> str:
    """A module that compiles if every board, panel, option and property of a field is one that Grafana knows."""
    return _HEAD + "".join(line for board in boards for line in _lines(board))


def _lines(board: Json) -> Iterator[str]:
    rest = {key: given for key, given in board.items() if key != "panels"}
    yield f"({_value(rest)}) satisfies Written<Board>; // {board['title']}\n"
    for panel in board["panels"]:
        kind = f"'{panel['type']}'"
        yield f"({_value(panel)}) satisfies Written<Drawn<{kind}>>;\n"
        for override in panel["fieldConfig"]["overrides"]:
            yield f"({_value(_field(override))}) satisfies Written<Field<{kind}>>;\n"


def _field(override: Json) -> Json:
    """What an override makes of a field."""
    field: Json = {}
    for one in override["properties"]:
        path, _, own = one["id"].partition(".")
        if own:
            field.setdefault(path, {})[own] = one["value"]
        else:
            field[path] = one["value"]
    return field


def _value(given: Json) -> str:
    return json.dumps(given, ensure_ascii=False)
