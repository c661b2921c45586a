"""Who freezes a dispatch when nobody does? At the cut-off of a region it happens by itself, from the counties upward.

1. A region whose cut-off is over is frozen as soon as the last of its facilities is counted up to there; one that
   others lie in, as soon as those are whose cut-off is over too. Nothing is waited for longer than ten minutes.
2. With it, its periods of the last two weeks that late data changed get their next revision: once a day, and in
   between when somebody asks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from dashboards.dispatch.freezing import freeze
from dashboards.dispatch.telling import tell_older
from dashboards.pausing import pause
from dashboards.rollup import metrics
from detectors.profile import Profile
from detectors.times import MINUTE, Millis
from store import dispatches, figures, reporting
from store.connection import Connection, connected, transaction
from store.dispatches import Unfrozen
from store.errors import StoreError, Unavailable
from store.figures import NATION, Figures
from store.nudges import prefix_of
from store.reporting import ReportingRule

WAITED: Final[Millis] = 10 * MINUTE
CAUGHT_UP_DAYS: Final = 3
"""Of a platform that was away periods of so long ago are still frozen."""
CORRECTED_DAYS: Final = 14
"""Late data of so long ago makes another revision: the late horizon of case counts."""
TURN_SECONDS: Final = 10.0
_CHINA: Final = Profile()
log = structlog.get_logger()

Taken = Callable[[list[Unfrozen]], Iterable[Unfrozen]]
"""Gives what is to be frozen one by one, and may tell how far that is."""


class TooEarly(Exception):
    """The period of a region goes on."""


def cutoff_of(rules: Iterable[ReportingRule], region: str, day: int) -> Millis:
    """When the period of a region that ends on a day is over."""
    return _CHINA.midnight(day) + reporting.rule_of(rules, region.removesuffix("-"), day).cutoff * MINUTE


def rank(region: str) -> int:
    """0: facilities count there; what is above comes after what lies in it.

    >>> [rank(one) for one in ("510107", "441900-", "unplaced", "510100", "510000", "000000")]
    [0, 0, 0, 1, 2, 3]
    """
    if region == NATION:
        return 3
    return (6 - len(prefix_of(region))) // 2 if region.isdigit() else 0


def due(waiting: Iterable[Unfrozen], rules: Iterable[ReportingRule], since: Millis, now: Millis) -> list[Unfrozen]:
    """Those whose period ended meanwhile, in the order in which they are frozen: the oldest days first, then upward."""
    rules = list(rules)
    over = [one for one in waiting if since < cutoff_of(rules, one.region, one.day) <= now]
    return sorted(over, key=lambda one: (one.day, rank(one.region), one.region))


async def keep(connection: Connection, now: Millis, taken: Taken = iter) -> int:
    """All that is over is frozen, with what late data changed before; how many revisions were made."""
    today = _CHINA.day_of(now)
    async with transaction(connection):
        rules = await reporting.rules(connection)
        waiting = await dispatches.unfrozen(connection, today - CAUGHT_UP_DAYS, today)
        # What was over before anybody was registered is filled in afterwards, and nobody was silent in it.
        since = await dispatches.known_since(connection)
    listed = due(waiting, rules, since or 0, now)
    unfinished: set[tuple[str, int]] = set()  # (region, day) that something in it is waited for
    made = failed = 0
    for one in taken(listed):
        waits = one.running > 0 if rank(one.region) == 0 else (one.region, one.day) in unfinished
        if waits and now < cutoff_of(rules, one.region, one.day) + WAITED:
            unfinished.add((one.parent, one.day))
            continue
        try:
            made += await _freeze(connection, one.region, one.day, now)
            made += await correct(connection, one.region, one.day - CORRECTED_DAYS, one.day - 1, None, now)
        except Unavailable:
            raise
        except StoreError:
            # The others are frozen all the same; this one is tried again.
            log.exception("not_frozen", region=one.region, day=one.day)
            metrics.not_frozen.inc()
            failed += 1
    metrics.overdue.set(failed)
    return made


async def correct(connection: Connection, region: str, first: int, last: int, by: str | None, now: Millis) -> int:
    """Frozen periods of these days that are told otherwise by now have their next revision; how many."""
    async with transaction(connection):
        days = await changed(connection, region, first, last)
    return sum([await _freeze(connection, region, day, now, by) for day in sorted(days)])


async def changed(connection: Connection, region: str, first: int, last: int) -> set[int]:
    """The days whose newest revision is not what would be told now."""
    if rank(region):
        return set(await dispatches.outdated(connection, region, first, last))
    known = {one.day: one.figures for one in await dispatches.newest(connection, [region], first, last)}
    if not known:
        return set()
    live = await figures.of_region(connection, region, "period", min(known), last)
    return {one.day for one in live if one.day in known and not _is_as_told(one, known[one.day])}


async def freeze_below(
    connection: Connection,
    region: str,
    day: int,
    by: str,
    now: Millis,
    taken: Callable[[list[str]], Iterable[str]] = iter,
) -> int:
    """A region and all that lies in it have the next revision, where figures are others; how many. Raises TooEarly."""
    return sum(
        [await _freeze(connection, one, day, now, by) for one in taken(await upward(connection, region, day, now))]
    )


async def upward(connection: Connection, region: str, day: int, now: Millis) -> list[str]:
    """What lies in a region and is over, in the order in which it is frozen, the region last. Raises TooEarly."""
    async with transaction(connection):
        rules = await reporting.rules(connection)
        inside = await dispatches.inside(connection, region, day)
    over = cutoff_of(rules, region, day)
    if now < over:
        raise TooEarly(f"the period of {region} goes on until {_CHINA.clock(over)}: it can be frozen then")
    return [
        *sorted((one for one in inside if cutoff_of(rules, one, day) <= now), key=lambda one: (rank(one), one)),
        region,
    ]


async def _freeze(connection: Connection, region: str, day: int, now: Millis, by: str | None = None) -> int:
    async with transaction(connection):
        return int(await freeze(connection, region, day, by, now) is not None)


def _is_as_told(live: Figures, told: Figures) -> bool:
    """Of the figures that both have; another dictionary alone makes no revision."""
    return live.running == told.running and all(
        live.values[name] == value for name, value in told.values.items() if name in live.values
    )


async def keep_on(database_url: str, stopping: asyncio.Event) -> None:
    """Turn after turn until it is told to stop; a database that is away is waited for."""
    while not stopping.is_set():
        try:
            async with connected(database_url, "dispatch") as connection:
                is_all_told = False
                while not stopping.is_set():
                    made = await keep(connection, round(time.time() * 1_000))
                    is_all_told = is_all_told or not await tell_older(connection)
                    metrics.looked.set_to_current_time()
                    if made:
                        metrics.frozen.inc(made)
                        log.info("dispatches_frozen", revisions=made)
                    await pause(stopping, TURN_SECONDS)
        except StoreError as error:
            log.warning("database_away", error=str(error))
            await pause(stopping, TURN_SECONDS)
