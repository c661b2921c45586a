"""Panels as Grafana reads them: plain dictionaries in its classic JSON.

Classic JSON (schema version 41) is what file provisioning takes in Grafana 12
and 13; uids never change, so links to a board and to its data sources hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from dashboards.grafana import facility_queries, queries
from store.dictionary import FIGURES

Json = dict[str, Any]

FIGURES_SOURCE: Final[Json] = {"type": "grafana-postgresql-datasource", "uid": "sizao-figures"}
METRICS_SOURCE: Final[Json] = {"type": "prometheus", "uid": "sizao-metrics"}

_UNITS: Final = {"percent": "percent", "minutes": "m", "seconds": "s"}


class Question(Struct, frozen=True):
    """What a panel answers, and how it is read."""

    zh: str
    en: str
    how_zh: str
    how_en: str

    @property
    def title(self) -> str:
        return f"{self.zh} / {self.en}"

    @property
    def how(self) -> str:
        return f"{self.how_zh}\n\n{self.how_en}"


def stat(asked: Question, sql: str, names: Sequence[str], *, width: int = 4) -> Json:
    """Large numbers, one a figure."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "" if names else "/.*/", "values": False},
        "colorMode": "none",
        "graphMode": "none",
        "textMode": "value_and_name" if len(names) > 1 else "value",
    }
    return _panel("stat", asked, [_sql(sql, "table")], _named(names), options, (width, 5))


def trend(asked: Question, *names: str, width: int = 12, of: Callable[..., str] = queries.trend) -> Json:
    """Figures over the chosen days; `of`: the query that asks for them, by default of the region."""
    return _panel("timeseries", asked, [_sql(of(*names), "time_series")], _named(names), _LINES, (width, 8))


def table(
    asked: Question, *names: str, blanks: Sequence[str] = (), first: str, width: int = 12, height: int = 10
) -> Json:
    """A row for each region below, each with a way into it."""
    sql = queries.below(*names, blanks=blanks, first=first)
    shown = [
        _override("name", "地区 region", links=[_into_region(), _facilities_of_region()]),
        _hidden("region"),
        *_named(names),
    ]
    shown += [_override(f"{name}_blank", f"{FIGURES[name].zh}·空白机构 {FIGURES[name].en}, blank") for name in blanks]
    return _panel(
        "table", asked, [_sql(sql, "table")], shown, {"cellHeight": "sm", "showHeader": True}, (width, height)
    )


def facilities(asked: Question, *names: str, first: str, width: int = 24, height: int = 10) -> Json:
    """A row for each facility of the region, each with a way to it."""
    sql = facility_queries.each(*names, first=first)
    shown = [_override("name", "机构 facility", links=[_to_facility()]), _override("code", "编号 code"), *_named(names)]
    return _panel(
        "table", asked, [_sql(sql, "table")], shown, {"cellHeight": "sm", "showHeader": True}, (width, height)
    )


def squares(asked: Question, *names: str, limits: Sequence[float], width: int = 12, height: int = 12) -> Json:
    """A square for each region below, coloured by the first figure: blue, and darker at each limit; no tile server."""
    shown = [_override("name", "地区 region", links=[_into_region(), _facilities_of_region()]), *_named(names)]
    shown += [
        _override(one, one, **{"custom.hideFrom": _NOWHERE}) for one in ("region", "square", "longitude", "latitude")
    ]
    panel = _panel("geomap", asked, [_sql(queries.squares(*names), "table")], shown, _map(names[0]), (width, height))
    steps = [{"color": color, "value": limit} for color, limit in zip(_DARKER, (None, *limits), strict=True)]
    panel["fieldConfig"]["defaults"] |= {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute"}}
    panel["fieldConfig"]["defaults"]["thresholds"]["steps"] = steps
    return panel


def metrics(asked: Question, asking: Mapping[str, str], *, unit: str = "short", width: int = 12) -> Json:
    """What Prometheus has of our processes; the legend of each line, and its expression."""
    targets = [
        {"datasource": METRICS_SOURCE, "refId": chr(65 + number), "expr": expr, "legendFormat": legend, "range": True}
        for number, (legend, expr) in enumerate(asking.items())
    ]
    return _panel("timeseries", asked, targets, [], _LINES, (width, 8), unit)


def _panel(
    kind: str,
    asked: Question,
    targets: list[Json],
    overrides: list[Json],
    options: Json,
    size: tuple[int, int],
    unit: str = "short",
) -> Json:
    custom = {"lineWidth": 2, "fillOpacity": 10, "showPoints": "auto"} if kind == "timeseries" else {}
    return {
        "type": kind,
        "title": asked.title,
        "description": asked.how,
        "datasource": targets[0]["datasource"],
        "targets": targets,
        "gridPos": {"w": size[0], "h": size[1]},
        "fieldConfig": {"defaults": {"unit": unit, "noValue": "—", "custom": custom}, "overrides": overrides},
        "options": options,
    }


# Shades of one colour: red, yellow and green belong to the tiers.
_DARKER: Final = ("#cfe3f7", "#8ab8e6", "#3f7fc4", "#123f7a")
_NOWHERE: Final = {"legend": True, "tooltip": True, "viz": False}


def _map(colored_by: str) -> Json:
    """Squares with their names; whoever opens the panel sees all of them, and nothing under them."""
    style = {
        "color": {"field": colored_by, "fixed": _DARKER[0]},
        "opacity": 0.9,
        "size": {"fixed": 24, "min": 24, "max": 24},
        "symbol": {"fixed": "img/icons/marker/square.svg", "mode": "fixed"},
        "symbolAlign": {"horizontal": "center", "vertical": "center"},
        "text": {"field": "square", "fixed": "", "mode": "field"},
        "textConfig": {"fontSize": 12, "offsetX": 0, "offsetY": 0, "textAlign": "center", "textBaseline": "middle"},
    }
    return {
        "view": {"id": "fit", "allLayers": True, "lat": 0, "lon": 0, "zoom": 4, "padding": 12},
        "basemap": {"type": "default", "name": "", "config": {}, "opacity": 0},
        "controls": {"showZoom": False, "mouseWheelZoom": False, "showAttribution": False, "showScale": False},
        "tooltip": {"mode": "details"},
        "layers": [
            {
                "type": "markers",
                "name": "地区 regions",
                "config": {"showLegend": True, "style": style},
                "location": {"mode": "coords", "latitude": "latitude", "longitude": "longitude"},
                "tooltip": True,
            }
        ],
    }


_LINES: Final[Json] = {
    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
    "tooltip": {"mode": "multi", "sort": "none"},
}


def _sql(text: str, form: str) -> Json:
    return {
        "datasource": FIGURES_SOURCE,
        "refId": "A",
        "format": form,
        "editorMode": "code",
        "rawQuery": True,
        "rawSql": text,
    }


def _named(names: Iterable[str]) -> list[Json]:
    """Columns are called and measured as in the dictionary."""
    return [
        _override(
            name,
            f"{FIGURES[name].zh} {FIGURES[name].en}",
            unit=_UNITS.get(FIGURES[name].unit, "short"),
            decimals=1 if FIGURES[name].kind == "ratio" else 0,
        )
        for name in names
    ]


def _override(column: str, called: str, **properties: Any) -> Json:
    every = {"displayName": called, **properties}
    return {
        "matcher": {"id": "byName", "options": column},
        "properties": [{"id": key, "value": given} for key, given in every.items()],
    }


def _hidden(column: str) -> Json:
    return _override(column, "区划代码 code", **{"custom.hidden": True})


def _into_region() -> Json:
    """The same board of that region, with the time and everything else as chosen."""
    chosen = "var-region=${__data.fields[1]}&${grain:queryparam}&${setting:queryparam}&${__url_time_range}"
    return {"title": "进入该地区 / Into this region", "url": "/d/${__dashboard.uid}?" + chosen}


def _facilities_of_region() -> Json:
    """The board that lists its facilities."""
    chosen = "var-region=${__data.fields[1]}&${grain:queryparam}&${__url_time_range}"
    return {"title": "看该地区机构 / Its facilities", "url": "/d/sizao-facility?" + chosen}


def _to_facility() -> Json:
    """The board of that facility."""
    chosen = "var-facility=${__data.fields[1]}&${region:queryparam}&${grain:queryparam}&${__url_time_range}"
    return {"title": "看该机构 / This facility", "url": "/d/sizao-facility?" + chosen}
