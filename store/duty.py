"""Duty rosters: desks and what they answer for, people and their ways, shifts, holidays, swaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.deliveries import Way
from store.sql import statements

_SQL: Final = statements("duty")
_ways_of: Final = msgspec.json.Decoder(tuple[Way, ...]).decode


class Scope(Struct, frozen=True):
    """A facility by its code, a region by its prefix ('' is everywhere), or a hospital by its code."""

    region_prefix: str | None
    facility: str | None
    hospital: str | None = None  # its desk is told when a bed is asked for, and answers for no facility


class DeskRow(Struct, frozen=True):
    """A desk: the carers of a home, the doctors of a hospital, the duty office of a county."""

    id: int
    code: str
    name: str
    zone: str
    scopes: tuple[Scope, ...]


class Person(Struct, frozen=True):
    """Somebody who may be on duty, with the ways to reach them in the order to be tried."""

    id: int
    code: str
    name: str
    ways: tuple[Way, ...]


class ShiftRow(Struct, frozen=True):
    """Somebody is on duty at a desk in a role on some days; minutes after local midnight."""

    desk_id: int
    role: str
    person_id: int
    days: str
    begins: int
    ends: int
    valid_from: int | None = None
    valid_until: int | None = None


class SwapRow(Struct, frozen=True):
    """`in_id` stands in for `out_id`."""

    desk_id: int
    out_id: int
    in_id: int
    starts_at: Millis
    ends_at: Millis


class RosterRows(Struct, frozen=True):
    """Everything rosters say. `holidays`: (region prefix, day) -> people work."""

    desks: list[DeskRow]
    people: Mapping[int, Person]
    shifts: list[ShiftRow]
    holidays: Mapping[tuple[str, int], bool]
    swaps: list[SwapRow]


async def read(
    connection: Connection, facilities: Iterable[str], regions: Iterable[str | None], now: Millis
) -> RosterRows:
    """The rosters of the desks that answer for these facilities or regions."""
    wanted = {"facilities": list(facilities), "regions": [region or "" for region in regions]}
    desks = [
        DeskRow(number, code, name, zone, tuple(Scope(*pair) for pair in zip(prefixes, codes, strict=True)))
        for number, code, name, zone, prefixes, codes in await _rows(connection, "desks", **wanted)
    ]
    return await _of_desks(connection, desks, now)


async def of_hospital(connection: Connection, hospital: str, now: Millis) -> RosterRows:
    """The rosters of the desks of a hospital."""
    scope = Scope(None, None, hospital)
    found = await _rows(connection, "of_hospital", hospital=hospital)
    desks = [DeskRow(number, code, name, zone, (scope,)) for number, code, name, zone in found]
    return await _of_desks(connection, desks, now)


async def _of_desks(connection: Connection, desks: list[DeskRow], now: Millis) -> RosterRows:
    async def rows(name: str, **values: Any) -> list[tuple[Any, ...]]:
        return await _rows(connection, name, **values)

    numbers = [desk.id for desk in desks]
    people = {row[0]: Person(row[0], row[1], row[2], _ways_of(row[3])) for row in await rows("people", desks=numbers)}
    shifts = [ShiftRow(*row) for row in await rows("shifts", desks=numbers)]
    holidays = {(row[0], row[1]): row[2] for row in await rows("holidays")}
    swaps = [SwapRow(*row) for row in await rows("swaps", desks=numbers, now=Moment(now))]
    return RosterRows(desks, people, shifts, holidays, swaps)


async def _rows(connection: Connection, name: str, **values: Any) -> list[tuple[Any, ...]]:
    return list(await (await connection.execute(_SQL[name], values)).fetchall())


async def codes(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """The numbers of all desks and of all people, by their codes."""
    desks = await (await connection.execute(_SQL["desk_codes"])).fetchall()
    people = await (await connection.execute(_SQL["people_codes"])).fetchall()
    return dict(desks), dict(people)


async def replace_desks(connection: Connection, desks: Mapping[str, tuple[str, str, Sequence[Scope]]]) -> None:
    """Exactly these desks exist: code -> name, zone, what it answers for."""
    await connection.execute(_SQL["keep_desks"], {"codes": list(desks)})
    await connection.execute(_SQL["clear_scopes"])
    await connection.execute(_SQL["clear_hospitals"])
    for code, (name, zone, scopes) in desks.items():
        number = await _saved(connection, "save_desk", {"code": code, "name": name, "zone": zone})
        for scope in scopes:
            values = {"desk_id": number, "region": scope.region_prefix, "facility": scope.facility}
            if scope.hospital is None:
                await connection.execute(_SQL["add_scope"], values)
            else:
                await connection.execute(_SQL["add_hospital"], {"desk_id": number, "hospital": scope.hospital})


async def replace_people(connection: Connection, people: Mapping[str, tuple[str, Sequence[Way]]]) -> None:
    """Exactly these people may be on duty: code -> name, ways."""
    await connection.execute(_SQL["keep_people"], {"codes": list(people)})
    for code, (name, ways) in people.items():
        values = {"code": code, "name": name, "ways": msgspec.json.encode(ways).decode()}
        await _saved(connection, "save_person", values)


async def replace_shifts(connection: Connection, shifts: Iterable[ShiftRow]) -> None:
    """Exactly these shifts are kept."""
    await connection.execute(_SQL["clear_shifts"])
    values = [msgspec.structs.asdict(one) for one in shifts]
    if values:
        await connection.cursor().executemany(_SQL["add_shift"], values)


async def replace_holidays(connection: Connection, holidays: Mapping[tuple[str, int], bool]) -> None:
    """Exactly these days are off, or worked though they are of a weekend."""
    await connection.execute(_SQL["clear_holidays"])
    values = [{"region": region, "day": day, "works": works} for (region, day), works in holidays.items()]
    if values:
        await connection.cursor().executemany(_SQL["add_holiday"], values)


async def swap(connection: Connection, row: SwapRow, agreed_by: str) -> None:
    """Somebody stands in for somebody else."""
    values = msgspec.structs.asdict(row) | {
        "starts_at": Moment(row.starts_at),
        "ends_at": Moment(row.ends_at),
        "agreed_by": agreed_by,
    }
    await connection.execute(_SQL["add_swap"], values)


async def _saved(connection: Connection, name: str, values: Mapping[str, Any]) -> int:
    row = await (await connection.execute(_SQL[name], values)).fetchone()
    assert row is not None
    number: int = row[0]
    return number
