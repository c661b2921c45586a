"""When has a home or a unit an outbreak by definition? Onsets in event time; the order of arrival is nothing.

A case is an onset of one resident; signs of the same resident less than 14
days apart are the same illness (as an outbreak is over after 14 days without a
new case). Standard library only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from detectors.clusters.window import LEAST_K, scaled_k
from detectors.times import DAY, HOUR, Millis

SAME_ILLNESS: Final = 14 * DAY

Level = Literal["unit", "facility"]


class Onset(Struct, frozen=True, order=True):
    """A resident falls ill, or is found positive."""

    at: Millis
    resident: str
    unit: str = ""  # blank: not known, a unit of its own


class Definition(Struct, frozen=True):
    """At least k cases with onsets less than `window` apart, in one unit or in the whole facility.

    Less than, not up to: onsets known by day only stand at midnight, and three
    days then mean today and the two before.
    """

    name: str
    k: int | None  # None: by the size of the unit, see `k_of`
    window: Millis
    level: Level
    source: str

    def k_of(self, residents: int | None, rate_per_1000: float = 1.5, chance: float = 0.005) -> int:
        """The number of cases that meets it among so many residents; see `window.KInWindow` for the scaling."""
        if self.k is not None:
            return self.k
        if residents is None:
            return LEAST_K
        return scaled_k(residents * self.window / DAY * rate_per_1000 / 1000, chance)


FIRST_CASE: Final = Definition(
    "first_case",
    1,
    72 * HOUR,
    "facility",
    "China testing plan 2022-12-27; CMS and New York: one case in a nursing home",
)
WASHINGTON: Final = Definition(
    "washington", 2, 72 * HOUR, "facility", "Washington State 2020: two acute respiratory illnesses within 72 h"
)
WISCONSIN: Final = Definition(
    "wisconsin", 3, 72 * HOUR, "unit", "Wisconsin DHS: three of the same unit, onset within 72 h of each other"
)
SCALED: Final = Definition(
    "scaled", None, 72 * HOUR, "unit", "own choice: what chance reaches on at most 1 day in 200, at least 2"
)

DEFINITIONS: Final = {one.name: one for one in (FIRST_CASE, WASHINGTON, WISCONSIN, SCALED)}


def new_cases(onsets: Iterable[Onset], same_illness: Millis = SAME_ILLNESS) -> list[Onset]:
    """The onsets that are cases, by time: of one resident, each at least 14 days after the sign before it.

    >>> [case.at // DAY for case in new_cases(Onset(day * DAY, "r1") for day in (20, 1, 14, 34, 3))]
    [1, 34]
    """
    before: dict[str, Millis] = {}
    found = []
    for onset in sorted(onsets):
        last = before.get(onset.resident)
        if last is None or onset.at - last >= same_illness:
            found.append(onset)
        before[onset.resident] = onset.at
    return found


def first_reached(times: Iterable[Millis], k: int, window: Millis) -> Millis | None:
    """When k of these times first lie less than `window` apart; None if they never do.

    >>> first_reached([5, 1, 2], 2, 3), first_reached([1, 4], 2, 3)
    (2, None)
    """
    recent: deque[Millis] = deque()
    for at in sorted(times):
        recent.append(at)
        while at - recent[0] >= window:
            recent.popleft()
        if len(recent) >= k:
            return at
    return None


def met_at(
    definition: Definition, onsets: Iterable[Onset], residents: dict[str, int] | None = None
) -> dict[str, Millis]:
    """When each unit ("" for the whole facility) first met the definition; those that never did are left out.

    `residents` gives the size of each unit, and of the whole facility under "".
    """
    groups: dict[str, list[Millis]] = {}
    for case in new_cases(onsets):
        groups.setdefault(case.unit if definition.level == "unit" else "", []).append(case.at)
    found = {}
    for name, times in sorted(groups.items()):
        at = first_reached(times, definition.k_of((residents or {}).get(name)), definition.window)
        if at is not None:
            found[name] = at
    return found
