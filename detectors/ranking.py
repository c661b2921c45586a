"""Which homes of a county are worsening fastest? One ranking, where single alarms would only say what everybody knows.

The formula: w = ln((c1 + 1/2) / h1) - ln((c0 + 1/2) / h0) - sqrt(1 / (c1 + 1/2) + 1 / (c0 + 1/2)),
with c1 new cases on the h1 days that were reported of the last seven, and c0 on h0
of the seven before. It is the logarithm of the factor by which new cases rose
from week to week, less one standard error (Poisson counts, half a case added as
Haldane and Anscombe do): two cases after none rank below forty after ten.
Equal ones are ranked by new cases per resident.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log, sqrt
from typing import Final

from msgspec import Struct

from detectors.clusters.counts import Count

WEEK: Final = 7


class Weeks(Struct, frozen=True):
    """What a home reported in the last seven days and in the seven before."""

    home: str
    residents: int
    recent: int  # new cases
    before: int
    recent_days: int  # that were reported
    before_days: int

    @property
    def worsening(self) -> float | None:
        """The formula; None: nothing was reported in one of the weeks.

        >>> [round(Weeks("F", 50, *cases, 7, 7).worsening, 2) for cases in ((40, 10), (2, 0), (10, 40), (0, 0))]
        [1.0, 0.06, -1.7, -2.0]
        """
        if not self.recent_days or not self.before_days:
            return None
        recent, before = self.recent + 0.5, self.before + 0.5
        return log(recent / self.recent_days) - log(before / self.before_days) - sqrt(1 / recent + 1 / before)

    @property
    def factor(self) -> float | None:
        """From week to week new cases are surely so many times as many (one standard error off)."""
        return None if self.worsening is None else exp(self.worsening)

    @property
    def per_100(self) -> float:
        """New cases of the last week per 100 residents."""
        return 100 * self.recent / self.residents if self.residents else 0.0


def weeks_of(home: str, residents: int, counts: Sequence[Count], last: int) -> Weeks:
    """Of a series the two weeks that end on the day `last`."""
    cases, days = [0, 0], [0, 0]
    for count in counts:
        week = (last - count.day) // WEEK
        if 0 <= week < 2 and count.cases is not None:
            cases[week] += count.cases
            days[week] += 1
    return Weeks(home, residents, *cases, *days)


def ranked(homes: Iterable[Weeks]) -> list[Weeks]:
    """The fastest first; those of which too little was reported come last."""
    return sorted(
        homes,
        key=lambda one: (
            one.worsening is None,
            -(one.worsening or 0.0),
            -one.per_100,
            one.home,
        ),
    )


def fastest(homes: Iterable[Weeks], most: int = 5) -> str:
    """The first of the ranking that have any new case: `F-2(3 -> 21)`, the week before and the last one."""
    first = [one for one in ranked(homes) if one.recent][:most]
    return " ".join(f"{one.home}({one.before} -> {one.recent})" for one in first) or "-"
