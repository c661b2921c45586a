"""The gateway says that it can take something in, every few seconds; where no gateway says so, we did not look."""

from __future__ import annotations

import asyncio
import time

import structlog

from ingest.gateway.gate import Gate
from store import outages
from store.connection import reading
from store.errors import StoreError

log = structlog.get_logger()


async def keep_beating(gate: Gate) -> None:
    """Beats while the broker, or the spool that stands in for it, takes messages; for ever."""
    while True:
        if gate.spool is not None or gate.producer.is_answering:
            try:
                async with reading(gate.pool) as connection:
                    await outages.beat(connection, round(time.time() * 1_000))
            except StoreError as error:
                # Without the database no token can be looked up: nothing is taken in.
                log.warning("not_beating", error=str(error))
        await asyncio.sleep(outages.BEAT_SECONDS)
