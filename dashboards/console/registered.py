"""Which counties and cities have homes? By the codes that homes registered, ended ones too."""

from __future__ import annotations

from ingest import regions as codes
from store import ranking
from store.connection import Connection
from store.console import Seen


async def registered_in(connection: Connection, code: str) -> dict[str, list[str]]:
    """Per county of the region the codes that its facilities registered; empty: nobody lives there."""
    found: dict[str, list[str]] = {}
    for one in await ranking.registered_regions(connection):
        county = codes.county_of(one)
        if code in (county, codes.city_of(county)):
            found.setdefault(county, []).append(one)
    return found


async def regions_of(connection: Connection, seen: Seen) -> list[tuple[str, str]]:
    """The cities, or the counties straight under a province, that a reader has a page of: code and name."""
    found = set()
    for one in await ranking.registered_regions(connection):
        county = codes.county_of(one)
        city = codes.city_of(county)
        for page in (city, county):
            if page is not None and any(page.startswith(prefix) for prefix in seen.regions):
                found.add(page)
                break
    return sorted((code, codes.full_name(code) or code) for code in found)
