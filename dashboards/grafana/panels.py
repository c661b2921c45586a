"""Panels as Grafana reads them: plain dictionaries in its classic JSON.

Classic JSON (schema version 41) is what file provisioning takes in Grafana 12
and 13; uids never change, so links to a board and to its data sources hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from dashboards.grafana import facility_queries, queries
from store.dictionary import FIGURES

Json = dict[str, Any]

FIGURES_SOURCE: Final[Json] = {"type": "grafana-postgresql-datasource", "uid": "sizao-figures"}
METRICS_SOURCE: Final[Json] = {"type": "prometheus", "uid": "sizao-metrics"}

_UNITS: Final = {"percent": "percent", "minutes": "m", "seconds": "s"}
_COUNT: Final = "locale"  # 2,856: in Grafana's `short` it is 3 K


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


def stat(asked: Question, sql: str, names: Sequence[str], *, height: int = 3) -> Json:
    """A large number: the figure, or what the query says."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "" if names else "/.*/", "values": False},
        "colorMode": "none",
        "graphMode": "none",
        "textMode": "value",
    }
    return _panel("stat", asked, [_sql(sql, "table")], _named(names), options, (4, height))


def trend(asked: Question, *names: str, width: int = 12, of: Callable[..., str] = queries.trend) -> Json:
    """Figures over the chosen days; `of`: the query that asks for them, by default of the region."""
    shown = [_drawn(one, number) for number, one in enumerate(_named(names))]
    return _panel("timeseries", asked, [_sql(of(*names), "time_series")], shown, _LINES, (width, 8))


def table(
    asked: Question, *names: str, blanks: Sequence[str] = (), first: str, width: int = 12, height: int = 10
) -> Json:
    """A row for each region below, each with a way into it."""
    sql = queries.below(*names, blanks=blanks, first=first)
    is_narrow = width < 24 or len(names) + len(blanks) > 10
    shown = [
        _override("name", "地区 region", links=[_into_region(), _facilities_of_region()], **_A_NAME),
        _hidden("region"),
        *(_headed(one, is_narrow=is_narrow) for one in _named(names)),
    ]
    empty = [_override(f"{name}_blank", f"{FIGURES[name].zh}·空白 blank") for name in blanks]
    shown += [_headed(one, is_narrow=is_narrow) for one in empty]
    return _panel(
        "table", asked, [_sql(sql, "table")], shown, {"cellHeight": "sm", "showHeader": True}, (width, height)
    )


def facilities(asked: Question, *names: str, first: str, width: int = 24, height: int = 10) -> Json:
    """A row for each facility of the region, each with a way to it."""
    sql = facility_queries.each(*names, first=first)
    shown = [_override("name", "机构 facility", links=[_to_facility()], **_A_NAME), _override("code", "编号 code")]
    shown += [_headed(one, is_narrow=False) for one in _named(names)]
    return _panel(
        "table", asked, [_sql(sql, "table")], shown, {"cellHeight": "sm", "showHeader": True}, (width, height)
    )


def squares(
    asked: Question, *names: str, limits: Sequence[float], worst: Literal["high", "low"], width: int = 12
) -> Json:
    """A square for each region below, by the first figure: the worse, the darker blue, by limits; no tile server."""
    shown = [_override("name", "地区 region", links=[_into_region(), _facilities_of_region()]), *_named(names)]
    shown += [
        _override(one, one, **{"custom.hideFrom": _NOWHERE}) for one in ("region", "square", "longitude", "latitude")
    ]
    panel = _panel("geomap", asked, [_sql(queries.squares(*names), "table")], shown, _map(names[0]), (width, 12))
    shades = _DARKER if worst == "high" else _DARKER[::-1]
    steps = [{"color": color, "value": limit} for color, limit in zip(shades, (None, *limits), strict=True)]
    panel["fieldConfig"]["defaults"] |= {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute"}}
    panel["fieldConfig"]["defaults"]["thresholds"]["steps"] = steps
    return panel


def metrics(
    asked: Question, asking: Mapping[str, str], *, unit: str = _COUNT, lines: Sequence[str] = (), width: int = 12
) -> Json:
    """What Prometheus has of our processes; legends and expressions; `lines`: those that one of them makes."""
    targets = [
        {"datasource": METRICS_SOURCE, "refId": chr(65 + number), "expr": expr, "legendFormat": legend, "range": True}
        for number, (legend, expr) in enumerate(asking.items())
    ]
    shown = [_drawn(_override(one, one), number) for number, one in enumerate(lines or asking)]
    return _panel("timeseries", asked, targets, shown, _LINES, (width, 8), unit)


def _panel(
    kind: str,
    asked: Question,
    targets: list[Json],
    overrides: list[Json],
    options: Json,
    size: tuple[int, int],
    unit: str = _COUNT,
) -> Json:
    custom = _CUSTOM.get(kind, {})
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


_CUSTOM: Final[Mapping[str, Json]] = {
    "timeseries": {"lineWidth": 2, "fillOpacity": 0, "showPoints": "auto"},
    "table": {"wrapHeaderText": True, "minWidth": 72},
}
_A_NAME: Final = {"custom.minWidth": 150}  # 新疆维吾尔自治区 and a little more; it takes what is left
# Red, yellow and green belong to the tiers. Shades are light: on each of them Grafana writes names in its dark print.
_DARKER: Final = ("#e3eefa", "#b5d4ef", "#82b5e2", "#4d93d0")
_COLORS: Final = ("#3274d9", "#8f3bb8", "#8c6d46", "#6e7b8b", "#d6619c", "#14a3b8")
_DASHES: Final[tuple[list[int], ...]] = ([], [12, 6], [4, 6], [16, 4, 4, 4])
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
            unit=_UNITS.get(FIGURES[name].unit, _COUNT),
            decimals=1 if FIGURES[name].kind == "ratio" else 0,
        )
        for name in names
    ]


def _drawn(override: Json, number: int) -> Json:
    """As a line that is told from those before it by its dashes, too; what is no share is seen from 0 on."""
    dash = _DASHES[number % len(_DASHES)]
    drawn = {
        "color": {"mode": "fixed", "fixedColor": _COLORS[number % len(_COLORS)]},
        "custom.lineStyle": {"fill": "dash", "dash": dash} if dash else {"fill": "solid"},
    }
    is_share = {"id": "unit", "value": "percent"} in override["properties"]
    return _with(override, drawn if is_share else drawn | {"custom.axisSoftMin": 0})


def _headed(override: Json, *, is_narrow: bool) -> Json:
    """As a column wide enough for its name in three lines: what takes more is cut off, what is left is shared."""
    called = override["properties"][0]["value"]
    pixels = sum(14 if ord(letter) > 0x2E80 else 7 for letter in called)
    longest = max(len(word) for word in called.split() if word.isascii())
    width = max(84, pixels // 3 + 36, 9 * longest + 24)
    return _with(override, {"custom.width": width}) if is_narrow or pixels > 180 else override


def _with(override: Json, properties: Mapping[str, Any]) -> Json:
    more = [{"id": key, "value": given} for key, given in properties.items()]
    return override | {"properties": [*override["properties"], *more]}


def _override(column: str, called: str, **properties: Any) -> Json:
    named = {"matcher": {"id": "byName", "options": column}, "properties": []}
    return _with(named, {"displayName": called, **properties})


def _hidden(column: str) -> Json:
    return _override(column, "区划代码 code", **{"custom.hideFrom": {"legend": True, "tooltip": True, "viz": True}})


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
