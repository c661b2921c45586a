"""Transitions: what happened to episodes, each with its reason in both languages. Written once, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("transitions")


class TransitionRow(Struct, frozen=True):
    """One transition; its id comes from `store.ids.reserve`."""

    id: int
    episode_id: int
    alert_id: int | None
    facility_id: int
    resident_id: int
    at: Millis | None  # event time; None: it happened to our knowledge, when it was recorded
    recorded_at: Millis
    kind: str
    condition: str
    severity: int  # 1 (P1) to 4 (C)
    rule: str
    rule_version: str
    reason_zh: str
    reason_en: str
    evidence: bytes  # JSON array under the names of the wire contract
    origin: Literal["live", "backfill"]  # only live ones page


async def add(connection: Connection, rows: Iterable[TransitionRow]) -> None:
    """The transitions are on record."""
    values = [
        structs.asdict(row)
        | {"at": Moment.of(row.at), "recorded_at": Moment(row.recorded_at), "evidence": row.evidence.decode()}
        for row in rows
    ]
    if values:
        await connection.cursor().executemany(_SQL["add_transition"], values)


async def of_alerts(connection: Connection, alert_ids: Iterable[int]) -> dict[int, list[TransitionRow]]:
    """The course of each alert, in order; every alert asked for has a list."""
    found: dict[int, list[TransitionRow]] = {alert_id: [] for alert_id in alert_ids}
    cursor = await connection.execute(_SQL["transitions_of_alerts"], {"alerts": list(found)})
    for row in await cursor.fetchall():
        found[row[2]].append(TransitionRow(*row))
    return found


async def since(connection: Connection, facility_id: int, after: int = 0, limit: int = 1_000) -> list[TransitionRow]:
    """What happened in a facility after the transition with this id, in order."""
    parameters = {"facility": facility_id, "after": after, "limit": limit}
    cursor = await connection.execute(_SQL["transitions_since"], parameters)
    return [TransitionRow(*row) for row in await cursor.fetchall()]
