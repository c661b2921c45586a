"""Who has asked for a revision before the next cut-off, and how far is it?"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.nudges import lies_in
from store.sql import statements

_SQL: Final = statements("freezes")


class Freeze(Struct, frozen=True):
    """A region and all that lies in it are frozen because somebody asked for it."""

    id: int
    region: str
    day: int  # of the cut-off, since 1970-01-01
    asked_at: Millis
    asked_by: str
    moved_at: Millis | None  # when it last came to a region; None: nobody has begun
    regions: int | None
    done: int
    made: int  # revisions
    failed: int  # regions that could not be frozen
    ended_at: Millis | None


async def ask(connection: Connection, region: str, day: int, by: str, login: str | None, now: Millis) -> Freeze | None:
    """It is to be frozen; else what goes on already of the same day, there or in what lies in it or above it."""
    await connection.execute(_SQL["hold_freezes"])
    going_on = [one for one in await all_going_on(connection) if one.day == day and _overlap(one.region, region)]
    if going_on:
        return going_on[0]
    values = {"region": region, "day": day, "at": Moment(now), "by": by, "login": login}
    await connection.execute(_SQL["ask"], values)
    return None


async def latest(connection: Connection, region: str, day: int) -> Freeze | None:
    """What somebody asked for last; None: nobody did."""
    row = await (await connection.execute(_SQL["latest"], {"region": region, "day": day})).fetchone()
    return None if row is None else Freeze(*row)


async def all_going_on(connection: Connection) -> list[Freeze]:
    """What is still to be done, the oldest first."""
    return [Freeze(*row) for row in await (await connection.execute(_SQL["going_on"])).fetchall()]


async def take(connection: Connection, number: int) -> bool:
    """Nobody else works on it until the connection ends or gives it back; False: somebody does."""
    row = await (await connection.execute(_SQL["take"], {"id": number})).fetchone()
    return row is not None and bool(row[0])


async def give_back(connection: Connection, number: int) -> None:
    """Somebody else may work on it."""
    await connection.execute(_SQL["give_back"], {"id": number})


async def begin(connection: Connection, number: int, regions: int, now: Millis) -> None:
    """So many regions are to be come to, from the first on."""
    await _note(connection, "begin", number, now, regions=regions)


async def move(connection: Connection, number: int, now: Millis, *, made: bool = False, failed: bool = False) -> None:
    """Another region was come to: a revision was made, or could not be, or nothing was new."""
    await _note(connection, "move", number, now, made=int(made), failed=int(failed))


async def end(connection: Connection, number: int, now: Millis) -> None:
    """All of it was come to."""
    await _note(connection, "end", number, now)


async def _note(connection: Connection, name: str, number: int, now: Millis, **values: Any) -> None:
    await connection.execute(_SQL[name], values | {"id": number, "at": Moment(now)})


def _overlap(one: str, other: str) -> bool:
    """One lies in the other.

    >>> _overlap("000000", "510107"), _overlap("510100", "510107"), _overlap("510107", "510100"), _overlap("5101", "52")
    (True, True, True, False)
    """
    return lies_in(one, other) or lies_in(other, one)
