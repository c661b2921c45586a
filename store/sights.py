"""Emergency sights (break-glass): who of a hospital looked at a resident who was not referred there, and why."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("sights")


class NewSight(Struct, frozen=True):
    """Somebody says why they must see a resident."""

    login: str
    name: str
    hospital: str
    facility_id: int
    resident_id: int
    reason: str
    at: Millis
    until: Millis


class Sight(Struct, frozen=True):
    """A sight on record."""

    id: int
    login: str
    name: str
    hospital: str
    facility: str
    region: str | None
    resident_id: int
    resident: str
    reason: str
    at: Millis
    until: Millis


async def add(connection: Connection, sight: NewSight) -> int:
    """It is on record; its number."""
    values = structs.asdict(sight) | {"at": Moment(sight.at), "until": Moment(sight.until)}
    row = await (await connection.execute(_SQL["add_sight"], values)).fetchone()
    assert row is not None
    return int(row[0])


async def by_id(connection: Connection, sight_id: int) -> Sight | None:
    """One sight by its number."""
    row = await (await connection.execute(_SQL["sight"], {"id": sight_id})).fetchone()
    return None if row is None else Sight(*row)
