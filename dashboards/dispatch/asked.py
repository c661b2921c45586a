"""What becomes of a freeze that somebody asks for? The roll-up does it, and says how far it is after each region.

The page that asked may be closed meanwhile, and the console or the roll-up may start again: what is not done yet is
taken up from the first region on, and what was frozen before makes no other revision.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog

from dashboards.dispatch.freezing import freeze
from dashboards.dispatch.keeping import TooEarly, upward
from dashboards.pausing import pause
from dashboards.rollup import metrics
from detectors.times import Millis
from store import freezes
from store.connection import Connection, connected, transaction
from store.errors import StoreError, Unavailable
from store.freezes import Freeze

LOOKS_EVERY_SECONDS: Final = 1.0
log = structlog.get_logger()


async def freeze_asked(connection: Connection, stopping: asyncio.Event | None = None) -> int:
    """All that was asked for is frozen, but what another roll-up is at; how many revisions were made."""
    made = 0
    async with transaction(connection):
        listed = await freezes.all_going_on(connection)
    for one in listed:
        async with transaction(connection):
            is_taken = await freezes.take(connection, one.id)
        if is_taken:
            # Where it fails the connection is closed, and somebody else may take it.
            made += await _freeze_all(connection, one, stopping or asyncio.Event())
            async with transaction(connection):
                await freezes.give_back(connection, one.id)
    return made


async def _freeze_all(connection: Connection, asked: Freeze, stopping: asyncio.Event) -> int:
    try:
        listed = await upward(connection, asked.region, asked.day, _now())
    except TooEarly:  # its cut-off was put off meanwhile
        listed = []
    async with transaction(connection):
        await freezes.begin(connection, asked.id, len(listed), _now())
    made = 0
    for region in listed:
        if stopping.is_set():
            return made
        made += await _freeze_one(connection, asked, region)
    async with transaction(connection):
        await freezes.end(connection, asked.id, _now())
    log.info("frozen_by_hand", region=asked.region, day=asked.day, regions=len(listed), revisions=made)
    return made


async def _freeze_one(connection: Connection, asked: Freeze, region: str) -> bool:
    now = _now()
    try:
        async with transaction(connection):
            made = await freeze(connection, region, asked.day, asked.asked_by, now) is not None
            await freezes.move(connection, asked.id, now, made=made)
    except Unavailable:
        raise
    except Exception:
        # Whatever it is, the others are frozen, and it is not begun again for ever; the page says that one is missing.
        log.exception("not_frozen", region=region, day=asked.day)
        metrics.not_frozen.inc()
        async with transaction(connection):
            await freezes.move(connection, asked.id, now, failed=True)
        return False
    return made


async def freeze_on_request(database_url: str, stopping: asyncio.Event) -> None:
    """Whatever is asked for is begun within a second; a database that is away is waited for."""
    while not stopping.is_set():
        try:
            async with connected(database_url, "freeze") as connection:
                while not stopping.is_set():
                    metrics.frozen.inc(await freeze_asked(connection, stopping))
                    await pause(stopping, LOOKS_EVERY_SECONDS)
        except StoreError as error:
            log.warning("database_away", error=str(error))
            await pause(stopping, LOOKS_EVERY_SECONDS)


def _now() -> Millis:
    return round(time.time() * 1_000)
