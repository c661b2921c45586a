"""How does oxygen go over three days, in blocks of six hours? Asked for every reading, and counted once."""

from __future__ import annotations

from itertools import combinations
from typing import Final

from detectors.beyond import BUCKET, Bucket
from detectors.history import BUCKET_COUNT, History
from detectors.times import HOUR, Millis

BLOCK: Final[Millis] = 6 * HOUR
"""Readings of six hours are one point: a stream weighs no more than a check."""

_QUARTERS: Final = BLOCK // BUCKET

_Point = tuple[int, float]
"""(number of the block since 1970, mean of its readings)"""


class Blocks:
    """The blocks of 72 hours up to now: those in between are as they were, the oldest shrinks, the newest grows."""

    __slots__ = ("_between", "_bounds", "_closed", "_count", "_oldest", "_quarter", "_slopes")

    def __init__(self) -> None:
        self._quarter = 0  # the quarter of an hour it is
        self._closed: dict[int, tuple[int, int]] = {}  # of the quarters before it, by block: readings and their total
        self._bounds = (-1, -1)  # the oldest block and the newest
        self._oldest: list[Bucket] = []  # the quarters of the oldest
        self._between: list[_Point] = []
        self._count = 0  # readings between
        self._slopes: list[float] = []  # of all pairs between, ascending

    def slopes(self, view: History, least_readings: int, least_blocks: int) -> list[float]:
        """Of all pairs of blocks, in tenths a block, ascending; none: so much is not known."""
        new_count, new_total = self._go_on(view)
        oldest, newest = self._bounds
        first = self._quarter - BUCKET_COUNT + 1
        while self._oldest and self._oldest[0].number < first:
            del self._oldest[0]
        old_count = sum([one.count for one in self._oldest])
        points = len(self._between) + (old_count > 0) + (new_count > 0)
        if self._count + old_count + new_count < least_readings or points < least_blocks:
            return []
        slopes, y1, y2 = list(self._slopes), 0.0, 0.0
        if new_count:
            y2 = new_total / new_count
            slopes += [(y2 - y) / (newest - x) for x, y in self._between]
        if old_count:
            y1 = sum([one.total for one in self._oldest]) / old_count
            slopes += [(y - y1) / (x - oldest) for x, y in self._between]
            if new_count:
                slopes.append((y2 - y1) / (newest - oldest))
        slopes.sort()
        return slopes

    def _go_on(self, view: History) -> tuple[int, int]:
        """What lies before this quarter is counted; the readings of the newest block so far, and their total."""
        quarter = view.at // BUCKET
        now: Bucket | None = None
        for one in view.quarters(min(quarter - self._quarter + 1, BUCKET_COUNT)):
            if one.number == quarter:
                now = one
                break
            block = one.number // _QUARTERS
            count, total = self._closed.get(block, (0, 0))
            self._closed[block] = (count + one.count, total + one.total)
        self._quarter = quarter
        bounds = ((quarter - BUCKET_COUNT + 1) // _QUARTERS, quarter // _QUARTERS)
        if bounds != self._bounds:
            self._begin(view, *bounds)
        count, total = self._closed.get(bounds[1], (0, 0))
        return (count, total) if now is None else (count + now.count, total + now.total)

    def _begin(self, view: History, oldest: int, newest: int) -> None:
        """Another block is the oldest, or the newest."""
        if oldest != self._bounds[0]:
            self._oldest = [one for one in view.quarters() if one.number // _QUARTERS == oldest]
        self._bounds = (oldest, newest)
        self._closed = {block: sums for block, sums in self._closed.items() if block > oldest}
        between = [(block, count, total) for block, (count, total) in self._closed.items() if block < newest]
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
