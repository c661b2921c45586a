"""What counties and cities reported by day, and where their findings live: a row of facilities that is the region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from detectors.region_counts import DayCount
from store import homes, registry
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("regions")


class RegionHome(Struct, frozen=True):
    """Where the findings of a region live."""

    code: str  # its name and GB/T 2260 code
    facility_id: int
    subject_id: int


async def home_of(connection: Connection, region: str) -> RegionHome | None:
    """Where the findings of a region live; None: it never had any."""
    row = await (await connection.execute(_SQL["home_of"], {"region": region})).fetchone()
    return None if row is None else RegionHome(*row)


async def make_home(connection: Connection, region: str, name: str) -> RegionHome | None:
    """The region has a home; None: a facility is called just so."""
    code = f"{name} {region}"
    await connection.execute(_SQL["add_home"], {"code": code, "region": region})
    facility = (await registry.lock_facilities(connection, [code]))[code]
    await homes.add_places(connection, facility.id, {("region", region)})
    return await home_of(connection, region)


async def save_days(connection: Connection, region: str, days: Sequence[DayCount]) -> None:
    """These days, one after the other, are as they were counted now."""
    if not days:
        return
    bounds = {"region": region, "first": days[0].day, "last": days[-1].day}
    await connection.execute(_SQL["drop_days"], bounds)
    values = {
        "region": region,
        "days": [one.day for one in days],
        "cases": [one.cases for one in days],
        "residents": [one.residents for one in days],
        "tests": [one.tests for one in days],
        "positives": [one.positives for one in days],
    }
    await connection.execute(_SQL["add_days"], values)


async def forget(connection: Connection, region: str) -> None:
    """Nothing is counted under this code any more."""
    await connection.execute(_SQL["drop_region"], {"region": region})


async def days_of(connection: Connection, regions: Iterable[str], first: int, last: int) -> list[DayCount]:
    """What regions reported together, a row for each day."""
    values = {"regions": list(regions), "first": first, "last": last}
    rows = await (await connection.execute(_SQL["days_of"], values)).fetchall()
    known = {row[0]: DayCount(*row) for row in rows}
    return [known.get(day, DayCount(day)) for day in range(first, last + 1)]


async def cases_by_home(
    connection: Connection, regions: Iterable[str], first: int, last: int
) -> dict[int, dict[str, int]]:
    """Per day the new cases of each facility that registered one of the regions."""
    found: dict[int, dict[str, int]] = {}
    values = {"regions": list(regions), "first": first, "last": last}
    for day, code, cases in await (await connection.execute(_SQL["most_cases"], values)).fetchall():
        found.setdefault(day, {})[code] = cases
    return found


async def mark_city(connection: Connection, city: str) -> None:
    """A county of this city has been judged."""
    await connection.execute(_SQL["mark_city"], {"region": city})


async def dirty_cities(connection: Connection) -> list[str]:
    """Cities whose counties have been judged since they were."""
    return [city for (city,) in await (await connection.execute(_SQL["dirty_cities"])).fetchall()]


async def take_city(connection: Connection, city: str) -> tuple[int | None] | None:
    """(the last day judged) of the city, which is judged in this transaction; None: somebody has done it."""
    row = await (await connection.execute(_SQL["take_city"], {"region": city})).fetchone()
    return None if row is None else (row[0],)


async def settled_until(connection: Connection, city: str) -> int | None:
    """The last day judged of the city; None: it waits to be judged."""
    row = await (await connection.execute(_SQL["city_state"], {"region": city})).fetchone()
    return None if row is None or row[1] else row[0]


async def city_judged(connection: Connection, city: str, until: int) -> None:
    """The city is judged up to a day."""
    await connection.execute(_SQL["city_judged"], {"region": city, "until": until})
