"""Where to read: positions from the ledger, and what happens when it and the broker do not fit."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import structlog

from detectors.times import MINUTE, Millis
from store import rejections
from store.connection import Connection, transaction
from store.ledger import Entry, Ledger
from store.rejections import Defect
from streams.messages import TopicPartition
from streams.metrics import metrics

Span = tuple[int, int]
"""Offsets: where the ledger stands, and where it should."""

OVERLAP: Final[Millis] = 10 * MINUTE
"""Brokers' clocks differ. What is read twice is known by its id."""

log = structlog.get_logger()


async def claim(
    connection: Connection,
    ledger: Ledger,
    earliest: Mapping[TopicPartition, int],
    done: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Where to read each partition from; an alarm where the broker has deleted what was not stored.

    `done` is how far the group had come. It is committed after the ledger: where the ledger lies
    behind it, the database was set back, and people were told of what lies between.
    """
    now = round(time.time() * 1_000)
    async with transaction(connection):
        entries = await ledger.claim(connection, earliest)
        lost = {
            place: (entries[place].next_offset, at) for place, at in earliest.items() if entries[place].next_offset < at
        }
        await ledger.move(connection, {place: at for place, (_, at) in lost.items()})
        await _alarm(connection, "{0}/{1}: messages {2} to {3} were deleted before they were stored", lost)
        again = {place: at for place, at in done.items() if entries[place].next_offset < at}
        if again:
            log.warning("database_was_set_back", partitions=len(again))
            await ledger.note_told(connection, again, now)
    return {place: max(entries[place].next_offset, at) for place, at in earliest.items()}


async def pass_markers(
    connection: Connection, ledger: Ledger, spans: Mapping[TopicPartition, Span]
) -> dict[TopicPartition, int]:
    """The ledger moves behind markers, where it still stood before them; where it did."""
    async with transaction(connection):
        return await _moved(connection, ledger, spans)


async def entries_of(connection: Connection, ledger: Ledger, topics: set[str]) -> dict[TopicPartition, Entry]:
    """The ledger of whole topics."""
    async with transaction(connection):
        entries = await ledger.read(connection)
    return {place: entry for place, entry in entries.items() if place[0] in topics}


def surely_seen_until(entry: Entry) -> Millis:
    """Everything appended before was stored, whatever the clocks say; 1970 where nothing was ever seen."""
    return max(0, (entry.seen_until or 0) - OVERLAP)


async def start_anew(connection: Connection, ledger: Ledger, spans: Mapping[TopicPartition, Span]) -> None:
    """Topics were made anew: the ledger stands where what it has not seen begins, and an alarm is on record."""
    sentence = "{0}/{1}: the topic was made anew; the ledger stood at {2}, and it is read by time, from {3}"
    async with transaction(connection):
        moved = await _moved(connection, ledger, spans)
        await ledger.forget_told(connection, moved)
        await _alarm(connection, sentence, {place: spans[place] for place in moved})


async def _moved(
    connection: Connection, ledger: Ledger, spans: Mapping[TopicPartition, Span]
) -> dict[TopicPartition, int]:
    entries = await ledger.lock(connection, {partition for _, partition in spans})
    moved = {
        place: there
        for place, (here, there) in spans.items()
        if place in entries and entries[place].next_offset == here
    }
    await ledger.move(connection, moved)
    return moved


async def _alarm(connection: Connection, sentence: str, places: Mapping[TopicPartition, Span]) -> None:
    """Not the fault of one check: a row for the operator for each partition."""
    now = round(time.time() * 1_000)
    defects = [Defect(now, sentence.format(*place, *span)) for place, span in places.items()]
    metrics.positions_lost.inc(len(defects))
    await rejections.add_defects(connection, defects)
