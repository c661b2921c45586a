"""`sizao ranking`: which homes of a county are worsening fastest."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import click
import msgspec

from ingest import regions
from sizao import tables
from sizao.params import AS_JSON, COUNT, DATABASE, Region
from store import ranking as stored
from store.connection import connected, transaction
from store.ranking import Ranking


@click.command()
@DATABASE
@click.option("--region", type=Region(prefix=True), required=True, help="GB/T 2260 prefix: a ranking for each county.")
@click.option("--first", default=20, show_default=True, type=COUNT, help="So many homes of each county.")
@AS_JSON
def ranking(database_url: str, region: str, first: int, as_json: bool) -> None:
    """Rank the homes of each county in a region: whose new cases rise fastest from week to week.

    In a wave, when many homes are in outbreak, no home has an alarm of its own
    (D30): this is where to look first. `rise` is the factor by which new cases
    of the last seven days surpass those of the seven before, per reported day,
    less one standard error, so that two cases after none do not come first.

    \b
    Example:  sizao ranking --region 5101
    """
    found = asyncio.run(_found(database_url, region))
    if not found:
        raise click.ClickException(f"no county in {region} has been judged yet: cases are judged when a day is over")
    if as_json:
        tables.write_json(map(_as_json, found))
        return
    for one in found:
        _show(one, first)


async def _found(database_url: str, region: str) -> list[Ranking]:
    async with connected(database_url, "ranking") as connection, transaction(connection):
        by_county: dict[str, list[str]] = {}
        for code in await stored.registered_regions(connection):
            if (county := regions.county_of(code)).startswith(region):
                by_county.setdefault(county, []).append(code)
        found = [await stored.ranking_of(connection, county, codes) for county, codes in by_county.items()]
    return [one for one in found if one is not None]


def _show(one: Ranking, first: int) -> None:
    day = date(1970, 1, 1) + timedelta(days=one.until)
    state = "a wave: no home has an alarm of its own" if one.is_wave else "no wave"
    title = (
        f"{one.region} {regions.full_name(one.region) or ''}, two weeks to {day}: "
        f"{one.in_outbreak} of {len(one.homes)} homes in outbreak, {state}"
    )
    rows = [
        (
            place,
            home.weeks.home,
            home.name,
            home.weeks.before,
            home.weeks.recent,
            "-" if home.weeks.factor is None else f"{home.weeks.factor:.2f}",
            f"{home.weeks.per_100:.1f}",
            "-" if home.score is None else f"{home.score:.1f}",
            ", ".join(home.open),
        )
        for place, home in enumerate(one.homes[:first], 1)
    ]
    columns = ("place", "home", "name", "week before", "last week", "rise", "per 100", "evidence", "open")
    tables.show(columns, rows, title)


def _as_json(one: Ranking) -> dict[str, object]:
    homes = [
        {**msgspec.to_builtins(home), "place": place, "rise": home.weeks.factor, "per_100": home.weeks.per_100}
        for place, home in enumerate(one.homes, 1)
    ]
    return {
        **msgspec.to_builtins(one),
        "until": (date(1970, 1, 1) + timedelta(days=one.until)).isoformat(),
        "homes": homes,
    }
