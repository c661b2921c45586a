"""`sizao reports`: facility reports, who has not sent one, and what is asked of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import click
from msgspec import structs

from alerts.nudges import Nudged, nudge
from detectors.profile import Profile
from detectors.times import Millis
from sizao import tables
from sizao.days import Day, day_of, day_option, shown
from sizao.params import AS_JSON, DATABASE, Area, Region
from store import nudges, registry, reporting, reports
from store.connection import Connection, connected, transaction
from store.figures import NATION
from store.nudges import Missing

Found = TypeVar("Found")

region_option = click.option("--region", type=Area(), default=NATION, help="GB/T 2260 code; 000000: the nation.")


@click.group("reports")
def reports_group() -> None:
    """Facility reports (机构日报): who has not reported, asking them, and the difficulties they name.

    A report is missing only when its time is over and we were looking: our own
    outages make nobody late.
    """


@reports_group.command()
@DATABASE
@region_option
@day_option
@AS_JSON
def missing(database_url: str, region: str, day: datetime | None, as_json: bool) -> None:
    """List the facilities whose report of a day is missing."""
    number = day_of(day)
    found: list[Missing] = run(database_url, lambda connection: nudges.missing(connection, region, number))
    if as_json:
        tables.write_json(found)
        return
    rows = [(one.facility, one.name, one.region, _date(one.last_day), one.phones) for one in found]
    tables.show(("facility", "name", "region", "last report", "phones"), rows)
    click.echo(f"{len(found)} reports of {shown(number)} are missing", err=True)


@reports_group.command("nudge")
@DATABASE
@region_option
@day_option
@click.option("--by", required=True, help="Who asks: it stands in the message.")
@click.option("--facility", "facilities", multiple=True, help="Only these; default: all whose report is missing.")
@AS_JSON
def nudge_command(
    database_url: str, region: str, day: datetime | None, by: str, facilities: tuple[str, ...], as_json: bool
) -> None:
    """Ask every facility whose report is missing for it (催报), and show what comes of each.

    The carer on shift and the head are told, by the sender; `sizao reports
    results` shows later whether it reached them and whether the report came.
    """
    number = day_of(day)

    async def ask(connection: Connection) -> list[Nudged]:
        codes = [one.facility for one in await nudges.missing(connection, region, number)]
        chosen = [code for code in codes if not facilities or code in facilities]
        return await nudge(connection, chosen, number, by, round(time.time() * 1_000))

    found = run(database_url, ask)
    if as_json:
        tables.write_json(found)
        return
    tables.show(("facility", "asked", "not asked, because"), [_nudged(one) for one in found])
    told = sum(bool(one.told) for one in found)
    click.echo(f"{told} of {len(found)} facilities are asked for their report of {shown(number)}", err=True)


@reports_group.command()
@DATABASE
@region_option
@day_option
@AS_JSON
def results(database_url: str, region: str, day: datetime | None, as_json: bool) -> None:
    """Show what came of each nudge of a day."""
    number = day_of(day)
    found = run(database_url, lambda connection: nudges.results(connection, region, number))
    if as_json:
        tables.write_json(found)
        return
    rows = [
        (one.facility, _at(one.at), one.by, one.whom, one.channel, one.status, one.why_not, _at(one.reported_at))
        for one in found
    ]
    tables.show(("facility", "asked at", "by", "whom", "channel", "status", "because", "report came"), rows)


@reports_group.command()
@DATABASE
@region_option
@click.option("--facility", help="Only of this one.")
@click.option("--all", "closed", is_flag=True, help="Also those that are over.")
@AS_JSON
def difficulties(database_url: str, region: str, facility: str | None, closed: bool, as_json: bool) -> None:
    """List the difficulties that facilities have named, the oldest first, each with its owner."""
    found = run(database_url, lambda connection: reports.difficulties(connection, region, facility, closed=closed))
    if as_json:
        tables.write_json(found)
        return
    rows = [
        (one.facility, one.id, one.kind, one.text, "open" if one.is_open else "over", _at(one.raised_at), one.owner)
        for one in found
    ]
    tables.show(("facility", "id", "kind", "text", "state", "raised", "owner"), rows)


@reports_group.command()
@DATABASE
@click.argument("facility")
@click.argument("difficulty")
@click.option("--by", required=True, help="Who says so.")
@click.option("--owner", help="Who answers for it from now on.")
@click.option("--resolved", is_flag=True, help="It is over.")
@click.option("--reopened", is_flag=True, help="It is not over.")
@click.option("--comment", help="What was done.")
def difficulty(
    database_url: str,
    facility: str,
    difficulty: str,
    by: str,
    owner: str | None,
    resolved: bool,
    reopened: bool,
    comment: str | None,
) -> None:
    """Give a DIFFICULTY of a FACILITY its owner, close it, or open it again.

    Whoever speaks last is right: a facility that names it again in a report
    opens it again.
    """
    if (resolved and reopened) or not (resolved or reopened or owner):
        raise click.UsageError("say one of --owner NAME, --resolved, --reopened")
    action: reports.Action = "resolved" if resolved else "reopened" if reopened else "assigned"

    async def act(connection: Connection) -> bool:
        known = await registry.find_facility(connection, facility)
        now = round(time.time() * 1_000)
        if known is None:
            return False
        return await reports.act(connection, known.id, difficulty, action, by, now, owner, comment)

    if not run(database_url, act):
        raise click.ClickException(f"{facility} has named no difficulty {difficulty}: sizao reports difficulties")


@reports_group.command()
@DATABASE
@click.option("--region", type=Region(prefix=True), default="", help="GB/T 2260 prefix; default: the nation.")
@click.option("--at", "cutoff", metavar="HH:MM", help="The new cut-off; without it the rules are listed.")
@click.option("--from", "day", type=Day(), help="The first day; default: tomorrow, in China.")
@click.option("--notice", default="", help="What it rests on.")
@click.option("--by", help="Who decided.")
def cutoff(
    database_url: str, region: str, cutoff: str | None, day: datetime | None, notice: str, by: str | None
) -> None:
    """Say at which time the reporting period of a region ends, from a day on; or list what was said.

    Every facility goes by the longest prefix of its region. The period of that
    day becomes shorter or longer; nothing is counted twice or left out.
    """
    if cutoff is None:
        found = run(database_url, reporting.rules)
        rows = [
            (one.region or "(nation)", _date(max(one.valid_from, 0)), _clock(one.cutoff), one.notice, one.decided_by)
            for one in found
        ]
        tables.show(("region", "from", "cut-off", "notice", "decided by"), rows)
        return
    if not by:
        raise click.UsageError("say who decided: --by NAME")
    first, today = day_of(day) + (day is None), day_of(None)
    if first <= today:
        raise click.UsageError(
            f"a cut-off holds from tomorrow ({shown(today + 1)}) at the earliest: periods that began stay"
        )
    minutes = _minutes(cutoff)

    async def decide(connection: Connection) -> None:
        before = await reporting.in_force(connection, region, first)
        changed = {"region": region, "valid_from": first, "cutoff": minutes, "notice": notice, "decided_by": by}
        await reporting.decide(connection, structs.replace(before, **changed))

    run(database_url, decide)
    click.echo(f"{region or 'the nation'}: the period ends at {cutoff} from {shown(first)} on", err=True)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and 0 < int(hours) * 60 + int(minutes) < 1_440:
        return int(hours) * 60 + int(minutes)
    raise click.UsageError(f"{text} is no time of a day after 00:00, such as 16:30")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def run(database_url: str, work: Callable[[Connection], Awaitable[Found]]) -> Found:
    """What the work found, in one transaction."""

    async def inside() -> Found:
        async with connected(database_url, "reports") as connection, transaction(connection):
            return await work(connection)

    return asyncio.run(inside())


def _date(day: int | None) -> str | None:
    return None if day is None else shown(day)


def _nudged(one: Nudged) -> tuple[Any, ...]:
    return one.facility, ", ".join(one.told), "the report has come" if one.reported else "; ".join(one.not_told)


def _at(when: Millis | None) -> str | None:
    return None if when is None else Profile().clock(when)
