"""Live checks first, the backlog at least a fifth of the time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from streams.messages import Read, TopicPartition
from streams.metrics import Laps

LIVE_PER_BACKLOG: Final = 4

Store = Callable[[Sequence[Read]], Awaitable[set[TopicPartition]]]
"""Stores a batch; the partitions with a gap."""

_Batch = tuple[Sequence[Read], "asyncio.Future[set[TopicPartition]]"]


class Mixer:
    """Both agents feed one task, which owns connection, cache and transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._live: deque[_Batch] = deque()
        self._backlog: deque[_Batch] = deque()
        self._arrived = asyncio.Event()
        self._since_backlog = 0

    async def submit(self, reads: Sequence[Read], *, is_backlog: bool) -> set[TopicPartition]:
        """Waits until the batch is stored; the partitions with a gap. Whatever the store raises comes back here."""
        done: asyncio.Future[set[TopicPartition]] = asyncio.get_running_loop().create_future()
        (self._backlog if is_backlog else self._live).append((reads, done))
        self._arrived.set()
        return await done

    async def run(self) -> None:
        """Stores batch after batch, for ever."""
        while True:
            batch = self._next()
            if batch is None:
                laps = Laps()
                self._arrived.clear()
                await self._arrived.wait()
                laps.lap("wait")
                continue
            reads, done = batch
            if done.done():
                continue  # the agent was cancelled by a rebalance
            try:
                gaps = await self._store(reads)
            except Exception as error:
                if not done.done():
                    done.set_exception(error)
                continue
            if not done.done():
                done.set_result(gaps)

    def _next(self) -> _Batch | None:
        if self._backlog and (not self._live or self._since_backlog >= LIVE_PER_BACKLOG):
            self._since_backlog = 0
            return self._backlog.popleft()
        if self._live:
            self._since_backlog += 1
            return self._live.popleft()
        return None
