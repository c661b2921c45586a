"""`sizao figures`: a region's figures, each with where it comes from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

import click

from dashboards.rollup.places import name_of
from sizao import tables
from sizao.days import day_of, day_option, shown
from sizao.params import DATABASE, Area
from store import figures
from store.connection import connected, transaction
from store.dictionary import FIGURES, SECTIONS, UNITS, Figure
from store.figures import NATION, Figures, Grain, Setting, Value


@click.command("figures")
@DATABASE
@click.option(
    "--region", type=Area(), default=NATION, help="GB/T 2260 code; 000000: the nation; unplaced: region not given."
)
@day_option
@click.option(
    "--grain", type=click.Choice(get_args(Grain)), default="period", help="From cut-off to cut-off, or calendar day."
)
@click.option("--setting", type=click.Choice(get_args(Setting)), multiple=True, help="Only rural or urban homes.")
@click.option("--below", is_flag=True, help="What lies directly in the region, instead of the region.")
@click.option("--only", metavar="NAME", multiple=True, help="Only these figures, by their names in the dictionary.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a figure on standard output.")
def figures_command(
    database_url: str,
    region: str,
    day: datetime | None,
    grain: Grain,
    setting: tuple[Setting, ...],
    below: bool,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print the figures of a region and a day, each with its source, period and denominator.

    A period is named by the day of its cut-off: 2026-11-27 is from 17:00 on
    2026-11-26 to 17:00 on 2026-11-27, where 17:00 is the cut-off. Blank is not
    zero: beside each sum stands how many facilities did not give it.
    `docs/data-dictionary.md` has every figure.

    \b
      sizao figures --region 510100 --date 2026-11-27
      sizao figures --below --only checks_done_share --only positives
    """
    unknown = [name for name in only if name not in FIGURES]
    if unknown:
        raise click.UsageError(f"no figure is called {unknown[0]}: docs/data-dictionary.md has their names")
    number = day_of(day)
    found = asyncio.run(_read(database_url, region, grain, number, setting, below))
    if not found:
        raise click.ClickException(
            f"nothing is counted of {region} on {shown(number)}: is the code right, and does sizao rollup run?"
        )
    chosen = [FIGURES[name] for name in only] or list(FIGURES.values())
    if as_json:
        tables.write_json(_line(one, figure) for one in found for figure in chosen)
        return
    for one in found:
        _show(one, chosen)


async def _read(
    database_url: str, region: str, grain: Grain, day: int, settings: tuple[Setting, ...], below: bool
) -> list[Figures]:
    async with connected(database_url, "figures") as connection, transaction(connection):
        read = figures.below if below else figures.of_region
        return await read(connection, region, grain, day, day, settings)


def _show(one: Figures, chosen: Iterable[Figure]) -> None:
    zh, en = name_of(one.region, one.day)
    so_far = f", so far: {one.running} facilities go on" if one.running else ""
    title = f"{zh} ({en}) {one.grain} {shown(one.day)}{so_far}"
    wanted = {figure.name for figure in chosen}
    rows: list[list[object]] = []
    for section in SECTIONS:
        rows += [
            [figure.zh, figure.en, _text(one[figure.name], figure), one[figure.name].blank or None, _source(figure)]
            for figure in section.figure
            if figure.name in wanted
        ]
    tables.show(("指标", "figure", "value", "blank", "source or ratio"), rows, title)


def _text(value: Value, figure: Figure) -> str | None:
    return None if value.value is None else f"{value.value:,} {UNITS[figure.unit].en}"


def _source(figure: Figure) -> str:
    return " ".join(figure.source) if figure.kind != "ratio" else f"{figure.of} / ({' + '.join(figure.over)})"


def _line(one: Figures, figure: Figure) -> dict[str, Any]:
    value = one[figure.name]
    return {
        "region": one.region,
        "grain": one.grain,
        "date": shown(one.day),
        "running": one.running,
        "name": figure.name,
        "value": value.value,
        "blank": value.blank,
        "figure": figure,
    }
