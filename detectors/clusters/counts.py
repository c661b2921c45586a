"""What a series reported, period by period, and what a detector says of it.

A day without a report is not a day without cases: it is left out of every
baseline and never judged. Detectors look at the past only, so a later day
changes no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Final

from msgspec import Meta, Struct

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Tail = Annotated[float, Meta(ge=1e-9, lt=0.5)]  # a probability that is small
Periods = Annotated[int, Meta(ge=1)]
Lag = Annotated[int, Meta(ge=0)]

STEP_FROM: Final = 8
"""The period is read off this many first days of a series; later ones change nothing."""


class Count(Struct, frozen=True):
    """One row of a series."""

    day: int  # ordinal of the day, as date.toordinal
    cases: int | None  # None: not reported
    population: int | None = None  # residents; None: not known
    tests: int | None = None  # specimens tested; None: not known


class Verdict(Struct, frozen=True):
    """What one detector says of one row: alarm is true exactly when the count exceeds the limit."""

    statistic: float | None  # the detector's own figure; None: nothing reported or nothing to compare with
    limit: float | None  # in cases; None: not enough history
    alarm: bool


UNKNOWN: Final = Verdict(None, None, False)

Series = Sequence[Count]
"""Counts of one place, by day, each day once."""


class ClusterDetector(Struct, frozen=True):
    """Parameters and one pure question; `judge` answers each row of each series, in its order."""

    needs: ClassVar[frozenset[str]] = frozenset()  # columns it cannot do without

    def judge(self, series: Mapping[str, Series]) -> dict[str, list[Verdict]]:
        """A verdict per row; here each series is judged for itself."""
        return {name: self.judge_alone(counts) for name, counts in series.items()}

    def judge_alone(self, counts: Series) -> list[Verdict]:
        """The verdicts on one series; a detector that judges all of them together has no answer."""
        raise NotImplementedError


def verdict(statistic: float | None, limit: float | None, cases: int | None) -> Verdict:
    """Alarm when the count exceeds the limit; without a count there is no statistic and no alarm.

    >>> verdict(2.5, 3.0, 4).alarm, verdict(2.0, 4.0, 4).alarm, verdict(2.0, None, 4).alarm
    (True, False, False)
    """
    if cases is None:
        return Verdict(None, limit, False)
    return Verdict(statistic, limit, limit is not None and cases > limit)


def step_of(counts: Series) -> int:
    """Days from one report to the next: the smallest gap between the first eight days.

    Only the first eight, because a verdict must not change when a later day arrives.

    >>> step_of([Count(day, 0) for day in (1, 8, 15, 29)])
    7
    """
    days = [count.day for count in counts[:STEP_FROM]]
    return min((later - day for day, later in pairwise(days)), default=1)


def periods(counts: Series) -> list[int]:
    """The number of each row's period, counted from 0; a period nobody reported is passed over.

    A gap is rounded to whole steps, so that months of 28 to 31 days follow one another.

    >>> periods([Count(day, 0) for day in (1, 2, 4)])
    [0, 1, 3]
    """
    step, at, found = step_of(counts), 0, [0]
    for count, later in pairwise(counts):
        at += max(1, round((later.day - count.day) / step))
        found.append(at)
    return found[: len(counts)]


class Baseline:
    """The reported rows of the last `length` periods, `lag` periods before the one that is judged."""

    def __init__(self, counts: Series, length: int, lag: int, least: int | None) -> None:
        self._counts = counts
        self._periods = periods(counts)
        self._length, self._lag = length, lag
        self._least = max(1, -(-7 * length // 10)) if least is None else least
        self._first = next(
            (at for at, count in zip(self._periods, counts, strict=True) if count.cases is not None), None
        )
        self._row = {at: row for row, at in enumerate(self._periods)}

    def before(self, row: int) -> list[Count] | None:
        """The rows to compare with, eldest first; None when there is not enough history.

        The whole window must lie after the first report, and `least` of its
        periods (default: 7 in 10, own choice) must have been reported.
        """
        end = self._periods[row] - self._lag
        if self._first is None or end - self._length < self._first:
            return None
        rows = (self._row.get(at) for at in range(end - self._length, end))
        found = [self._counts[row] for row in rows if row is not None and self._counts[row].cases is not None]
        return found if len(found) >= self._least else None
