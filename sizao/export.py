"""`sizao export`: figures as files, and to other systems."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from dashboards.exports import rows
from dashboards.exports.rows import Row
from sizao.days import day_of, day_option, shown
from sizao.export_folder import folder_commands
from sizao.export_sending import sending_commands
from sizao.params import DATABASE, Area
from store import cases, figures
from store.cases import PositivesByTest
from store.connection import connected, transaction
from store.figures import NATION, FacilityFigures, Grain

REGION = click.option("--region", type=Area(), default=NATION, help="GB/T 2260 code; 000000: the nation.")
GRAIN = click.option(
    "--grain", type=click.Choice(get_args(Grain)), default="period", help="From cut-off to cut-off, or calendar day."
)
OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File; default: here. -: standard output."
)


@click.group("export")
def export_group() -> None:
    """Give figures to others.

    Figures are those of `sizao figures`: sums, no residents. Where they leave
    the province, counts of people below 5 are withheld, with enough beside
    them that none can be worked out, and what was withheld of a day stays
    withheld; sums stay as they are. Lists of spot checks are in no export.
    """


for one in (*sending_commands, *folder_commands):
    export_group.add_command(one)


@export_group.command("figures")
@DATABASE
@REGION
@day_option
@GRAIN
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", help="How it is written.")
@click.option("--inside", is_flag=True, help="It stays in the province: nothing is withheld.")
@OUT
def figures_command(
    database_url: str, region: str, day: datetime | None, grain: Grain, kind: str, inside: bool, out: Path | None
) -> None:
    """Write the figures of a region and of all that lies in it, a row a figure, as CSV or Parquet.

    `state` says whether a value is stated, blank (nobody gave it, which is not
    zero) or withheld.

    \b
      sizao export figures --region 370000 --date 2026-11-27
      sizao export figures --format parquet --out figures.parquet
    """
    if grain == "day" and not inside:
        raise click.UsageError(
            "calendar days do not leave the province: small counts could be worked out from them and the periods; "
            "leave --grain out, or say --inside"
        )
    number = day_of(day)
    found = asyncio.run(_rows(database_url, region, grain, number, leaves=not inside))
    if not found:
        raise click.ClickException(
            f"nothing is counted of {region} on {shown(number)}: is the code right, and does sizao rollup run?"
        )
    written = rows.as_csv(found) if kind == "csv" else rows.as_parquet(found)
    gone = sum(row.state == "withheld" for row in found)
    _write(written, out or Path(f"figures-{region}-{shown(number)}.{kind}"))
    click.echo(f"{len(found):,} figures, {gone:,} of them withheld", err=True)


@export_group.command("facilities")
@DATABASE
@click.option("--region", type=Area(), required=True, help="GB/T 2260 code of a county, city or province.")
@day_option
@GRAIN
@OUT
def facilities_command(database_url: str, region: str, day: datetime | None, grain: Grain, out: Path | None) -> None:
    """Write a line a facility and day, with the fields of CDC's NHSN module for long-term care (as far as we are told).

    Counts only, no residents; empty is not told, zero is zero. Small counts
    are in it: it is for those who answer for the region and does not leave it.

    \b
      sizao export facilities --region 370602 --date 2026-11-27
    """
    number = day_of(day)
    found, by_test = asyncio.run(_facilities(database_url, region, grain, number))
    if not found:
        raise click.ClickException(
            f"no facility is counted in {region} on {shown(number)}: is the code right, and does sizao rollup run?"
        )
    _write(rows.facility_csv(found, number, by_test), out or Path(f"facilities-{region}-{shown(number)}.csv"))
    click.echo(f"{len(found):,} facilities", err=True)


def _write(content: bytes, path: Path) -> None:
    if path == Path("-"):
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error
    click.echo(f"{path} is written", err=True)


async def _rows(database_url: str, region: str, grain: Grain, day: int, *, leaves: bool) -> list[Row]:
    async with connected(database_url, "export") as connection, transaction(connection):
        if leaves:
            return await rows.read_leaving(connection, region, day)
        return await rows.read(connection, region, grain, day)


async def _facilities(
    database_url: str, region: str, grain: Grain, day: int
) -> tuple[list[FacilityFigures], dict[str, PositivesByTest]]:
    async with connected(database_url, "export") as connection, transaction(connection):
        _, parents = await figures.tree(connection, region, grain, day)
        found = await figures.of_facilities(connection, [region, *parents], grain, day)
        return found, await cases.positives_by_test(connection, [one.code for one in found], grain, day)
