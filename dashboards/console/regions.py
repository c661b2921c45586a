"""The page of a county or a city: which homes are worsening fastest, and how many fell ill day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from msgspec import Struct

from detectors.region_counts import DayCount
from ingest import regions as codes
from store import ranking
from store import regions as stored
from store.connection import Connection
from store.ranking import RankedHome, Ranking

DAYS_SHOWN: Final = 14
HOMES_SHOWN: Final = 20


class CountyBlock(Struct, frozen=True):
    """A county's ranking and its days, as a page shows them."""

    name: str
    ranking: Ranking
    until: str
    days: list[tuple[str, DayCount]]  # the newest first

    @property
    def homes(self) -> list[tuple[int, RankedHome]]:
        """(place, home) of the first of the ranking."""
        return list(enumerate(self.ranking.homes[:HOMES_SHOWN], 1))


async def registered_in(connection: Connection, code: str) -> dict[str, list[str]]:
    """Per county of the region the codes that its facilities registered; empty: nobody lives there."""
    found: dict[str, list[str]] = {}
    for one in await ranking.registered_regions(connection):
        county = codes.county_of(one)
        if code in (county, codes.city_of(county)):
            found.setdefault(county, []).append(one)
    return found


async def region_values(connection: Connection, code: str) -> dict[str, Any]:
    """What the page shows."""
    blocks = []
    for county, registered in (await registered_in(connection, code)).items():
        found = await ranking.ranking_of(connection, county, registered)
        if found is not None:
            days = await stored.days_of(connection, [county], found.until - DAYS_SHOWN + 1, found.until)
            named = [(_date(one.day), one) for one in reversed(days)]
            blocks.append(CountyBlock(codes.full_name(county) or county, found, _date(found.until), named))
    blocks.sort(key=lambda block: (not block.ranking.is_wave, -block.ranking.in_outbreak, block.ranking.region))
    return {"code": code, "name": codes.full_name(code) or code, "blocks": blocks}


def _date(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
