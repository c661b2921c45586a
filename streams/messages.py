"""A batch of messages as the worker takes it, whatever brought them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from detectors.times import Millis
from ingest.decode import decode_message
from ingest.sentences import Problem
from store.rows import ObservationRow
from streams.metrics import Laps

TopicPartition = tuple[str, int]
UNCLAIMED: Final = -1
"""In place of an offset: the ledger does not know the partition."""

Origin = Literal["live", "backfill"]


class Message(Struct, frozen=True):
    """One message of a topic."""

    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes
    appended_at: Millis
    spool: int | None = None  # its row in the spool, on the embedded default
    origin: Origin = "live"  # backfill: replay, requeue, restore, import; never pages


class Read(Struct):
    """A message and what it says."""

    message: Message
    rows: list[ObservationRow]
    problems: list[Problem]


def read_all(messages: Iterable[Message]) -> list[Read]:
    """What every message says; nothing in a message can stop the others."""
    laps, reads = Laps(), []
    for message in messages:
        decoded = decode_message(message.value, key=message.key, received_at=message.appended_at)
        reads.append(Read(message, decoded.rows, decoded.problems))
    laps.lap("decode")
    return reads


def divided(reads: Sequence[Read], most: int) -> Iterator[Sequence[Read]]:
    """The messages in order, in parts of at most so many events; one message is never divided."""
    begin = events = 0
    for index, read in enumerate(reads):
        if events and events + len(read.rows) > most:
            yield reads[begin:index]
            begin, events = index, 0
        events += len(read.rows)
    yield reads[begin:]


def by_partition(reads: Iterable[Read], most_events: int, most_people: int) -> Iterator[Sequence[Read]]:
    """The messages in parts of one partition, in its order, with at most so many events and people.

    What one facility sends late is mostly one part: each resident is judged again once, and not once a message.
    """
    part: list[Read] = []
    people: set[tuple[str, str | None]] = set()
    events = 0
    for read in sorted(reads, key=lambda one: (one.message.topic, one.message.partition)):
        theirs = {(row.facility, row.resident) for row in read.rows}
        moved_on = part and part[-1].message.partition != read.message.partition
        if part and (moved_on or events + len(read.rows) > most_events or len(people | theirs) > most_people):
            yield part
            part, people, events = [], set(), 0
        part.append(read)
        people |= theirs
        events += len(read.rows)
    yield part


class Gap(Struct, frozen=True):
    """A message came where an earlier one was expected."""

    topic: str
    partition: int
    expected: int
    came: int


def continuing(
    reads: Sequence[Read], next_offsets: dict[TopicPartition, int], accepted: set[Gap]
) -> tuple[list[Read], dict[TopicPartition, int], dict[TopicPartition, Gap]]:
    """The messages that continue the ledger, where it moves to, and the partitions with a gap.

    A message below the ledger has been stored before: it is neither taken nor a
    gap. A gap in `accepted` was read again from the offset expected, and the
    very same message came: there is nothing between but a transaction marker.
    Messages that had been buffered before the reading again show other gaps.
    A partition the ledger does not know (a database set back to before its
    first message) must be claimed anew: everything in it comes after a gap.
    """
    after = dict(next_offsets)
    gaps: dict[TopicPartition, Gap] = {}
    taken = []
    for read in reads:
        offset, place = read.message.offset, (read.message.topic, read.message.partition)
        expected = after.get(place, UNCLAIMED)
        if place in gaps or offset < expected:
            continue
        gap = Gap(*place, expected, offset)
        if expected == UNCLAIMED or (offset > expected and gap not in accepted):
            gaps[place] = gap
            continue
        after[place] = offset + 1
        taken.append(read)
    return taken, {place: offset for place, offset in after.items() if next_offsets.get(place) != offset}, gaps
