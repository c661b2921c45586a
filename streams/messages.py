"""A batch of messages as the worker takes it, whatever brought them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from detectors.times import Millis
from ingest.decode import decode_message
from ingest.sentences import Problem
from store.rows import ObservationRow

TopicPartition = tuple[str, int]
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
    reads = []
    for message in messages:
        decoded = decode_message(message.value, key=message.key, received_at=message.appended_at)
        reads.append(Read(message, decoded.rows, decoded.problems))
    return reads


def continuing(
    reads: Sequence[Read], next_offsets: dict[TopicPartition, int], accepted: set[tuple[str, int, int]]
) -> tuple[list[Read], dict[TopicPartition, int], dict[TopicPartition, int]]:
    """The messages that continue the ledger, where it moves to, and the partitions with a gap: the offset expected.

    A message below the ledger has been stored before: it is neither taken nor a
    gap. A gap named in `accepted` (topic, partition, offset expected) was read
    again and is still there: a transaction marker.
    """
    after = dict(next_offsets)
    gaps: dict[TopicPartition, int] = {}
    taken = []
    for read in reads:
        offset, place = read.message.offset, (read.message.topic, read.message.partition)
        expected = after.get(place, offset)
        if place in gaps or offset < expected:
            continue
        if offset > expected and (*place, expected) not in accepted:
            gaps[place] = expected
            continue
        after[place] = offset + 1
        taken.append(read)
    return taken, {place: offset for place, offset in after.items() if next_offsets.get(place) != offset}, gaps
