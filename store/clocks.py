"""Reporting clocks: which run, when somebody is to be reminded, and what stopped them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.observations import EventKey
from store.sql import statements

_SQL: Final = statements("clocks")


class ClockRow(Struct, frozen=True):
    """A clock of one alert."""

    alert_id: int
    clock: str
    facility_id: int
    started_at: Millis
    due_at: Millis
    next_at: Millis | None  # when somebody is to be told


class NewReport(Struct, frozen=True):
    """Somebody has reported; `at` is when."""

    clock: str
    facility_id: int
    at: Millis
    recorded_at: Millis
    actor: str
    whom: str
    words: str


class ClockShown(Struct, frozen=True):
    """A clock with what stopped it."""

    clock: str
    started_at: Millis
    due_at: Millis
    reported_at: Millis | None
    recorded_at: Millis | None
    actor: str | None
    whom: str | None
    words: str | None


async def start(connection: Connection, rows: Iterable[ClockRow]) -> None:
    """These run from now on; what has started stays as it is."""
    values = [
        structs.asdict(row)
        | {"started_at": Moment(row.started_at), "due_at": Moment(row.due_at), "next_at": Moment.of(row.next_at)}
        for row in rows
    ]
    if values:
        await connection.cursor().executemany(_SQL["start_clock"], values)


async def reported(connection: Connection, tests: Sequence[EventKey]) -> list[Millis]:
    """When laboratories reported, of those of these tests whose messages say so."""
    if not tests:
        return []
    values = {"times": [Moment(at) for at, _ in tests], "ids": [event_id for _, event_id in tests]}
    return [at for (at,) in await (await connection.execute(_SQL["reported"], values)).fetchall()]


async def running(connection: Connection, facility_id: int, clock: str) -> list[ClockRow]:
    """The same clock of every positive of a facility, locked; the caller has locked the facility."""
    cursor = await connection.execute(_SQL["running"], {"facility": facility_id, "clock": clock})
    return [ClockRow(*row) for row in await cursor.fetchall()]


async def stop(connection: Connection, report: NewReport, alert_ids: Sequence[int]) -> None:
    """The report is on record, and the clock of these alerts stopped by it."""
    values = structs.asdict(report) | {"at": Moment(report.at), "recorded_at": Moment(report.recorded_at)}
    row = await (await connection.execute(_SQL["add_report"], values)).fetchone()
    assert row is not None
    stopped = {"report": row[0], "clock": report.clock, "alerts": list(alert_ids)}
    await connection.execute(_SQL["stop_clocks"], stopped)


async def claim(connection: Connection, now: Millis, limit: int) -> list[ClockRow]:
    """Clocks of which somebody must be told now, locked; others look at other ones meanwhile."""
    cursor = await connection.execute(_SQL["claim_clocks"], {"now": Moment(now), "limit": limit})
    return [ClockRow(*row) for row in await cursor.fetchall()]


async def look_again(connection: Connection, row: ClockRow, at: Millis | None) -> None:
    """When the next one is told; None: nobody any more."""
    values = {"alert": row.alert_id, "clock": row.clock, "at": Moment.of(at)}
    await connection.execute(_SQL["look_again"], values)


async def of_alert(connection: Connection, alert_id: int) -> list[ClockShown]:
    """The clocks of an alert, with what stopped each."""
    return [
        ClockShown(*row) for row in await (await connection.execute(_SQL["clocks_of"], {"alert": alert_id})).fetchall()
    ]
