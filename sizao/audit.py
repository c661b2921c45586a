"""`sizao audit`: folds raw rows again and compares."""

from __future__ import annotations

import asyncio
import sys

import click
import msgspec

from alerts.audit import Audited, audit_facility
from ingest.regions import city_of, county_of
from sizao.params import COUNT, DATABASE
from sizao.progress import progress
from store import audit as raw
from store import profiles
from store.connection import connected, transaction
from streams.catalogue import in_force
from streams.county_audit import AuditedCounty, audit_city, audit_county


@click.command()
@DATABASE
@click.option("--sample", type=COUNT, default=100, help="How many facilities.")
@click.option("--seed", default="1", help="Chooses which.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a facility on standard output.")
def audit(database_url: str, sample: int, seed: str, as_json: bool) -> None:
    """Fold raw checks again in one pass and compare episodes and day figures with what is stored.

    The counties and cities of these facilities are judged again too, over the
    last 15 days that were judged, which is what late reports may still change:
    counties by new cases and reported days counted from raw, cities by the
    days of their counties. What stood before is taken as it is on record. What
    waits to be judged is named and not compared. Nothing is changed. Exit code 1 when anything differs.
    """
    results, counties = asyncio.run(_audit(database_url, sample, seed))
    for one in results:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(one) + b"\n")
        for difference in one.differences:
            click.echo(f"{difference.facility} {difference.resident}: {difference.what}", err=True)
    for county in counties:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(county) + b"\n")
        if county.waiting is not None:
            click.echo(f"{county.region}: not compared, {county.waiting}", err=True)
        for difference in county.differences:
            click.echo(f"{difference.facility} {difference.resident}: {difference.what}", err=True)
    differences = sum(len(one.differences) for one in results) + sum(len(one.differences) for one in counties)
    click.echo(
        f"{len(results)} facilities, {sum(one.events for one in results)} events, "
        f"{sum(one.episodes for one in results)} episodes, {sum(one.days for one in results)} days, "
        f"{sum(one.parts for one in results)} parts of figures, "
        f"{sum(one.waiting is None for one in counties)} counties and cities: {differences or 'no'} differences",
        err=True,
    )
    sys.exit(1 if differences else 0)


async def _audit(database_url: str, sample: int, seed: str) -> tuple[list[Audited], list[AuditedCounty]]:
    async with connected(database_url, "audit") as connection:
        async with transaction(connection):
            chosen = await raw.facilities(connection, seed, sample)
        results, regions = [], set[str]()
        for facility_id, code in progress(chosen, "audit"):
            async with transaction(connection):
                known = await profiles.profiles_of(connection, facility_id)
                rules = await in_force(connection, known.region)
                if known.region is not None and known.facility is not None and not known.facility.drill:
                    regions.add(county_of(known.region))
            results.append(await audit_facility(connection, facility_id, code, rules))
        counties = [await audit_county(connection, county) for county in progress(sorted(regions), "counties")]
        cities = sorted({city for county in regions if (city := city_of(county)) is not None})
        return results, counties + [await audit_city(connection, city) for city in cities]
