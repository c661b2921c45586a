"""How does oxygen go over three days, in blocks of six hours? Asked for every reading, and counted once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from detectors.beyond import BUCKET, Bucket
from detectors.history import History
from detectors.observations import Reading
from detectors.recent import BUCKET_COUNT
from detectors.times import HOUR, Millis

BLOCK: Final[Millis] = 6 * HOUR
"""Readings of six hours are one point: a stream weighs no more than a check."""

_QUARTERS: Final = BLOCK // BUCKET

_Point = tuple[int, float]
"""(number of the block since 1970, mean of its readings)"""


class Blocks:
    """The blocks of 72 hours up to now: those in between are as they were, the oldest shrinks, the newest grows."""

    __slots__ = (
        "_between",
        "_bounds",
        "_count",
        "_edges",
        "_last",
        "_old_sums",
        "_oldest",
        "_readings",
        "_slopes",
        "_sums",
    )

    def __init__(self) -> None:
        self._last: Reading | None = None  # the last reading counted
        self._sums: dict[int, tuple[int, int]] = {}  # by block but the oldest: readings and their total
        self._bounds = (-1, -1)  # the oldest block and the newest
        self._oldest: list[Bucket] = []  # the quarters of the oldest, and
        self._old_sums = (0, 0)  # their readings and their total
        self._between: list[_Point] = []
        self._count = 0  # readings between
        self._slopes: list[float] = []  # of all pairs between, ascending
        self._edges: list[_Point] = []  # the newest and the oldest, where they have readings
        self._readings = 0  # in all of them

    def go_on(self, view: History) -> None:
        """They are those of the newest moment."""
        self._count_on(view)
        quarter = view.at // BUCKET
        bounds = ((quarter - BUCKET_COUNT + 1) // _QUARTERS, quarter // _QUARTERS)
        if bounds != self._bounds:
            self._begin(view, *bounds)
        while self._oldest and self._oldest[0].number <= quarter - BUCKET_COUNT:
            gone = self._oldest.pop(0)
            self._old_sums = (self._old_sums[0] - gone.count, self._old_sums[1] - gone.total)
        (old_count, old_total), (new_count, new_total) = self._old_sums, self._sums.get(bounds[1], (0, 0))
        self._readings = self._count + old_count + new_count
        self._edges = [(bounds[1], new_total / new_count)] if new_count else []
        if old_count:
            self._edges.append((bounds[0], old_total / old_count))

    def are_enough(self, least_readings: int, least_blocks: int) -> bool:
        """So much is known, and there is a pair."""
        return self._readings >= least_readings and len(self._between) + len(self._edges) >= max(2, least_blocks)

    def median_is_above(self, limit: float) -> bool:
        """The median of the slopes is greater. It nearly always is, and mostly the pairs between alone tell."""
        points = len(self._between) + len(self._edges)
        pairs, between = points * (points - 1) // 2, len(self._slopes)
        most, found = (pairs - 1) // 2, bisect_right(self._slopes, limit)  # so many may be no greater, and are
        if found > most or found + pairs - between <= most:
            return found <= most
        return found + sum([slope <= limit for slopes in self._slopes_of_edges() for slope in slopes]) <= most

    def slopes(self) -> list[float]:
        """Of all pairs of blocks, in tenths a block, ascending."""
        slopes = list(self._slopes)
        for more in self._slopes_of_edges():
            slopes += more
        slopes.sort()
        return slopes

    def _slopes_of_edges(self) -> Iterator[list[float]]:
        edges, between = self._edges, self._between
        for edge, mean in edges:
            yield [(mean - y) / (edge - x) for x, y in between]
        if len(edges) == 2:
            (newest, y2), (oldest, y1) = edges
            yield [(y2 - y1) / (newest - oldest)]

    def _count_on(self, view: History) -> None:
        """The readings since the last one counted are counted; where that one is no longer held, all are."""
        new = []
        for reading in view.recent():
            if reading is self._last:
                break
            new.append(reading)
        else:
            self._sums.clear()
            for one in view.quarters():
                self._add(one.number // _QUARTERS, one.count, one.total)
            new.clear()
        for reading in new:
            spo2 = reading.spo2_tenths
            if spo2 is not None and not reading.on_oxygen and not reading.after_activity:
                self._add(reading.at // BLOCK, 1, spo2)
        self._last = view.latest

    def _add(self, block: int, count: int, total: int) -> None:
        before = self._sums.get(block, (0, 0))
        self._sums[block] = (before[0] + count, before[1] + total)

    def _begin(self, view: History, oldest: int, newest: int) -> None:
        """Another block is the oldest, or the newest."""
        if oldest != self._bounds[0]:
            self._oldest = view.quarters(before=(oldest + 1) * _QUARTERS)
            self._old_sums = (sum([one.count for one in self._oldest]), sum([one.total for one in self._oldest]))
        self._bounds = (oldest, newest)
        self._sums = {block: sums for block, sums in self._sums.items() if block > oldest}
        between = [(block, count, total) for block, (count, total) in self._sums.items() if block < newest]
        self._count = sum(count for _, count, _ in between)
        self._between = [(block, total / count) for block, count, total in between]
        self._slopes = sorted([(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(self._between, 2)])


def blocks_of(view: History) -> Blocks:
    """What was counted of this view before."""
    found = view.kept.get("blocks")
    if found is None:
        found = view.kept["blocks"] = Blocks()
    assert isinstance(found, Blocks)
    return found
