"""The roll-up follows what is stored, until it is told to stop."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog

from alerts import nudges
from dashboards.pausing import pause
from dashboards.rollup import metrics
from dashboards.rollup.places import names
from dashboards.rollup.turn import Turned, turn
from store import figures, outages, parts
from store.connection import Connection, connect, transaction
from store.errors import StoreError, Unavailable

IDLE_SECONDS: Final = 2.0
AWAY_SECONDS: Final = 3.0
LEAST_SHARE: Final = 0.01
AT_LEAST_SECONDS: Final = 0.05
"""Between two turns: a facility that sends all the time is not counted at each of its events."""

log = structlog.get_logger()


async def follow(database_url: str, stopping: asyncio.Event) -> None:
    """Turn after turn; a database that is away is waited for, and one that is slow is asked for less at once."""
    connection: Connection | None = None
    share = 1.0
    while not stopping.is_set():
        rest = AT_LEAST_SECONDS
        try:
            if connection is None or connection.closed:
                connection = await connect(database_url, "rollup")
                async with transaction(connection):
                    await figures.name_regions(connection, names())
            if (await _turn(connection, share)).is_idle:
                rest = IDLE_SECONDS
            share = min(1.0, share * 2)
        except Unavailable as error:
            log.warning("database_away", error=str(error))
            rest, share = AWAY_SECONDS, max(share / 4, LEAST_SHARE)
            await _close(connection)
            connection = None
        except StoreError:
            # A facility that cannot be counted is found by counting fewer and fewer, and the rest goes on.
            log.exception("not_counted", share=share)
            metrics.failures.inc()
            rest, share = AWAY_SECONDS, max(share / 4, LEAST_SHARE)
        await pause(stopping, rest)
    await _close(connection)


async def _turn(connection: Connection, share: float) -> Turned:
    """A turn; before it our own outages are noted, after it nudges that were answered are closed."""
    started = time.monotonic()
    now = round(time.time() * 1_000)
    async with transaction(connection):
        await outages.look(connection, now)
    done = await turn(connection, share=share)
    async with transaction(connection):
        await nudges.close_answered(connection, now)
    metrics.facilities.inc(done.facilities)
    metrics.regions.inc(done.regions)
    async with transaction(connection):
        left = await parts.waiting(connection)
    for kind, number in left.items():
        metrics.waiting.labels(kind).set(number)
    if not done.is_idle:
        log.info(
            "rolled_up",
            facilities=done.facilities,
            regions=done.regions,
            seconds=round(time.monotonic() - started, 3),
            **{f"{kind}_waiting": number for kind, number in left.items()},
        )
    return done


async def _close(connection: Connection | None) -> None:
    if connection is not None:
        with suppress(StoreError):
            await connection.close()
