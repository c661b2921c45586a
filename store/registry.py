"""Facilities and residents by their codes: locked, versioned, made provisionally when a check comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("registry")


class Facility(Struct, frozen=True):
    """A facility as its lock found it."""

    code: str
    id: int
    version: int  # of this transaction: a cached history is valid if it was cached at version - 1
    provisional: bool  # nobody has registered it
    due_at: Millis | None  # the next sweep
    refold_from: Millis | None  # a profile changed: judge again from here
    last_seen_at: Millis | None
    outages_known: int  # beginnings and ends of our outages its silence was judged with


class Resident(Struct, frozen=True):
    """A resident's number and pseudonym."""

    id: int
    code: str
    provisional: bool


class Subject(Struct, frozen=True):
    """Whom an alert is about."""

    kind: str  # resident, unit, facility, region
    code: str


async def lock_facilities(connection: Connection, codes: Iterable[str]) -> dict[str, Facility]:
    """The facilities, locked in the order of their codes and one version further; unknown ones exist afterwards."""
    wanted = {"codes": sorted(set(codes))}
    # Unknown ones first: while somebody waits for a new row they hold no old one, so nobody waits in a circle.
    await connection.execute(_SQL["add_facilities"], wanted)
    cursor = await connection.execute(_SQL["lock_facilities"], wanted)
    found = {row[0]: Facility(*row) for row in await cursor.fetchall()}
    return {code: found[code] for code in wanted["codes"]}


async def find_facility(connection: Connection, code: str) -> Facility | None:
    """A facility without a lock; None when no check and no registry ever named it."""
    row = await (await connection.execute(_SQL["find_facility"], {"code": code})).fetchone()
    return None if row is None else Facility(*row)


async def all_codes(connection: Connection) -> list[str]:
    """The code of every registered facility."""
    return [code for (code,) in await (await connection.execute(_SQL["all_codes"])).fetchall()]


async def codes_of(connection: Connection, facility_ids: Iterable[int]) -> dict[int, str]:
    """The codes of facilities by their numbers."""
    cursor = await connection.execute(_SQL["facility_codes"], {"ids": list(set(facility_ids))})
    return dict(await cursor.fetchall())


async def seen(connection: Connection, received: Mapping[int, Millis]) -> None:
    """Facilities were last heard of at these times; the caller has locked them."""
    if received:
        parameters = {"ids": list(received), "times": [Moment(at) for at in received.values()]}
        await connection.execute(_SQL["seen"], parameters)


async def resident_ids(
    connection: Connection, wanted: Iterable[tuple[str, str]], facility_ids: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """(facility code, resident code) -> id; unknown ones exist afterwards. The caller locked the facilities."""
    by_number = {(facility_ids[facility], code): (facility, code) for facility, code in wanted}
    found: dict[tuple[str, str], int] = {}
    for name in ("residents_of", "add_residents"):
        missing = sorted(key for key, pair in by_number.items() if pair not in found)
        if missing:
            facilities, codes = zip(*missing, strict=True)
            cursor = await connection.execute(_SQL[name], {"facilities": list(facilities), "codes": list(codes)})
            found |= {by_number[facility_id, code]: number for facility_id, code, number in await cursor.fetchall()}
    return found


async def residents_of(connection: Connection, facility_id: int) -> list[Resident]:
    """Everybody known in a facility, by code."""
    cursor = await connection.execute(_SQL["list_residents"], {"facility": facility_id})
    return [Resident(*row) for row in await cursor.fetchall()]


async def subjects_of(connection: Connection, facility_id: int) -> dict[int, Subject]:
    """Whom alerts of a facility may be about, by the number that alerts keep."""
    cursor = await connection.execute(_SQL["subjects"], {"facility": facility_id})
    return {number: Subject(kind, code) for number, kind, code in await cursor.fetchall()}


async def judge_again(connection: Connection, since: Iterable[tuple[int, Millis | None]], now: Millis) -> None:
    """Facilities are judged again from these times, None: from their first check; the caller has locked them."""
    earliest: dict[int, Millis | None] = {}
    for facility_id, at in since:
        before = earliest.get(facility_id, at)
        earliest[facility_id] = None if at is None or before is None else min(at, before)
    times = [Moment.of(at) for at in earliest.values()]
    await connection.execute(_SQL["judge_again"], {"ids": list(earliest), "sinces": times, "now": Moment(now)})
