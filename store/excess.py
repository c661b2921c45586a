"""What judging cases by region and day needs, and what it leaves: which regions have changed, and the newest scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from detectors.excess import Score
from detectors.times import Millis
from store.cases import CaseRow, row_of
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("excess")


class Registered(Struct, frozen=True):
    """A region as facilities registered it."""

    code: str  # empty: of facilities whose region nobody said
    is_dirty: bool


class Member(Struct, frozen=True):
    """A facility of a county."""

    id: int
    code: str
    partition: int | None  # None: it was never looked at
    residents: int


async def mark_dirty(connection: Connection, facility_ids: Iterable[int]) -> None:
    """Cases or reported days of these facilities have changed; the caller has locked them."""
    ids = sorted(set(facility_ids))
    if ids:
        await connection.execute(_SQL["mark_dirty_cases"], {"ids": ids})


async def regions(connection: Connection) -> list[Registered]:
    """Every region with facilities."""
    return [Registered(*row) for row in await (await connection.execute(_SQL["regions"])).fetchall()]


async def judged_until(connection: Connection) -> dict[str, int]:
    """The last day judged of each county that ever was."""
    return dict(await (await connection.execute(_SQL["judged_until"])).fetchall())


async def judged_with(connection: Connection, county: str) -> tuple[int, int | None] | None:
    """(the last day judged, how many people were known then) of a county; None: it never was."""
    row = await (await connection.execute(_SQL["judged_with"], {"region": county})).fetchone()
    return None if row is None else (row[0], row[1])


async def forget_county(connection: Connection, county: str) -> None:
    """Nobody is counted under this code any more."""
    await connection.execute(_SQL["forget_county"], {"region": county})


async def claim(connection: Connection, region: str) -> bool:
    """Nobody else judges this region until the transaction ends; False: somebody does."""
    row = await (await connection.execute(_SQL["claim_region"], {"region": region})).fetchone()
    return row is not None and bool(row[0])


async def members(connection: Connection, regions: Sequence[str]) -> list[Member]:
    """The facilities that registered one of these regions, by code."""
    cursor = await connection.execute(_SQL["facilities_of_regions"], {"regions": list(regions)})
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


async def marks(connection: Connection, facility_ids: Sequence[int]) -> dict[int, int]:
    """What had changed in these facilities before it is read."""
    return dict(await (await connection.execute(_SQL["dirty_marks"], {"ids": list(facility_ids)})).fetchall())


async def save_cases(connection: Connection, cases: Mapping[int, Mapping[int, int]], first: int, last: int) -> None:
    """Per facility its new cases by day are as they count now, for this stretch of days."""
    await connection.execute(_SQL["drop_case_days"], {"ids": list(cases), "first": first, "last": last})
    rows = [(number, day, n) for number, days in cases.items() for day, n in days.items() if first <= day <= last]
    if rows:
        ids, days, numbers = (list(column) for column in zip(*rows, strict=True))
        await connection.execute(_SQL["add_case_days"], {"ids": ids, "days": days, "cases": numbers})


async def tests_of(
    connection: Connection, facility_ids: Sequence[int], first: int, last: int
) -> dict[int, tuple[int, int]]:
    """Per day (tests, positives) of some facilities together."""
    values = {"ids": list(facility_ids), "first": first, "last": last}
    rows = await (await connection.execute(_SQL["tests_of"], values)).fetchall()
    return {day: (tests, positives) for day, tests, positives in rows}


async def judged(
    connection: Connection,
    region: str,
    until: int,
    residents: int,
    scores: Iterable[tuple[int, Score, bool]],
    marks: Mapping[int, int],
) -> None:
    """A county is judged up to a day; the newest (facility, score, whether in a wave) are kept."""
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
    await connection.execute(_SQL["clean"], {"ids": list(marks), "marks": list(marks.values())})
    values_ = {"region": region, "until": until, "residents": residents}
    await connection.execute(_SQL["region_judged"], values_)
