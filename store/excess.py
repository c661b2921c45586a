"""What judging cases by region and day needs, and what it leaves: which regions have changed, and the newest scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from detectors.excess import Score
from detectors.times import Millis
from store.cases import CaseRow, row_of
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("excess")


class Region(Struct, frozen=True):
    """A region with facilities."""

    code: str  # empty: of facilities whose region nobody said
    is_dirty: bool
    judged_until: int | None  # the last local day; None: never


class Member(Struct, frozen=True):
    """A facility of a region."""

    id: int
    code: str
    partition: int | None  # None: it was never looked at
    residents: int


async def mark_dirty(connection: Connection, facility_ids: Iterable[int]) -> None:
    """Cases or reported days of these facilities have changed; the caller has locked them."""
    ids = sorted(set(facility_ids))
    if ids:
        await connection.execute(_SQL["mark_dirty_cases"], {"ids": ids})


async def regions(connection: Connection) -> list[Region]:
    """Every region with facilities."""
    return [Region(*row) for row in await (await connection.execute(_SQL["regions"])).fetchall()]


async def claim(connection: Connection, region: str) -> bool:
    """Nobody else judges this region until the transaction ends; False: somebody does."""
    row = await (await connection.execute(_SQL["claim_region"], {"region": region})).fetchone()
    return row is not None and bool(row[0])


async def members(connection: Connection, region: str) -> list[Member]:
    """The facilities of a region, by code."""
    cursor = await connection.execute(_SQL["facilities_of_region"], {"region": region})
    return [Member(*row) for row in await cursor.fetchall()]


async def cases_of(connection: Connection, facility_ids: Sequence[int], since: Millis) -> list[CaseRow]:
    """The signs of illness in some facilities since a time, in order."""
    values = {"ids": list(facility_ids), "since": Moment(since)}
    return [row_of(row) for row in await (await connection.execute(_SQL["cases_of_facilities"], values)).fetchall()]


async def days_of(connection: Connection, facility_ids: Sequence[int], since: int) -> dict[int, set[int]]:
    """Per facility the local days on which something was heard."""
    found: dict[int, set[int]] = {facility_id: set() for facility_id in facility_ids}
    values = {"ids": list(facility_ids), "since": since}
    for facility_id, day in await (await connection.execute(_SQL["days_of_facilities"], values)).fetchall():
        found[facility_id].add(day)
    return found


async def in_excess(connection: Connection, facility_ids: Sequence[int], condition: str, since: Millis) -> set[int]:
    """Those of the facilities that have an episode of the condition which stands or ended at or after a time."""
    values = {"ids": list(facility_ids), "condition": condition, "since": since}
    return {number for (number,) in await (await connection.execute(_SQL["facilities_in_excess"], values)).fetchall()}


async def judged(
    connection: Connection, region: str, until: int, scores: Iterable[tuple[int, Score, bool]], ids: Sequence[int]
) -> None:
    """A region is judged up to a day; the newest (facility, score, whether in a wave) are kept."""
    values = [
        {
            "facility": facility_id,
            "day": one.day,
            "score": one.score,
            "cases": one.cases,
            "days": one.days,
            "expected": one.expected,
            "wave": wave,
        }
        for facility_id, one, wave in scores
    ]
    if values:
        await connection.cursor().executemany(_SQL["save_score"], values)
    await connection.execute(_SQL["clean_region"], {"ids": list(ids)})
    await connection.execute(_SQL["region_judged"], {"region": region, "until": until})
