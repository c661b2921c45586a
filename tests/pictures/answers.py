"""What the queries of a board answer, as Grafana hands it to a panel: from the figures and from Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import httpx
import psycopg
from msgspec import Struct

from dashboards.grafana.panels import Json
from detectors.times import Millis
from tests.integration.rollup.provinces import filled
from tests.pictures.history import NOW
from tests.pictures.homes import COUNTY, FACILITY

_STEP: Final = 30  # seconds: six hours over the pixels of a panel
_BACK: Final = {"now-30d": timedelta(days=30), "now-6h": timedelta(hours=6)}
_TYPES: Final = {23: "number", 20: "number", 701: "number", 1700: "number", 25: "string", 1184: "time"}  # by Postgres


class Chosen(Struct, frozen=True):
    """A board with what its reader has chosen."""

    board: Json
    since: Millis
    until: Millis
    values: dict[str, tuple[str, ...]]
    texts: list[tuple[str, str]]  # label of each choice, and what it says


def chosen(board: Json, reader: psycopg.Connection, region: str) -> Chosen:
    """The board as it opens, of a region; the board of a facility shows one of a county."""
    since = NOW - round(_BACK[board["time"]["from"]].total_seconds() * 1_000)
    wanted = {"region": COUNTY if board["uid"] == "sizao-facility" else region, "facility": FACILITY}
    values: dict[str, tuple[str, ...]] = {"setting": ()}
    texts = []
    for one in board["templating"]["list"]:
        name = one["name"]
        if one["type"] == "custom":
            everything = [each["value"] for each in one["options"]]
            values[name] = tuple(everything) if one["multi"] else (one["current"]["value"],)
            text = "All" if one["multi"] else one["current"]["text"]
        else:
            values[name] = (wanted[name],)
            sql = filled(one["query"], *(values.get(key, ("",))[0] for key in ("region", "grain")), ())
            text = {code: shown for shown, code in reader.execute(sql.encode()).fetchall()}[wanted[name]]
        texts.append((one["label"], text))
    return Chosen(board, since, NOW, values, texts)


def answers(given: Chosen, reader: psycopg.Connection, prometheus: str) -> dict[int, list[Json]]:
    """The frames of each panel by its number."""
    return {
        panel["id"]: [
            frame
            for target in panel["targets"]
            for frame in (
                [_rows(given, target["rawSql"], reader)]
                if "rawSql" in target
                else _series(given, target["expr"], target["legendFormat"], prometheus)
            )
        ]
        for panel in given.board["panels"]
    }


def _rows(given: Chosen, sql: str, reader: psycopg.Connection) -> Json:
    """Columns under their names; a number that Postgres keeps exactly is one of JavaScript's to Grafana."""
    values = given.values
    asked = filled(
        sql,
        *(values[name][0] for name in ("region", "grain")),
        values["setting"],
        values.get("facility", ("",))[0],
        (given.since, given.until),
    )
    cursor = reader.execute(asked.encode())
    rows = cursor.fetchall()
    return {
        "fields": [
            {"name": column.name, "type": _TYPES[column.type_code], "values": [_plain(row[number]) for row in rows]}
            for number, column in enumerate(cursor.description or ())
        ]
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return round(value.timestamp() * 1_000) if isinstance(value, datetime) else value


def _series(given: Chosen, expr: str, legend: str, prometheus: str) -> list[Json]:
    """A frame for each line, called as the legend says."""
    hours = {"start": given.since // 1_000, "end": given.until // 1_000, "step": _STEP}
    asked = httpx.post(f"{prometheus}/api/v1/query_range", data={"query": expr, **hours}, timeout=30)
    assert asked.status_code == 200, asked.text
    return [_line(one["metric"], one["values"], legend) for one in asked.json()["data"]["result"]]


def _line(labels: dict[str, str], values: list[tuple[float, str]], legend: str) -> Json:
    shown = legend
    for name, value in labels.items():
        shown = shown.replace("{{" + name + "}}", value)
    numbers = [None if value in ("NaN", "+Inf", "-Inf") else float(value) for _, value in values]
    return {
        "fields": [
            {"name": "Time", "type": "time", "values": [round(when * 1_000) for when, _ in values]},
            {
                "name": "Value",
                "type": "number",
                "values": numbers,
                "labels": labels,
                "config": {"displayNameFromDS": shown},
            },
        ]
    }


def told(given: Chosen) -> str:
    """The chosen time, as the title row says it."""
    times = (datetime.fromtimestamp(one / 1_000, UTC) + timedelta(hours=8) for one in (given.since, given.until))
    return " — ".join(f"{one:%Y-%m-%d %H:%M}" for one in times)
