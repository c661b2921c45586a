"""`sizao export queue|push|replay|status|set-aside`: figures to another system, in order, each until it was taken."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Final

import click

from dashboards.exports import packages
from dashboards.exports.pushing import NotTaken, push
from detectors.times import to_text
from sizao.daily import METRICS_PORT, METRICS_VARIABLE, Minute, each_day
from sizao.daily_record import Record
from sizao.days import Day, day_of, shown
from sizao.params import DATABASE, Area
from sizao.ports import METRICS_HOST, show_metrics
from store import exports
from store.connection import Connection, connected, transaction
from store.exports import Standing

RECEIVER: Final = click.option(
    "--receiver", default="national", show_default=True, help="Who takes them; each has numbers of its own."
)
FROM = click.option("--from", "--date", "first", type=Day(), help="The first day. Default: today.")
TO = click.option("--to", "last", type=Day(), help="The last day. Default: the first.")


@click.command("queue")
@DATABASE
@RECEIVER
@click.option("--region", type=Area(), required=True, help="GB/T 2260 code.")
@FROM
@TO
def queue_command(database_url: str, receiver: str, region: str, first: datetime | None, last: datetime | None) -> None:
    """Make packages of a region's periods, to be sent by `push` or `folder`: the frozen dispatch, else figures so far.

    Any number of times: what says the same as the newest package of that day
    is not made again, and what says something else names what it replaces.
    """
    begin, end = _days(first, last)
    for day in range(begin, end + 1):
        made = asyncio.run(_queue(database_url, receiver, region, day))
        said = f"number {', '.join(map(str, made))}" if made else "nothing new"
        click.echo(f"{region} {shown(day)}: {said}", err=True)


@click.command("push")
@DATABASE
@RECEIVER
@click.option("--url", envvar="SIZAO_EXPORT_URL", show_envvar=True, required=True, help="Where they are taken.")
@click.option("--secret", envvar="SIZAO_EXPORT_SECRET", show_envvar=True, required=True, help="Shared with it.")
@click.option("--tries", default=5, show_default=True, type=click.IntRange(1, 20), help="Of each package, ever later.")
@click.option("--at", type=Minute(), help="Each day at this minute of China's time, such as 18:00.")
@click.option(
    "--queue", "region", type=Area(), help="With --at: first make the day's package of this region, a GB/T 2260 code."
)
@METRICS_PORT
@METRICS_HOST
def push_command(
    database_url: str,
    receiver: str,
    url: str,
    secret: str,
    tries: int,
    at: int | None,
    region: str | None,
    metrics_port: int,
    metrics_host: str,
) -> None:
    """Send what waits, in its order, each until it was taken; stopped anywhere, the next time goes on there.

    What was sent of an earlier day and is told otherwise by now follows by
    itself, as a package of its own that names the one it replaces. With --at
    this is looked for every five minutes.

    Signed after Standard Webhooks (webhook-id, webhook-timestamp,
    webhook-signature). The id of a package never changes: sent twice it is
    taken once. 409 means that the receiver has it.

    \b
      sizao export push
      sizao export push --at 18:00 --queue 000000    # every day, until it is stopped
    """
    if region is not None and at is None:
        raise click.UsageError("--queue goes with --at; for once, say `sizao export queue` first")

    def of_day(day: int) -> None:
        if region is not None:
            asyncio.run(_queue(database_url, receiver, region, day))
        click.echo(f"{send()} packages were taken", err=True)

    def send() -> int:
        return asyncio.run(_push(database_url, receiver, url, secret, tries))

    if at is None:
        click.echo(f"{send()} packages were taken", err=True)
    else:
        show_metrics(metrics_host, metrics_port, METRICS_VARIABLE)
        each_day(at, of_day, Record(f"push-{receiver}", database_url), meanwhile=send)


@click.command("replay")
@DATABASE
@RECEIVER
@FROM
@TO
def replay_command(database_url: str, receiver: str, first: datetime | None, last: datetime | None) -> None:
    """Have the packages of some days sent once more, as they were, with the ids they had.

    \b
      sizao export replay --date 2026-11-20
      sizao export replay --from 2026-11-20 --to 2026-11-27
    """
    begin, end = _days(first, last)
    number = asyncio.run(_send_again(database_url, receiver, begin, end))
    click.echo(f"{number} packages wait again", err=True)


@click.command("status")
@DATABASE
@click.option("--receiver", help="Default: every one.")
def status_command(database_url: str, receiver: str | None) -> None:
    """Tell how far each receiver has come: what was sent, what waits since when and why, what was set aside."""
    for one in asyncio.run(_standing(database_url, receiver)):
        click.echo(f"{one.receiver}: {one.last_number} packages, the newest sent is {one.sent or 'none'}")
        if one.first is not None and one.since is not None:
            why = one.error or "nobody has tried yet"
            click.echo(f"  {one.waiting} wait, the first is number {one.first} of {to_text(one.since)}: {why}")
        if one.set_aside:
            click.echo(f"  set aside: {', '.join(map(str, one.set_aside))}")


@click.command("set-aside")
@DATABASE
@RECEIVER
@click.argument("number", type=click.IntRange(min=1))
@click.option("--by", required=True, help="Who decides it.")
@click.option("--why", required=True, help="Why the receiver will never take it.")
def set_aside_command(database_url: str, receiver: str, number: int, by: str, why: str) -> None:
    """Not send a package that the receiver refuses for good, so that what follows it is sent; it is kept.

    `sizao export replay` of its day sends it after all.
    """
    if not asyncio.run(_set_aside(database_url, receiver, number, by, why)):
        raise click.ClickException(f"number {number} of {receiver} does not wait: `sizao export status` says what does")
    click.echo(f"{receiver} number {number} is set aside", err=True)


sending_commands: Final = (queue_command, push_command, replay_command, status_command, set_aside_command)


def _days(first: datetime | None, last: datetime | None) -> tuple[int, int]:
    begin = day_of(first)
    end = begin if last is None else day_of(last)
    if not begin <= end < begin + 400:
        raise click.UsageError("--to must not come before --from, nor more than 400 days after it")
    return begin, end


async def _queue(database_url: str, receiver: str, region: str, day: int) -> list[int]:
    async with connected(database_url, "export") as connection, transaction(connection):
        made = await packages.queue(connection, receiver, region, day, round(time.time() * 1_000))
    if made is None:
        raise click.ClickException(
            f"nothing is counted of {region} on {shown(day)}: is the code right, and does sizao rollup run?"
        )
    return made


async def _push(database_url: str, receiver: str, url: str, secret: str, tries: int) -> int:
    number = 0
    async with connected(database_url, "export") as connection:
        await follow(connection, receiver)
        try:
            async for package in push(connection, receiver, url, secret, tries):
                number += 1
                click.echo(f"{package.key} {package.region} {shown(package.day)} was taken", err=True)
        except NotTaken as error:
            raise click.ClickException(str(error)) from error
    return number


async def follow(connection: Connection, receiver: str) -> None:
    """What is told otherwise by now than it was sent waits too, and it is said which."""
    made = await packages.follow(connection, receiver, round(time.time() * 1_000))
    if made:
        click.echo(f"corrections follow: number {', '.join(map(str, made))}", err=True)


async def _standing(database_url: str, receiver: str | None) -> list[Standing]:
    async with connected(database_url, "export") as connection, transaction(connection):
        return await exports.standing(connection, receiver)


async def _set_aside(database_url: str, receiver: str, number: int, by: str, why: str) -> bool:
    async with connected(database_url, "export") as connection, transaction(connection):
        return await exports.set_aside(connection, receiver, number, by, why)


async def _send_again(database_url: str, receiver: str, first: int, last: int) -> int:
    async with connected(database_url, "export") as connection, transaction(connection):
        return await exports.send_again(connection, receiver, first, last)
