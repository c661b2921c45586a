"""Small counts of people are withheld where figures leave a province, with enough beside them that none can be solved.

A count of 1 to 4 is withheld. Sums stay as they are, so a single withheld
count would be the difference between its parent and its siblings: others are
withheld with it, the smallest first, until what is withheld below a parent is
at least two regions and together 5 or more. A parent that is withheld itself
has something withheld below it, else it would be their sum. Zero may be
withheld too, so that being withheld does not say "not zero".

Whoever has all that is said can then still not tell a withheld count of 1 to 4
from any other of 1 to 4. For this, three more things are withheld:

1. Figures of which one is a sum or a part of others go together in a region.
2. What stands at the end of a period bounds what began in it, from one period
   to the next: such stocks are said of provinces and of the nation alone.
3. What was withheld of a day once stays withheld, and what is withheld besides
   in a later revision is at least two regions and 5 or more by itself: else the
   two revisions were each other's solution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Final

from store.dictionary import STORED
from store.figures import UNPLACED

LEAST: Final = 5
"""Counts below it are withheld: a usual limit of open health figures, and our own choice."""

OPEN: Final = frozenset(
    {
        "facilities",
        "heard",
        "silent",
        "unwatched",
        "reports_due",
        "reports_given",
        "reports_zero",
        "reports_late",
        "reports_missing",
        "reports_unwatched",
        "beds",
        "oximeters",
        "oxygen_devices",
        "antiviral_short",
        "antipyretic_short",
        "operating_open",
        "operating_restricted",
        "operating_closed",
        "difficulties_raised",
        "difficulties_resolved",
        "difficulties_open",
    }
)
"""Counts of facilities and things, which are nobody's secret; every other figure counts people."""

FAMILIES: Final = (
    ("residents", "red", "yellow", "green", "untiered"),
    ("tests", "tests_antigen", "tests_pcr", "tests_positive", "positives", "positives_staff", "positives_reported"),
    ("readings", "readings_compared", "readings_above", "held", "quarantined"),
    ("checks_due", "checks_done"),
    # Recognised are those of the first two severities together; whatever was done about them is a part of these.
    (
        "alerts_p1", "alerts_p2", "recognised", "recognised_seconds",
        "told", "told_in_time", "told_seconds",
        "acknowledged", "acknowledged_in_time", "acknowledged_seconds",
        "accepted", "accepted_in_time", "accepted_seconds",
        "intervened", "intervened_seconds", "referred", "referred_seconds",
        "assessed", "nonactionable", "false_alarms",
    ),
    ("events_verified", "events_verified_seconds"),
    ("events_acted", "events_acted_seconds"),
    ("events_told", "events_told_seconds"),
    ("events_closed", "events_closed_seconds"),
    ("referrals_admitted", "bed_reached", "bed_seconds"),
)  # fmt: skip
"""Figures of which one is worked out from others, bounds them, or says little without them."""

STOCKS: Final = frozenset({"in_hospital", "alerts_open", "clusters_open", "referrals_open"})
"""What stands at the end: its rise from one period to the next is a least number of those that began."""

Table = Mapping[str, Mapping[str, int | None]]
"""Region -> figure -> value; None: nobody said."""


Cells = Set[tuple[str, str]]
"""(region, figure)"""


def withheld(values: Table, parents: Mapping[str, str], before: Cells = frozenset()) -> set[tuple[str, str]]:
    """(region, figure) of what must not be said; `parents` of the regions that have one in the table.

    `before`: what was withheld of the same day already.

    >>> county = {"3706": {"deaths": 9}, "370602": {"deaths": 2}, "370611": {"deaths": 7}, "370612": {"deaths": 0}}
    >>> sorted(withheld(county, dict.fromkeys(("370602", "370611", "370612"), "3706")))
    [('370602', 'deaths'), ('370611', 'deaths')]
    """
    below: dict[str, list[str]] = {}
    for region, parent in sorted(parents.items()):
        below.setdefault(parent, []).append(region)
    gone: dict[str, set[str]] = {}
    for region, figure in before:
        gone.setdefault(figure, set()).add(region)
    found = set()
    for family in families():
        earlier = {region for figure in family for region in gone.get(figure, ()) if region in values}
        hidden = _Tree(values, below, family, earlier).hidden()
        found |= {(region, figure) for region in hidden for figure in family if figure in values[region]}
    return found


def families() -> list[tuple[str, ...]]:
    """Every figure that counts people, with those that are withheld together with it."""
    together = {name for family in FAMILIES for name in family}
    alone = [(one.name,) for one in STORED if one.name not in together and one.name not in OPEN]
    return [*FAMILIES, *alone]


class _Tree:
    """The regions of a table and what is withheld of one family of figures."""

    def __init__(
        self, values: Table, below: Mapping[str, list[str]], family: tuple[str, ...], before: set[str]
    ) -> None:
        self._counts = {
            region: tuple(told.get(name) or 0 for name in family if not name.endswith("_seconds"))
            for region, told in values.items()
        }
        self._below = below
        self._before = before
        small = {region for region, counts in self._counts.items() if any(0 < one < LEAST for one in counts)}
        is_stock = not STOCKS.isdisjoint(family)
        unsaid = {region for region in values if not is_province(region)} if is_stock else set()
        self._hidden = small | before | unsaid

    def hidden(self) -> set[str]:
        """The regions in which the family is withheld."""
        while sum(self._guard(parent) for parent in self._below):
            pass
        return self._hidden

    def _guard(self, parent: str) -> bool:
        """Nothing below this parent can be solved; True: something more had to be withheld."""
        before = len(self._hidden)
        children = self._below[parent]
        if parent in self._hidden and not self._hidden.intersection(children):
            self._withhold_one(children, lambda one: (self._size(one) < LEAST, self._size(one)))
        while not self._is_safe(parent, children):
            if not self._withhold_one(children, lambda one: (self._is_empty(one), self._size(one))):
                self._hidden.add(parent)
                break
        return len(self._hidden) > before

    def _is_safe(self, parent: str, children: Iterable[str]) -> bool:
        gone = [one for one in children if one in self._hidden]
        new = [one for one in gone if one not in self._before]
        if parent in self._hidden and parent not in self._before:
            return True
        return self._guard_each_other(new) and (parent in self._hidden or self._guard_each_other(gone))

    def _guard_each_other(self, gone: Sequence[str]) -> bool:
        columns = list(zip(*(self._unsaid(one) for one in gone), strict=True))
        return len(gone) != 1 and all(
            sum(column) >= LEAST for column in columns if any(0 < count < LEAST for count in column)
        )

    def _unsaid(self, region: str) -> tuple[int, ...]:
        """What is left of its counts without what is said of regions in it."""
        if region not in self._hidden:
            return tuple(0 for _ in self._counts[region])
        below = self._below.get(region)
        if not below:
            return self._counts[region]
        return tuple(map(sum, zip(*(self._unsaid(one) for one in below), strict=True)))

    def _withhold_one(self, children: Iterable[str], size: Callable[[str], object]) -> bool:
        rest = sorted((one for one in children if one not in self._hidden), key=lambda one: (size(one), one))
        self._hidden.update(rest[:1])
        return bool(rest)

    def _is_empty(self, region: str) -> bool:
        return self._size(region) == 0

    def _size(self, region: str) -> int:
        return sum(self._counts[region])


def is_province(region: str) -> bool:
    """A province, or the nation; what lies nowhere is beside the provinces.

    >>> [is_province(one) for one in ("000000", "370000", "370600", "370000-", "unplaced")]
    [True, True, False, False, True]
    """
    return region.endswith("0000") or region == UNPLACED
