"""The spool: on the embedded broker, whose log is in memory, an accepted message waits in the database.

A row is an accepted message that is not stored yet. It is committed, then
published, then answered; the worker deletes it in the transaction that stores
it. What was never acknowledged by this broker is published again at start and
by a timer.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from ingest.producer import Headers, Overloaded, Producer, Unacknowledged
from store import spool
from store.connection import Pool, reading, transaction
from store.errors import StoreError
from store.spool import Spooled

AGAIN_AFTER_MS: Final = 30_000
log = structlog.get_logger()


class SpoolingPublisher:
    """A publisher whose messages are safe before the broker has them."""

    def __init__(self, producer: Producer, pool: Pool, cluster_id: str) -> None:
        self._producer = producer
        self._pool = pool
        self._cluster_id = cluster_id

    @property
    def is_full(self) -> bool:
        """Nothing more is taken for now."""
        return self._producer.is_full

    async def publish(self, topic: str, key: str, value: bytes) -> None:
        """Committed and with the broker. Raises Overloaded or Unacknowledged."""
        if self.is_full:
            raise Overloaded
        try:
            async with reading(self._pool) as connection, transaction(connection):
                (seq,) = await spool.add(connection, [(topic, key, value)])
        except StoreError as error:
            raise Unacknowledged(str(error)) from error
        await self._send(seq, topic, key, value)

    async def _send(self, seq: int, topic: str, key: str, value: bytes) -> None:
        headers: Headers = (("spool", str(seq).encode()),)
        await self._producer.publish(topic, key, value, headers)
        async with reading(self._pool) as connection:
            await spool.mark_published(connection, [seq], self._cluster_id)

    async def publish_again(self, older_than: int = 0) -> int:
        """What this broker never acknowledged is published, in order; how many."""
        sent = 0
        while True:
            async with reading(self._pool) as connection:
                waiting = await spool.unpublished(connection, self._cluster_id, older_than)
            if not waiting:
                return sent
            await self._send_all(waiting)
            sent += len(waiting)

    async def _send_all(self, waiting: list[Spooled]) -> None:
        for start in range(0, len(waiting), 200):
            some = waiting[start : start + 200]
            await asyncio.gather(
                *(
                    self._producer.publish(one.topic, one.key, one.value, (("spool", str(one.seq).encode()),))
                    for one in some
                )
            )
            async with reading(self._pool) as connection:
                await spool.mark_published(connection, [one.seq for one in some], self._cluster_id)

    async def keep_publishing(self) -> None:
        """Every half minute what stayed behind is published again."""
        while True:
            await asyncio.sleep(AGAIN_AFTER_MS / 1_000)
            try:
                await self.publish_again(AGAIN_AFTER_MS)
            except (StoreError, Unacknowledged, Overloaded) as error:
                log.warning("spool_waits", error=str(error))
