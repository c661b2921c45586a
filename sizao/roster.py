"""`sizao roster`: who is on duty, and who would be told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from alerts.channels import CHANNELS
from alerts.duties import duties_for
from alerts.ladders.ladder import ladders_of
from alerts.routing import step_routes
from detectors.detector import Severity
from detectors.times import Millis, to_millis
from ingest.roster import Rosters, read
from sizao.params import DATABASE
from store import alerts, duty
from store.connection import Connection, connected, transaction
from store.duty import Scope, ShiftRow, SwapRow

Answer = TypeVar("Answer")


@click.group("roster")
def roster_group() -> None:
    """Who is on duty at which desk, and who would be told of an alert."""


@roster_group.command("import")
@DATABASE
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_rosters(database_url: str, folder: Path) -> None:
    """Take in desks, duty_people, shifts, holidays and swaps (.csv or .xlsx) of FOLDER.

    The folder is the whole truth: what is not in it any more is gone. With a
    mistake in any row nothing is taken, and every mistake is named.
    """
    rosters, faults = read(folder)
    if faults:
        raise click.ClickException("nothing was taken:" + "".join(f"\n  {one}" for one in faults))
    asyncio.run(_with(database_url, lambda connection: take_in(connection, rosters)))
    counts = (
        f"{len({one.desk for one in rosters.desks})} desks, {len(rosters.people)} people, {len(rosters.shifts)} shifts"
    )
    click.echo(counts, err=True)


async def take_in(connection: Connection, rosters: Rosters) -> None:
    """Exactly these rosters are in force."""
    desks: dict[str, tuple[str, str, list[Scope]]] = {}
    for one in rosters.desks:
        desks.setdefault(one.desk, (one.name, one.zone, []))[2].append(Scope(one.region, one.facility, one.hospital))
    async with transaction(connection):
        await duty.replace_desks(connection, desks)
        await duty.replace_people(connection, rosters.people)
        desk_ids, people_ids = await duty.codes(connection)
        shifts = [
            ShiftRow(
                desk_ids[one.desk],
                one.role,
                people_ids[one.person],
                one.days,
                one.begins,
                one.ends,
                one.valid_from,
                one.valid_until,
            )
            for one in rosters.shifts
        ]
        await duty.replace_shifts(connection, shifts)
        await duty.replace_holidays(connection, rosters.holidays)
        for swap in rosters.swaps:
            out, stands_in = people_ids[swap.instead_of], people_ids[swap.person]
            row = SwapRow(desk_ids[swap.desk], out, stands_in, swap.starts_at, swap.ends_at)
            await duty.swap(connection, row, swap.agreed_by)


@roster_group.command("show")
@DATABASE
@click.option("--at", "moment", help="2026-10-01T03:00, local; default: now.")
@click.option("--severity", type=click.Choice([one.name for one in Severity]), default="P1", help="Of the alert.")
@click.argument("facility")
def show(database_url: str, moment: str | None, severity: str, facility: str) -> None:
    """Who would be told of an alert at FACILITY, step by step, and by which ways."""
    lines = asyncio.run(_with(database_url, lambda connection: _shown(connection, facility, severity, moment)))
    for line in lines:
        click.echo(line)


async def _shown(connection: Connection, facility: str, severity: str, moment: str | None) -> list[str]:
    async with transaction(connection):
        homes = {home.facility: home for _, home in await alerts.homes(connection)}
        home = homes.get(facility)
        if home is None:
            raise click.UsageError(f"{facility} is not registered: sizao registry import")
        at = _moment(moment, home.zone)
        rosters = await duty.read(connection, [facility], [home.region], at)
    duties = duties_for(rosters, home, at)
    if duties is None:
        return ["no desk answers for it: the recipients of recipients.csv are told"]
    lines = []
    for step in ladders_of(home.region)[Severity[severity]].steps:
        for route in step_routes(step, duties, CHANNELS):
            ways = " > ".join(channel for channel, _ in ((route.channel, route.address), *route.fallbacks))
            said = f"not told: {route.not_told}" if route.not_told else f"{route.person} by {ways}"
            lines.append(f"{step.after_minutes:>4} min  {step.role:<13} {said}")
    return lines


def _moment(text: str | None, zone: str) -> Millis:
    if text is None:
        return round(time.time() * 1_000)
    try:
        return to_millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))
    except ValueError as error:
        raise click.UsageError(f"{text} is no time: write 2026-10-01T03:00") from error


async def _with(database_url: str, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async with connected(database_url, "roster") as connection:
        return await work(connection)
