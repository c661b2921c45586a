"""Who has not reported, who was asked for it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from detectors.times import DAY, Millis
from store.connection import Connection, Moment
from store.figures import NATION
from store.sql import statements

_SQL: Final = statements("nudges")


class Missing(Struct, frozen=True):
    """A facility whose report of a day is missing although we looked."""

    facility: str
    region: str
    name: str | None
    last_day: int | None  # of its last report
    phones: str | None


class NudgeResult(Struct, frozen=True):
    """One telling of a nudge; a facility that nobody is told of has one with the reason."""

    facility: str
    region: str
    at: Millis
    by: str
    whom: str | None
    channel: str | None
    status: str | None
    why_not: str | None
    sent_at: Millis | None
    reported_at: Millis | None  # the report has come
    name: str | None


def prefix_of(region: str) -> str:
    """What the codes of all that lies in a region begin with.

    >>> prefix_of("510000"), prefix_of("510100"), prefix_of("510107"), prefix_of("000000")
    ('51', '5101', '510107', '')
    """
    if region == NATION:
        return ""
    while region.endswith("00"):
        region = region[:-2]
    return region


def lies_in(region: str, other: str) -> bool:
    """A region is another one, or a part of it by its code.

    >>> lies_in("510107", "510100"), lies_in("unplaced", "000000"), lies_in("510100", "510107"), lies_in("5101", "52")
    (True, True, False, False)
    """
    return region == other or (other.isdigit() and region.startswith(prefix_of(other)))


async def missing(connection: Connection, region: str, day: int) -> list[Missing]:
    """The facilities of a region whose report of a day is missing although we looked, by region and code."""
    values = {"day": day, "prefix": prefix_of(region)}
    return [Missing(*row) for row in await (await connection.execute(_SQL["missing"], values)).fetchall()]


async def given(connection: Connection, facility_ids: Iterable[int], day: int) -> set[int]:
    """Those of the facilities that have reported on the day by now, counted or not."""
    said = date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()
    values = {"facilities": list(facility_ids), "since": Moment((day - 2) * DAY), "date": said}
    return {number for (number,) in await (await connection.execute(_SQL["given"], values)).fetchall()}


async def record(connection: Connection, day: int, asked: Sequence[tuple[int, int]], by: str, at: Millis) -> None:
    """These (facility, alert) were asked for the report of a day."""
    rows = [{"at": Moment(at), "day": day, "facility": one, "alert": alert, "by": by} for one, alert in asked]
    if rows:
        await connection.cursor().executemany(_SQL["add_nudge"], rows)


async def results(connection: Connection, region: str, day: int) -> list[NudgeResult]:
    """What came of each nudge of a day in a region."""
    values = {"day": day, "prefix": prefix_of(region)}
    return [NudgeResult(*row) for row in await (await connection.execute(_SQL["results"], values)).fetchall()]


async def answered(connection: Connection, condition: str) -> list[tuple[int, str]]:
    """(alert, facility) of open nudges whose reports have all come."""
    cursor = await connection.execute(_SQL["answered"], {"condition": condition})
    return [(row[0], row[1]) for row in await cursor.fetchall()]
