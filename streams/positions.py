"""What the broker shows of our partitions, held against what is stored: lag, rest, markers, a topic made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from streams.messages import TopicPartition

LOOKS_BEYOND: Final = 5
"""A second each: longer than the oldest word of the broker is old, once it has been asked again."""


class Place(Struct, frozen=True):
    """One partition at one look."""

    stored: int  # the next offset, as we believe the ledger says
    end: int  # what may be read ends here
    position: int | None  # where the next fetch begins; None: not known now
    handed: int | None  # after the last message that a fetch brought; None: not known


class Look(Struct, frozen=True):
    """What all of them show."""

    lag: int
    at_rest: set[TopicPartition]  # everything is stored
    markers: dict[TopicPartition, tuple[int, int]]  # from the ledger to here nothing but markers of transactions
    beyond: dict[TopicPartition, int]  # the ledger lies beyond the end, which is here


class Positions:
    """Remembers the looks before: what holds twice, a second apart, holds."""

    def __init__(self) -> None:
        self._passed: dict[TopicPartition, tuple[int, int]] = {}
        self._beyond: dict[TopicPartition, int] = {}

    def look(self, places: Mapping[TopicPartition, Place]) -> Look:
        """One look at all partitions that are ours."""
        # A fetch moves the position in another thread, before what it brought is counted as handed.
        passed = {
            at: (one.stored, one.position)
            for at, one in places.items()
            if one.position is not None
            and one.handed is not None
            and one.handed <= one.stored < one.end <= one.position
        }
        markers = {at: span for at, span in passed.items() if self._passed.get(at) == span}
        self._passed = passed
        self._beyond = {at: self._beyond.get(at, 0) + 1 for at, one in places.items() if one.end < one.stored}
        return Look(
            lag=sum(max(0, one.end - one.stored) for one in places.values()),
            at_rest={at for at, one in places.items() if one.stored == one.end},
            markers=markers,
            beyond={at: places[at].end for at, looks in self._beyond.items() if looks >= LOOKS_BEYOND},
        )
