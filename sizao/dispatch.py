"""`sizao dispatch`: the daily dispatch (日调度情况) of a region, as a file."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Document, Language
from dashboards.dispatch.editions import closure_pack
from dashboards.dispatch.reading import Basis, read, read_revision
from dashboards.dispatch.rendering import BRIEF_FORMATS, FORMATS
from dashboards.fonts import NoFont
from ingest import regions
from sizao import ministry
from sizao.daily import METRICS_PORT, METRICS_VARIABLE, Minute
from sizao.days import day_of, day_option, shown
from sizao.params import DATABASE, MOST, Area
from sizao.ports import METRICS_HOST, show_metrics
from store.connection import connected, transaction
from store.figures import NATION


@click.command("dispatch")
@DATABASE
@click.option(
    "--region", type=Area(), default=NATION, help="GB/T 2260 code; 000000: the nation; unplaced: region not given."
)
@day_option
@click.option(
    "--revision", type=click.IntRange(0, MOST), help="This frozen one; 0: the newest. Default: a draft, as of now."
)
@click.option(
    "--edition",
    type=click.Choice(["full", "ministry", "closure"]),
    default="full",
    help="All of it, the ministry's page, or evidence for closing.",
)
@click.option(
    "--at",
    type=Minute(),
    help="Ministry edition, each day at this minute of China's time, such as 17:30; --out: a folder.",
)
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), default="html", help="How it is written.")
@click.option("--lang", "language", type=click.Choice(get_args(Language)), default="zh", help="Chinese or English.")
@click.option("--out", type=click.Path(path_type=Path), help="File; -: standard output. Default: here.")
@METRICS_PORT
@METRICS_HOST
def dispatch_command(
    database_url: str,
    region: str,
    day: datetime | None,
    revision: int | None,
    edition: str,
    at: int | None,
    kind: str,
    language: Language,
    out: Path | None,
    metrics_port: int,
    metrics_host: str,
) -> None:
    """Write the daily dispatch (日调度情况) of a region and a reporting period.

    The period is named by the day of its cut-off, 17:00 where nothing else was
    decided (`sizao reports cutoff`). Every number is one of `sizao figures`, and
    the same in every format. Blank is not zero. Without --revision it is a
    draft (草稿): its figures follow late data. A revision says for ever what it
    said when it was frozen.

    The ministry edition is one page of the newest frozen revision: three
    sentences, six figures, five places, and what needs a decision. Where there is
    none the page is a notice that says why, and the exit code is 1. The closure
    edition is the annex for those who decide about closing or opening again
    (封闭管理/有序放开建议依据): what speaks for and against, and what is not known.

    \b
      sizao dispatch --date 2026-11-27 --region 510100
      sizao dispatch --region 510000 --format xlsx --out 510000.xlsx
      sizao dispatch --region 510100 --revision 1
      sizao dispatch --lang en --format csv --out -
      sizao dispatch --edition ministry --format pdf
      sizao dispatch --edition closure --region 510100 --format docx
      sizao dispatch --edition ministry --at 17:30 --out pages
    """
    number = day_of(day)
    if at is not None and (day is not None or revision is not None):
        raise click.UsageError("--at writes the newest page of each day: leave --date and --revision out")
    if edition == "ministry":
        if at is not None:
            show_metrics(metrics_host, metrics_port, METRICS_VARIABLE)
        _ministry(database_url, region, number, revision, at, kind, language, out)
        return
    if edition == "closure":
        pack = asyncio.run(_evidence(database_url, region, number, language))
        _write(lambda: FORMATS[kind](pack), out, f"closure-{region}-{shown(number)}.{kind}")
        return
    if at is not None:
        raise click.UsageError("--at is for the ministry edition: add --edition ministry")
    basis = asyncio.run(_read(database_url, region, number, revision))
    if basis is None and revision is not None:
        which = f"revision {revision} of {region} on {shown(number)}" if revision else f"{region} on {shown(number)}"
        raise click.ClickException(f"{which} is not frozen: leave --revision out for a draft")
    if basis is None:
        raise click.ClickException(_nothing(region, number))
    document = compose(basis, language, _now())
    _write(lambda: FORMATS[kind](document), out, f"dispatch-{region}-{shown(number)}.{kind}")


def _nothing(region: str, day: int) -> str:
    """Why there is nothing to tell, as far as calendar and code say it."""
    if day > day_of(None) + 1:
        return f"the period that ends on {shown(day)} has not begun"
    counted = regions.county_of(region, day)
    if counted != region:
        return f"what was {region} is counted as {counted}: --region {counted}"
    return f"nothing is counted of {region} on {shown(day)}: is the code right, and does sizao rollup run?"


def _ministry(
    database_url: str,
    region: str,
    day: int,
    revision: int | None,
    at: int | None,
    kind: str,
    language: Language,
    out: Path | None,
) -> None:
    if kind not in BRIEF_FORMATS:
        raise click.UsageError(f"the ministry edition is written as {' or '.join(BRIEF_FORMATS)}: --format {kind}")
    if at is not None:
        ministry.write_daily(database_url, region, at, language, out or Path())
    page, is_produced = asyncio.run(ministry.made(database_url, region, day, revision or None, language, _now()))
    _write(lambda: BRIEF_FORMATS[kind](page), out, f"ministry-{region}-{shown(day)}.{kind}")
    if not is_produced:
        raise click.ClickException(page.sentences[0])


def _write(make: Callable[[], bytes], out: Path | None, name: str) -> None:
    try:
        written = make()
    except NoFont as missing:
        raise click.ClickException(f"{missing}; or take another --format") from missing
    if out == Path("-"):
        sys.stdout.buffer.write(written)
        return
    path = out or Path(name)
    path.write_bytes(written)
    click.echo(f"{path} is written", err=True)


def _now() -> int:
    return round(time.time() * 1_000)


async def _evidence(database_url: str, region: str, day: int, language: Language) -> Document:
    async with connected(database_url, "dispatch") as connection, transaction(connection):
        return await closure_pack(connection, region, day, language, _now())


async def _read(database_url: str, region: str, day: int, revision: int | None) -> Basis | None:
    async with connected(database_url, "dispatch") as connection, transaction(connection):
        if revision is None:
            return await read(connection, region, day)
        return await read_revision(connection, region, day, revision or None)
