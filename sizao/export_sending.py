"""`sizao export queue|push|replay`: figures to another system, in order, each until it was taken."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Final

import click

from dashboards.exports.packages import body_of, content
from dashboards.exports.pushing import push
from sizao.daily import METRICS_PORT, METRICS_VARIABLE, Minute, each_day
from sizao.daily_record import Record
from sizao.days import day_of, shown
from sizao.params import DATABASE
from sizao.ports import METRICS_HOST, show_metrics
from store import exports
from store.connection import connected, transaction

RECEIVER: Final = click.option(
    "--receiver", default="national", show_default=True, help="Who takes them; each has numbers of its own."
)
FROM = click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day. Default: today.")
TO = click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day. Default: the first.")


@click.command("queue")
@DATABASE
@RECEIVER
@click.option("--region", required=True, help="GB/T 2260 code.")
@FROM
@TO
def queue_command(database_url: str, receiver: str, region: str, first: datetime | None, last: datetime | None) -> None:
    """Make packages of a region's periods, to be sent by `push` or `folder`: the frozen dispatch, else figures so far.

    Any number of times: what says the same as the newest package of that day is not made again.
    """
    begin, end = _days(first, last)
    for day in range(begin, end + 1):
        number = asyncio.run(_queue(database_url, receiver, region, day))
        click.echo(f"{region} {shown(day)}: {'nothing new' if number is None else f'number {number}'}", err=True)


@click.command("push")
@DATABASE
@RECEIVER
@click.option("--url", envvar="SIZAO_EXPORT_URL", show_envvar=True, required=True, help="Where they are taken.")
@click.option("--secret", envvar="SIZAO_EXPORT_SECRET", show_envvar=True, required=True, help="Shared with it.")
@click.option("--tries", default=5, show_default=True, type=click.IntRange(1, 20), help="Of each package, ever later.")
@click.option("--at", type=Minute(), help="Each day at this minute of China's time, such as 18:00.")
@click.option("--queue", "region", help="With --at: first make the day's package of this region, a GB/T 2260 code.")
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
        _push_all(database_url, receiver, url, secret, tries)

    if at is None:
        _push_all(database_url, receiver, url, secret, tries)
    else:
        show_metrics(metrics_host, metrics_port, METRICS_VARIABLE)
        each_day(at, of_day, Record(f"push-{receiver}", database_url))


def _push_all(database_url: str, receiver: str, url: str, secret: str, tries: int) -> None:
    number = asyncio.run(_push(database_url, receiver, url, secret, tries))
    click.echo(f"{number} packages were taken", err=True)


@click.command("replay")
@DATABASE
@RECEIVER
@FROM
@TO
def replay_command(database_url: str, receiver: str, first: datetime | None, last: datetime | None) -> None:
    """Have the packages of some days sent once more, as they were, with the ids they had."""
    begin, end = _days(first, last)
    number = asyncio.run(_send_again(database_url, receiver, begin, end))
    click.echo(f"{number} packages wait again", err=True)


sending_commands: Final = (queue_command, push_command, replay_command)


def _days(first: datetime | None, last: datetime | None) -> tuple[int, int]:
    begin = day_of(first)
    end = begin if last is None else day_of(last)
    if not begin <= end < begin + 400:
        raise click.UsageError("--to must not come before --from, nor more than 400 days after it")
    return begin, end


async def _queue(database_url: str, receiver: str, region: str, day: int) -> int | None:
    async with connected(database_url, "export") as connection, transaction(connection):
        said = await content(connection, region, day)
        if said is None:
            raise click.ClickException(
                f"nothing is counted of {region} on {shown(day)}: is the code right, and does sizao rollup run?"
            )
        now = round(time.time() * 1_000)
        return await exports.queue(connection, receiver, region, day, said.revision, body_of(said), now)


async def _push(database_url: str, receiver: str, url: str, secret: str, tries: int) -> int:
    number = 0
    async with connected(database_url, "export") as connection:
        async for package in push(connection, receiver, url, secret, tries):
            number += 1
            click.echo(f"{package.key} {package.region} {shown(package.day)} was taken", err=True)
    return number


async def _send_again(database_url: str, receiver: str, first: int, last: int) -> int:
    async with connected(database_url, "export") as connection, transaction(connection):
        return await exports.send_again(connection, receiver, first, last)
