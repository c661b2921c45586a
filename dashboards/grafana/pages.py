"""A board: its panels in the order in which they are read, what a reader chooses, and what is marked on its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from dashboards.grafana import facility_queries, queries
from dashboards.grafana.panels import FIGURES_SOURCE, Json

_WIDTH: Final = 24  # of Grafana's grid
_NATION: Final = {"text": "全国", "value": "000000"}


def board(
    uid: str, zh: str, en: str, panels: Iterable[Json], *, of_regions: bool = True, of_facility: bool = False
) -> Json:
    """A page of panels, laid out in the order in which they are read."""
    return {
        "uid": uid,
        "title": f"{zh} / {en}",
        "tags": ["sizao"],
        "schemaVersion": 41,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "Asia/Shanghai",
        "time": {"from": "now-30d" if of_regions else "now-6h", "to": "now"},
        "refresh": "5m" if of_regions else "30s",
        "links": [_other_boards()],
        "templating": {"list": _variables(of_facility) if of_regions else []},
        "annotations": {"list": _marks() if of_regions else _marks()[:1]},
        "panels": _laid_out(panels),
    }


def _other_boards() -> Json:
    return {"type": "dashboards", "title": "四早看板 / Boards", "tags": ["sizao"], "asDropdown": True, "keepTime": True}


def _marks() -> list[Json]:
    """What `dashboards.grafana.marks` writes: our outages, and the dispatches of the region."""
    return [
        _mark("平台中断 Our outages", "orange", ["sizao-outage"]),
        _mark("日调度冻结 Dispatches", "blue", ["sizao-dispatch", "${region}"]),
    ]


def _mark(called: str, color: str, tags: list[str]) -> Json:
    return {
        "name": called,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "iconColor": color,
        "target": {"type": "tags", "tags": tags, "matchAny": False, "limit": 100},
    }


def _variables(of_facility: bool) -> list[Json]:
    """What a reader chooses: the region first; of a facility, which one, else of which homes."""
    return [
        _asked("region", "地区 / Region", queries.REGIONS, refresh=1) | {"current": _NATION},
        _custom("grain", "口径 / Grain", {"统计时段 period": "period", "自然日 day": "day"}, many=False),
        _asked("facility", "机构 / Facility", facility_queries.FACILITIES, refresh=2)
        if of_facility
        else _custom(
            "setting",
            "城乡 / Setting",
            {"城镇 urban": "urban", "农村 rural": "rural", "未填 unknown": "unknown"},
            many=True,
        ),
    ]


def _asked(name: str, label: str, query: str, *, refresh: int) -> Json:
    """One of those that the query finds; refresh 1: as the board opens, 2: and whenever another choice changes it."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": FIGURES_SOURCE,
        "query": query,
        "refresh": refresh,
        "sort": 0,
    }


def _custom(name: str, label: str, choices: Mapping[str, str], *, many: bool) -> Json:
    """Some of these, at first all; or one of them, at first the first."""
    options = [{"text": text, "value": given, "selected": False} for text, given in choices.items()]
    first = {"text": ["All"], "value": ["$__all"]} if many else {key: options[0][key] for key in ("text", "value")}
    return {
        "name": name,
        "label": label,
        "type": "custom",
        "query": ", ".join(f"{text} : {given}" for text, given in choices.items()),
        "options": options,
        "current": first,
        "multi": many,
        "includeAll": many,
    }


def _laid_out(panels: Iterable[Json]) -> list[Json]:
    """From left to right; what does not fit begins a new row."""
    placed: list[Json] = []
    x = y = height = 0
    for number, panel in enumerate(panels, 1):
        size = panel["gridPos"]
        if x + size["w"] > _WIDTH:
            x, y, height = 0, y + height, 0
        placed.append(panel | {"id": number, "gridPos": {"x": x, "y": y, **size}})
        x, height = x + size["w"], max(height, size["h"])
    return placed
