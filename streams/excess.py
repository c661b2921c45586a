"""Are there more cases than chance brings? Judged by county and day, once the days are over and were seen.

A county is due when cases or reported days there have changed, or when a day
has ended since it was last judged; any worker takes it. A city is due when one
of its counties has been judged. The last 15 days are judged anew each time: so
long a case may come late.
"""

from __future__ import annotations

import time
from typing import Final

from msgspec import Struct

from detectors.corrections import AHEAD
from detectors.region_course import reach_of
from ingest import regions as codes
from store import excess, rules
from store import regions as stored_regions
from store.connection import Connection, transaction
from streams.catalogue import in_force
from streams.counting import AGAIN_DAYS, CALENDAR, count
from streams.facility_excess import FacilityExcess
from streams.regions import end_region, judge_region
from streams.transaction import Transactions

TURN_SECONDS: Final = 30.0
AT_ONCE_SECONDS: Final = 1.0
"""Of a turn: new checks wait no longer for statistics; one county is judged whatever it takes."""


class County(Struct):
    """All who are counted under one code, as facilities registered it."""

    code: str  # empty: of facilities whose region nobody said
    registered: list[str]
    is_dirty: bool = False
    judged_until: int | None = None  # the last day; None: never

    def begin(self, last: int) -> int:
        """The first day that is judged anew when `last` is the newest."""
        first = last - AGAIN_DAYS + 1
        return first if self.judged_until is None else min(first, self.judged_until + 1)


class Excess:
    """Takes its turn within the sweep."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._facilities = FacilityExcess(transactions)
        self._again_at = 0.0
        self._taken: dict[str, float] = {}  # when each county and city was last judged here

    async def run(self, connection: Connection) -> None:
        """Some counties and cities that are due are judged: who waits for a day first, then who waited longest."""
        begun = time.monotonic()
        if begun < self._again_at:
            return
        self._again_at = begun + TURN_SECONDS
        async with transaction(connection):
            seen = [entry.seen_until for entry in (await self._transactions.ledger.read(connection)).values()]
            yesterday = _yesterday(seen)
            if yesterday is None:
                return
            counties, gone = await _counties(connection, yesterday)
        due = [one for one in counties if one.is_dirty or (one.judged_until or 0) < yesterday]
        due.sort(key=lambda one: (one.judged_until or 0, self._taken.get(one.code, 0.0), one.code))
        for county in due:
            await self.judge(connection, county, yesterday)
            self._taken[county.code] = time.monotonic()
            if self._taken[county.code] - begun > AT_ONCE_SECONDS:
                break
        for code in gone:
            await self._forget(connection, code, yesterday)
        async with transaction(connection):
            cities = await stored_regions.dirty_cities(connection)
        begun = time.monotonic()
        for city in sorted(cities, key=lambda code: self._taken.get(f"city {code}", 0.0)):
            await self.judge_city(connection, city, counties, yesterday)
            self._taken[f"city {city}"] = time.monotonic()
            if time.monotonic() - begun > AT_ONCE_SECONDS:
                break

    async def judge(self, connection: Connection, county: County, last: int) -> None:
        """The county is judged up to the day `last`, in one transaction."""
        async with transaction(connection):
            await rules.share(connection)
            if not await excess.claim(connection, county.code):
                return
            known = await in_force(connection, county.code or None)
            members = await excess.members(connection, county.registered)
            marks = await excess.marks(connection, [one.id for one in members])
            counted = await count(connection, members, known, county.begin(last), last)
            await excess.save_cases(connection, counted.cases, counted.since, last)
            await stored_regions.save_days(connection, county.code, counted.days)
            newest, work = await self._facilities.judge(connection, county.code, known, counted)
            if codes.level(county.code) == "county":
                region = await judge_region(
                    connection, county.code, known, counted.days, counted.begin, counted.homes()
                )
                work += filter(None, [region])
            await self._transactions.write(connection, work, "live")
            residents = sum(one.residents for one in members)
            await excess.judged(connection, county.code, last, residents, newest, marks)
            if (city := codes.city_of(county.code)) is not None:
                await stored_regions.mark_city(connection, city)
        self._transactions.homes.keep(item.home for item in work if item.partition is not None)

    async def judge_city(self, connection: Connection, city: str, counties: list[County], yesterday: int) -> None:
        """The city is judged as far as all its counties are; the sums are of what was stored of them."""
        parts = [one for one in counties if codes.city_of(one.code) == city]
        async with transaction(connection):
            await rules.share(connection)
            taken = await stored_regions.take_city(connection, city)
            if taken is None:
                return
            known = await in_force(connection, city)
            until = await excess.judged_until(connection)
            last = min((until.get(one.code, 0) for one in parts), default=yesterday)
            if parts and last:
                begin = County(city, [], judged_until=taken[0]).begin(last)
                names = [one.code for one in parts]
                days = await stored_regions.days_of(connection, names, begin - reach_of(known), last)
                registered = [code for one in parts for code in one.registered]
                homes = await stored_regions.cases_by_home(connection, registered, begin, last)
                work = await judge_region(connection, city, known, days, begin, homes)
                await stored_regions.city_judged(connection, city, last)
            else:
                work = None if parts else await end_region(connection, city, known, last)
            await self._transactions.write(connection, [] if work is None else [work], "live")

    async def _forget(self, connection: Connection, code: str, yesterday: int) -> None:
        """Nobody is counted under this code any more."""
        async with transaction(connection):
            await rules.share(connection)
            if not await excess.claim(connection, code):
                return
            await excess.forget_county(connection, code)
            await stored_regions.forget(connection, code)
            work = await end_region(connection, code, await in_force(connection, code or None), yesterday)
            await self._transactions.write(connection, [] if work is None else [work], "live")
            if (city := codes.city_of(code)) is not None:
                await stored_regions.mark_city(connection, city)


def _yesterday(seen: list[int | None]) -> int | None:
    """The last day that is over and was seen; None: nothing was."""
    if not seen or None in seen:
        return None
    return CALENDAR.day_of(min(at for at in seen if at is not None) - AHEAD) - 1


async def _counties(connection: Connection, day: int) -> tuple[list[County], list[str]]:
    """Every county as facilities are counted on the day, and the codes under which nobody is counted any more."""
    until = await excess.judged_until(connection)
    found: dict[str, County] = {}
    for one in await excess.regions(connection):
        code = codes.county_of(one.code, day)
        county = found.setdefault(code, County(code, [], judged_until=until.get(code)))
        county.registered.append(one.code)
        county.is_dirty |= one.is_dirty
    return list(found.values()), sorted(until.keys() - found.keys())
