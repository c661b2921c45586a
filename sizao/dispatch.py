"""`sizao dispatch`: the daily dispatch (日调度情况) of a region, as a file."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Language
from dashboards.dispatch.reading import Basis, read, read_revision
from dashboards.dispatch.rendering import FORMATS
from dashboards.fonts import NoFont
from sizao.days import day_of, day_option, shown
from store.connection import connected, transaction
from store.figures import NATION


@click.command("dispatch")
@click.option("--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://...")
@click.option("--region", default=NATION, help="GB/T 2260 code; 000000: the nation; unplaced: region not given.")
@day_option
@click.option("--revision", type=click.IntRange(0), help="This frozen one; 0: the newest. Default: a draft, as of now.")
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), default="html", help="How it is written.")
@click.option("--lang", "language", type=click.Choice(get_args(Language)), default="zh", help="Chinese or English.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File; -: standard output. Default: here.")
def dispatch_command(
    database_url: str,
    region: str,
    day: datetime | None,
    revision: int | None,
    kind: str,
    language: Language,
    out: Path | None,
) -> None:
    """Write the daily dispatch (日调度情况) of a region and a reporting period.

    The period is named by the day of its cut-off, 17:00 where nothing else was
    decided (`sizao reports cutoff`). Every number is one of `sizao figures`, and
    the same in every format. Blank is not zero. Without --revision it is a
    draft (草稿): its figures follow late data. A revision says for ever what it
    said when it was frozen.

    \b
      sizao dispatch --date 2026-11-27 --region 510100
      sizao dispatch --region 510000 --format xlsx --out 510000.xlsx
      sizao dispatch --region 510100 --revision 1
      sizao dispatch --lang en --format csv --out -
    """
    number = day_of(day)
    basis = asyncio.run(_read(database_url, region, number, revision))
    if basis is None and revision is not None:
        which = f"revision {revision} of {region} on {shown(number)}" if revision else f"{region} on {shown(number)}"
        raise click.ClickException(f"{which} is not frozen: leave --revision out for a draft")
    if basis is None:
        raise click.ClickException(
            f"nothing is counted of {region} on {shown(number)}: is the code right, and does sizao rollup run?"
        )
    try:
        written = FORMATS[kind](compose(basis, language, round(time.time() * 1_000)))
    except NoFont as missing:
        raise click.ClickException(f"{missing}; or take another --format") from missing
    if out == Path("-"):
        sys.stdout.buffer.write(written)
        return
    path = out or Path(f"dispatch-{region}-{shown(number)}.{kind}")
    path.write_bytes(written)
    click.echo(f"{path} is written", err=True)


async def _read(database_url: str, region: str, day: int, revision: int | None) -> Basis | None:
    async with connected(database_url, "dispatch") as connection, transaction(connection):
        if revision is None:
            return await read(connection, region, day)
        return await read_revision(connection, region, day, revision or None)
