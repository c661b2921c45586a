"""`sizao feedback`: how often each rule was right, by those who came."""

from __future__ import annotations

import asyncio

import click
import msgspec

from detectors.times import DAY, Millis
from sizao import tables
from sizao.params import AS_JSON, DATABASE, Region, Time
from store import feedback as stored
from store.connection import connected, transaction
from store.feedback import Rate

LEVELS = {"province": 2, "city": 4, "county": 6}


@click.command("feedback")
@DATABASE
@click.option("--region", type=Region(prefix=True), default="", help="GB/T 2260 prefix; default: everywhere.")
@click.option("--by", type=click.Choice(list(LEVELS)), default="county", show_default=True, help="Summed up by these.")
@click.option("--from", "since", type=Time(or_day=True), required=True, help="Alerts that opened from here on.")
@click.option("--to", "until", type=Time(or_day=True), required=True, help="And before this moment.")
@AS_JSON
def feedback_command(database_url: str, region: str, by: str, since: Millis, until: Millis, as_json: bool) -> None:
    """Show how many alerts were true (属实), false (误报), unsure (待定) or nonactionable (无需处置).

    A line for each rule, region and month.
    Precision is the share of true ones, with or without something to do, among
    those judged true or false. The nonactionable rate is their share of all
    that somebody spoke of. Both are left blank where nobody spoke. Drills are
    left out.

    \b
    Example:  sizao feedback --region 37 --from 2026-11-01 --to 2026-12-01
    """
    if until <= since or until - since > 3_660 * DAY:
        raise click.UsageError("--to must come after --from, at most ten years later")
    found = asyncio.run(_found(database_url, region, LEVELS[by], since, until))
    if as_json:
        tables.write_json(map(_as_json, found))
        return
    headings = ("rule", "region", "month", "alerts", "true", "false", "unsure", "nonactionable", "precision", "rate")
    tables.show(headings, [_row(one) for one in found], "feedback")


async def _found(database_url: str, region: str, digits: int, since: Millis, until: Millis) -> list[Rate]:
    async with connected(database_url, "feedback") as connection, transaction(connection):
        return await stored.rates(connection, region, digits, since, until)


def _as_json(one: Rate) -> dict[str, object]:
    rates = {"precision": one.precision, "nonactionable_rate": one.nonactionable_rate}
    return {**msgspec.to_builtins(one), **rates}


def _row(one: Rate) -> tuple[object, ...]:
    shares = (None if share is None else f"{share:.0%}" for share in (one.precision, one.nonactionable_rate))
    numbers = (one.alerts, one.true, one.false, one.unsure, one.nonactionable)
    return (one.rule, one.region, one.month, *numbers, *shares)
