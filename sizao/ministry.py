"""The ministry edition at its minute: one page of a frozen revision, or a notice that says why there is none."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

import click

from dashboards.dispatch.document import Language
from dashboards.dispatch.editions import ministry_page
from dashboards.dispatch.ministry import Brief, not_produced
from dashboards.dispatch.rendering import BRIEF_FORMATS
from detectors.profile import Profile
from detectors.times import DAY, MINUTE, Millis
from store.connection import connected, transaction
from store.errors import Unavailable

_CHINA: Final = Profile()
_LOOKS_EVERY_SECONDS: Final = 20


def minute_of(text: str) -> int:
    """Minutes after midnight of a time such as 17:30; ValueError where it is none."""
    when = time.strptime(text, "%H:%M")
    return when.tm_hour * 60 + when.tm_min


async def made(
    database_url: str, region: str, day: int, revision: int | None, language: Language, now: Millis
) -> tuple[Brief, bool]:
    """The page of a revision or the notice, by a connection of its own."""
    async with connected(database_url, "ministry") as connection, transaction(connection):
        return await ministry_page(connection, region, day, revision, language, now)


def write_daily(database_url: str, region: str, minute: int, language: Language, folder: Path) -> None:
    """Each day at the minute, until it is stopped, the folder has that day's page in every format.

    Started later in the day, the page is written at once, unless it is there.
    A notice gives way to the page as soon as there is one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    click.echo(f"{folder}: a page each day at {minute // 60:02}:{minute % 60:02}, China time; Ctrl-C stops", err=True)
    produced: set[int] = set()
    while True:
        now = round(time.time() * 1_000)
        day = _CHINA.day_of(now)
        if now >= _CHINA.midnight(day) + minute * MINUTE and day not in produced:
            page, is_produced = _page(database_url, region, day, language, now)
            _write(page, folder, f"ministry-{region}-{_date(day)}", is_produced)
            if is_produced:
                produced = {day}
        time.sleep(_LOOKS_EVERY_SECONDS)


def _page(database_url: str, region: str, day: int, language: Language, now: Millis) -> tuple[Brief, bool]:
    try:
        return asyncio.run(made(database_url, region, day, None, language, now))
    except Unavailable:
        return not_produced(region, day, "why_no_database", language, now), False


def _write(page: Brief, folder: Path, name: str, is_produced: bool) -> None:
    for kind, written in BRIEF_FORMATS.items():
        path = folder / f"{name}.{kind}"
        # Whoever opens it finds the whole page or the one before.
        half = path.with_suffix(f".{kind}.part")
        half.write_bytes(written(page))
        half.replace(path)
    click.echo(f"{name}: {'produced' if is_produced else page.sentences[0]}", err=True)


def _date(day: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(day * DAY / 1_000))
