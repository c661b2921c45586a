"""What a worker must know of a facility it takes over, and what it leaves for the next: how far it looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from detectors.places import SubjectKind
from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("homes")


class PersonRow(Struct, frozen=True):
    """A resident, and since when they are known: missed checks count from there; or a unit, or the facility."""

    id: int
    code: str
    known_from: Millis
    moved_in_at: Millis | None = None  # a stay that goes on from another one
    kind: SubjectKind = "resident"


class HomeState(Struct, frozen=True):
    """What a transaction leaves behind of a facility."""

    facility_id: int
    due_at: Millis | None  # when the next sweep looks at it; None: nothing is due
    looked_until: Millis | None  # due times are judged up to here; never goes back
    partition: int
    outages_known: int  # beginnings and ends of our outages its silence was judged with


async def looked_until(connection: Connection, facility_id: int) -> Millis | None:
    """How far due times of a facility were judged; None: never."""
    row = await (await connection.execute(_SQL["looked_until"], {"facility": facility_id})).fetchone()
    return None if row is None else row[0]


async def people(connection: Connection, facility_id: int) -> list[PersonRow]:
    """Everybody of a facility, and its places that have been judged."""
    cursor = await connection.execute(_SQL["people"], {"facility": facility_id})
    return [PersonRow(*row) for row in await cursor.fetchall()]


async def add_places(connection: Connection, facility_id: int, places: Iterable[tuple[SubjectKind, str]]) -> None:
    """These units, or the facility itself, are subjects from now on; the caller has locked the facility."""
    kinds, codes = zip(*sorted(places), strict=True)
    values = {"facility": facility_id, "kinds": list(kinds), "codes": list(codes)}
    await connection.execute(_SQL["add_places"], values)


async def set_states(connection: Connection, states: Iterable[HomeState]) -> None:
    """Stored for the sweep and for the next worker; what was to be judged again has been."""
    rows = list(states)
    if rows:
        values = {
            "ids": [row.facility_id for row in rows],
            "dues": [Moment.of(row.due_at) for row in rows],
            "looked": [Moment.of(row.looked_until) for row in rows],
            "parts": [row.partition for row in rows],
            "outages": [row.outages_known for row in rows],
        }
        await connection.execute(_SQL["set_states"], values)


async def due(connection: Connection, partitions: Sequence[int], now: Millis, limit: int) -> list[tuple[str, int]]:
    """(code, partition) of facilities whose time has come, the longest overdue first."""
    values = {"partitions": list(partitions), "now": Moment(now), "limit": limit}
    return [(row[0], row[1]) for row in await (await connection.execute(_SQL["due"], values)).fetchall()]


async def put_off(connection: Connection, code: str, until: Millis) -> None:
    """What is due in a facility is looked at from then on."""
    await connection.execute(_SQL["put_off"], {"code": code, "until": Moment(until)})


async def not_watched(connection: Connection, limit: int) -> list[str]:
    """Codes of facilities that nobody looks at yet."""
    return [row[0] for row in await (await connection.execute(_SQL["not_watched"], {"limit": limit})).fetchall()]
