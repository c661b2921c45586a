"""The worker's heart: claims positions from the ledger, stores batches, and never gives up on a transient fault.

Errors have three fates here. *Transient*: the same batch again, for ever, with
backoff. *Rejected*: kept raw with a sentence, in the same transaction.
*Defect*: caches dropped, tried once more, then halved to the one message that
cannot be stored, which is kept raw; too many of them, and we stop, because
then the fault is ours.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import structlog

from detectors.rules import RulesError
from ingest.topics import TopicsError, offsets_at
from store.connection import Connection, connect
from store.errors import Unavailable
from streams import claiming
from streams.messages import Gap, Read, TopicPartition, by_partition, divided
from streams.metrics import Laps, metrics
from streams.mixing import Mixer
from streams.settings import WorkerSettings
from streams.sweep import Sweep
from streams.transaction import Stored, Transactions

TOO_MANY_DEFECTS: Final = 71
"""Exit code: message after message cannot be stored. The fault is ours; nothing is acknowledged."""

RULES_UNREADABLE: Final = 72
"""Exit code: this version cannot read a rule set in force, so it judges nobody."""

EVENTS_A_TRANSACTION: Final = 5_000
BACKLOG_EVENTS: Final = 1_000
BACKLOG_PEOPLE: Final = 100
"""In a transaction of the backlog: a resident judged again takes a millisecond or two."""

DEFECTS_IN_A_ROW: Final = 20
DEFECT_SHARE: Final = 0.01
DEFECT_WINDOW_SECONDS: Final = 300.0
LONGEST_WAIT_SECONDS: Final = 3.0

Answer = TypeVar("Answer")
log = structlog.get_logger()


class Core:
    """Owns the connection; one thing at a time touches it."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self.transactions = Transactions(settings)
        self.sweep = Sweep(settings, self.transactions)
        self.stored: dict[TopicPartition, int] = {}  # what we believe the ledger says
        self.progress = 0  # how often the ledger moved or was claimed: the watchdog's sign of life
        self.reading_again = asyncio.Lock()
        self._connection: Connection | None = None
        self._lock = asyncio.Lock()
        self._mixer = Mixer(self._store_patiently)
        self._defects: deque[float] = deque()
        self._messages: deque[tuple[float, int]] = deque()
        self._in_a_row = 0
        self._gaps: set[Gap] = set()

    # ------------------------------------------------------------ what the app calls

    async def run(self) -> None:
        """Stores what the agents bring, for ever."""
        await self._mixer.run()

    async def submit(self, reads: Sequence[Read], *, is_backlog: bool) -> set[TopicPartition]:
        """Waits until the messages are stored; the partitions with a gap, which must be read again.

        The living wait for one part of the backlog, never for all of it.
        """
        if not is_backlog:
            return await self._mixer.submit(reads, is_backlog=False)
        gaps: set[TopicPartition] = set()
        for part in by_partition(reads, BACKLOG_EVENTS, BACKLOG_PEOPLE):
            gaps |= await self._mixer.submit(part, is_backlog=True)
        return gaps

    async def claim(
        self, earliest: Mapping[tuple[str, int], int], committed: Mapping[tuple[str, int], int | None]
    ) -> dict[tuple[str, int], int]:
        """Where to read each partition from: the ledger, whatever Kafka has on record as committed.

        What was committed, and what we believe was stored, says what people were told of before.
        """
        prefix, ledger = self.settings.prefix, self.transactions.ledger
        named = {(topic.removeprefix(prefix), partition): at for (topic, partition), at in earliest.items()}
        done = {(topic.removeprefix(prefix), partition): at or 0 for (topic, partition), at in committed.items()}
        done = {place: max(at, self.stored.get(place, 0)) for place, at in done.items()}
        claimed = await self._patiently(lambda connection: claiming.claim(connection, ledger, named, done))
        self.stored = dict(claimed)
        self.progress += 1
        # What is read again from the very place where a gap was seen will show whether it is a marker.
        self._gaps = {gap for gap in self._gaps if claimed.get((gap.topic, gap.partition)) == gap.expected}
        log.info("partitions_claimed", partitions=len(claimed))
        return {(topic, partition): claimed[topic.removeprefix(prefix), partition] for topic, partition in earliest}

    async def tick(self, seen: Mapping[TopicPartition, int]) -> bool:
        """Idle partitions have been seen up to these times; then whatever is due is judged.

        True: the ledger lies behind what was stored. The database was set back, and all must be read again.
        """
        return await self._patiently(lambda connection: self._sweep(connection, seen))

    async def _sweep(self, connection: Connection, seen: Mapping[TopicPartition, int]) -> bool:
        laps = Laps()
        is_behind = await self.sweep.run(connection, seen, self.stored)
        laps.lap("sweep")
        return is_behind

    def note_markers(self, gap: Gap) -> None:
        """A fetch showed that nothing lies between: it need not be read again."""
        self._gaps.add(gap)

    async def pass_markers(self, spans: Mapping[TopicPartition, tuple[int, int]]) -> None:
        """The ledger lies behind markers at the end of partitions, where it still stood before them."""
        moved = await self._patiently(
            lambda connection: claiming.pass_markers(connection, self.transactions.ledger, spans)
        )
        self._moved(moved)
        log.info("markers_passed", partitions=len(moved))

    async def find_again(self, beyond: Mapping[TopicPartition, int]) -> bool:
        """The ledger of topics that were made anew stands where what it has not seen begins; False: try again.

        `beyond` has the ends of partitions whose ledger lies beyond them. In other partitions
        of these topics the new messages may already be more than the old ones were.
        """
        topics, ledger = {topic for topic, _ in beyond}, self.transactions.ledger
        entries = await self._patiently(lambda connection: claiming.entries_of(connection, ledger, topics))
        times = {place: claiming.surely_seen_until(entry) for place, entry in entries.items()}
        try:
            found = await asyncio.to_thread(offsets_at, self.settings.kafka, self.settings.prefix, times)
        except TopicsError as error:
            log.warning("offsets_unknown", error=str(error))
            return False
        here = {place: entry.next_offset for place, entry in entries.items()}
        there = {place: min(at, found.get(place, beyond.get(place, at))) for place, at in here.items()}
        spans = {place: (here[place], there[place]) for place in here if there[place] != here[place]}
        await self._patiently(lambda connection: claiming.start_anew(connection, ledger, spans))
        self.stored = {place: at for place, at in self.stored.items() if place[0] not in topics}
        log.critical("topics_made_anew", topics=sorted(topics), partitions=len(spans))
        return True

    async def answers(self) -> bool:
        """The database answers a new connection."""
        try:
            connection = await connect(self.settings.database_url, "watchdog")
            await connection.close()
        except Unavailable:
            return False
        return True

    async def close(self) -> None:
        """The connection is closed."""
        await self._drop()

    # ------------------------------------------------------------ patience

    async def _store_patiently(self, reads: Sequence[Read]) -> set[TopicPartition]:
        gaps: set[TopicPartition] = set()
        for part in divided(reads, EVENTS_A_TRANSACTION):
            gaps |= await self._store_part(part)
        return gaps

    async def _store_part(self, reads: Sequence[Read]) -> set[TopicPartition]:
        started = time.perf_counter()
        done = await self._patiently(lambda connection: self._store(connection, reads))
        self._moved(done.next_offsets)
        metrics.batch_seconds.observe(time.perf_counter() - started)
        return self._new_gaps(done)

    async def _patiently(self, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
        """Nothing leaves this loop but success, cancellation and our own faults."""
        wait = 0.1
        while True:
            try:
                async with self._lock:
                    return await work(await self._connected())
            except RulesError:
                log.critical("rules_unreadable", exc_info=True)
                os._exit(RULES_UNREADABLE)
            except Unavailable as error:
                metrics.retries.inc()
                log.warning("database_unavailable", retry_in_seconds=round(wait, 1), error=str(error))
                await self._drop()
                await asyncio.sleep(wait * (0.5 + random.random()))  # noqa: S311  # not a secret
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self.transactions.forget()  # after any doubt memory is rebuilt from the database
            self._connection = await connect(self.settings.database_url, "worker")
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self.transactions.forget()
        if connection is not None:
            try:
                await connection.close()
            except Exception as error:
                log.debug("close_failed", error=str(error))

    # ------------------------------------------------------------ defects

    async def _store(self, connection: Connection, reads: Sequence[Read]) -> Stored:
        """One transaction; what cannot be stored is found by halving and kept raw."""
        self._count(len(reads))
        for attempt in (1, 2):
            try:
                done = await self.transactions.store(connection, reads, self._gaps)
                self._in_a_row = 0
                return done
            except (Unavailable, RulesError):
                raise
            except Exception as error:
                self.transactions.forget()
                log.exception("batch_failed", attempt=attempt, messages=len(reads))
                cause = error
        if len(reads) == 1:
            self._note_defect()
            return await self.transactions.store(connection, reads, self._gaps, defect=cause)
        middle = len(reads) // 2
        first = await self._store(connection, reads[:middle])
        return first.followed_by(await self._store(connection, reads[middle:]))

    def _count(self, messages: int) -> None:
        self._messages.append((time.monotonic(), messages))
        while self._messages[0][0] < time.monotonic() - DEFECT_WINDOW_SECONDS:
            self._messages.popleft()

    def _note_defect(self) -> None:
        """Counts messages kept as defects; too many, and we exit with nothing acknowledged."""
        now = time.monotonic()
        self._in_a_row += 1
        self._defects.append(now)
        while self._defects[0] < now - DEFECT_WINDOW_SECONDS:
            self._defects.popleft()
        seen = sum(messages for _, messages in self._messages)
        if self._in_a_row > DEFECTS_IN_A_ROW or len(self._defects) > max(DEFECTS_IN_A_ROW, DEFECT_SHARE * seen):
            log.critical("too_many_defects", in_a_row=self._in_a_row, recent=len(self._defects))
            os._exit(TOO_MANY_DEFECTS)

    # ------------------------------------------------------------ gaps

    def _moved(self, offsets: Mapping[TopicPartition, int]) -> None:
        if offsets:
            self.progress += 1
            self.stored.update(offsets)
            self._gaps = {
                gap for gap in self._gaps if gap.expected >= offsets.get((gap.topic, gap.partition), gap.expected)
            }

    def _new_gaps(self, done: Stored) -> set[TopicPartition]:
        """A gap is read again once; the very same one is a transaction marker, and accepted."""
        for gap in done.gaps.values():
            self._gaps.add(gap)
            metrics.gaps.inc()
            log.warning("gap_read_again", topic=gap.topic, partition=gap.partition, from_offset=gap.expected)
        return set(done.gaps)
