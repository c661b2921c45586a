"""The ministry edition at its minute: one page of a frozen revision, or a notice that says why there is none."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final, NoReturn

import click

from dashboards.dispatch.document import Language
from dashboards.dispatch.editions import ministry_page
from dashboards.dispatch.ministry import Brief, not_produced
from dashboards.dispatch.rendering import BRIEF_FORMATS
from detectors.times import Millis
from sizao.daily import each_day
from sizao.daily_record import Record
from sizao.days import shown
from store.connection import connected, transaction
from store.errors import Unavailable

# A notice stands where a page should be: it gives way within half a minute.
_AGAIN_SECONDS: Final = 20


async def made(
    database_url: str, region: str, day: int, revision: int | None, language: Language, now: Millis
) -> tuple[Brief, bool]:
    """The page of a revision or the notice, by a connection of its own."""
    async with connected(database_url, "ministry") as connection, transaction(connection):
        return await ministry_page(connection, region, day, revision, language, now)


def write_daily(database_url: str, region: str, minute: int, language: Language, folder: Path) -> NoReturn:
    """Each day at the minute, until it is stopped, the folder has that day's page in every format.

    Started later in the day, the page is written at once, unless it is there.
    A notice gives way to the page as soon as there is one.
    """
    folder.mkdir(parents=True, exist_ok=True)

    def write(day: int) -> None:
        page, is_produced = _page(database_url, region, day, language, round(time.time() * 1_000))
        name = f"ministry-{region}-{shown(day)}"
        _write(page, folder, name)
        if not is_produced:
            raise click.ClickException(page.sentences[0])
        click.echo(f"{name}: produced", err=True)

    each_day(minute, write, Record(f"ministry-{region}", database_url), _AGAIN_SECONDS)


def _page(database_url: str, region: str, day: int, language: Language, now: Millis) -> tuple[Brief, bool]:
    try:
        return asyncio.run(made(database_url, region, day, None, language, now))
    except Unavailable:
        return not_produced(region, day, "why_no_database", language, now), False


def _write(page: Brief, folder: Path, name: str) -> None:
    for kind, written in BRIEF_FORMATS.items():
        path = folder / f"{name}.{kind}"
        # Whoever opens it finds the whole page or the one before.
        half = path.with_suffix(f".{kind}.part")
        half.write_bytes(written(page))
        half.replace(path)
