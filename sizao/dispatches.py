"""`sizao dispatches`: the revisions of the daily dispatch, their states, and what changed between two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import click

from dashboards.dispatch import keeping
from dashboards.dispatch.differences import Difference, differences
from dashboards.rollup.places import name_of
from detectors.profile import Profile
from sizao import tables
from sizao.days import day_of, day_option, shown
from sizao.params import AS_JSON, DATABASE, MOST, Area
from sizao.progress import progress
from store import dispatches, signing
from store.connection import Connection, connected, transaction
from store.dictionary import FIGURES
from store.figures import NATION

Found = TypeVar("Found")
_DAYS = 14

region_option = click.option("--region", type=Area(), default=NATION, help="GB/T 2260 code; 000000: the nation.")


@click.group("dispatches")
def dispatches_group() -> None:
    """Frozen dispatches (日调度): their revisions, states and differences.

    A region's figures are frozen at its cut-off, by `sizao rollup`, as revision 1:
    the sum of named revisions of what lies in it. Late data makes the next
    revision, at the next cut-off or when somebody asks; none is ever changed.
    `sizao dispatch --revision 1` prints one.
    """


@dispatches_group.command("list")
@DATABASE
@region_option
@day_option
@AS_JSON
def list_revisions(database_url: str, region: str, day: datetime | None, as_json: bool) -> None:
    """List the revisions of a region, of two weeks up to a day, with their states."""
    last = day_of(day)

    async def read(connection: Connection) -> list[dict[str, object]]:
        async with transaction(connection):
            states = await signing.states(connection, region, last - _DAYS, last)
            found = await dispatches.revisions(connection, region, last - _DAYS, last)
        return [
            {
                "day": shown(one.day),
                "revision": one.revision,
                "state": states.get((one.day, one.revision), "draft"),
                "frozen_at": Profile().clock(one.frozen_at),
                "frozen_by": one.frozen_by,
                "facilities": one.figures["facilities"].value,
            }
            for one in found
        ]

    found = _run(database_url, read)
    if as_json:
        tables.write_json(found)
        return
    tables.show(
        ("period", "revision", "state", "frozen at", "by", "facilities"), [tuple(one.values()) for one in found]
    )


@dispatches_group.command()
@DATABASE
@click.option(
    "--region",
    type=Area(),
    help="Only this one, whatever the hour after its cut-off; default: all whose cut-off is over.",
)
@day_option
@click.option("--by", help="Who asks for it; with --region.")
def freeze(database_url: str, region: str | None, day: datetime | None, by: str | None) -> None:
    """Freeze what is over: every region from the counties upward, or one and all that lies in it.

    `sizao rollup` does the first by itself every ten seconds. With --region the
    figures as they stand make the next revision, where they are not those of the
    newest one.

    \b
      sizao dispatches freeze
      sizao dispatches freeze --region 510100 --date 2026-11-27 --by 李处长
    """
    if (region is None) != (by is None):
        raise click.UsageError("--region and --by belong together: say which region, and who asks for it")
    moment, number = round(time.time() * 1_000), day_of(day)

    async def work(connection: Connection) -> int:
        if region is None or by is None:
            return await keeping.keep(connection, moment, lambda due: progress(due, "dispatches"))
        try:
            return await keeping.freeze_below(
                connection, region, number, by, moment, lambda listed: progress(listed, "dispatches")
            )
        except keeping.TooEarly as error:
            raise click.ClickException(str(error)) from error

    made = _run(database_url, work)
    click.echo(f"{made} revisions are frozen" if made else "nothing is new: no revision is made", err=True)


@dispatches_group.command("differences")
@DATABASE
@region_option
@day_option
@click.option("--revision", type=click.IntRange(2, MOST), help="This one against the one before; default: the newest.")
@AS_JSON
def differences_command(
    database_url: str, region: str, day: datetime | None, revision: int | None, as_json: bool
) -> None:
    """Say what a revision tells otherwise than the one before: which figure of which region, from what to what."""
    number = day_of(day)

    async def read(connection: Connection) -> list[Difference]:
        async with transaction(connection):
            newer = await dispatches.find(connection, region, number, revision)
            if newer is None or newer.revision == 1:
                raise click.ClickException(f"{region} has no second revision of {shown(number)}: sizao dispatches list")
            older = await dispatches.find(connection, region, number, newer.revision - 1)
        assert older is not None, "revisions have no gaps"
        return differences(older, newer)

    found = _run(database_url, read)
    if as_json:
        tables.write_json(found)
        return
    rows = [
        (
            one.region,
            name_of(one.region, number)[0],
            _name(one),
            one.then.value,
            one.now.value,
            one.then.blank,
            one.now.blank,
        )
        for one in found
    ]
    tables.show(("region", "name", "figure", "from", "to", "blank in", "now in"), rows)


def _name(one: Difference) -> str:
    if one.figure is None:
        return "came into the sum" if one.then.value is None else "left the sum"
    return one.figure if one.figure not in FIGURES else FIGURES[one.figure].en


def _run(database_url: str, work: Callable[[Connection], Awaitable[Found]]) -> Found:
    async def inside() -> Found:
        async with connected(database_url, "dispatches") as connection:
            return await work(connection)

    return asyncio.run(inside())
