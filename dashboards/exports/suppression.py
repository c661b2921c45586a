"""Small counts of people are withheld where figures leave a province, with enough beside them that none can be solved.

A count of 1 to 4 is withheld. Sums stay as they are, so a single withheld
count would be the difference between its parent and its siblings: others are
withheld with it, the smallest first, until what is withheld below a parent is
at least two regions and together 5 or more. A parent that is withheld itself
has something withheld below it, else it would be their sum. Zero may be
withheld too, so that being withheld does not say "not zero".

Figures that are parts of one another (tiers of residents, kinds of tests,
what was told of what was sent) are withheld together in a region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from store.dictionary import STORED

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
    ("tests", "tests_antigen", "tests_pcr", "tests_positive"),
    ("readings_compared", "readings_above"),
    ("checks_due", "checks_done"),
    ("told", "told_in_time", "told_seconds"),
    ("acknowledged", "acknowledged_in_time", "acknowledged_seconds"),
    ("accepted", "accepted_in_time", "accepted_seconds"),
    ("recognised", "recognised_seconds"),
    ("intervened", "intervened_seconds"),
    ("referred", "referred_seconds"),
    ("assessed", "nonactionable", "false_alarms"),
)
"""Figures of which one is worked out from others, or says little without them."""

Table = Mapping[str, Mapping[str, int | None]]
"""Region -> figure -> value; None: nobody said."""


def withheld(values: Table, parents: Mapping[str, str]) -> set[tuple[str, str]]:
    """(region, figure) of what must not be said; `parents` of the regions that have one in the table.

    >>> county = {"3706": {"deaths": 9}, "370602": {"deaths": 2}, "370611": {"deaths": 7}, "370612": {"deaths": 0}}
    >>> sorted(withheld(county, dict.fromkeys(("370602", "370611", "370612"), "3706")))
    [('370602', 'deaths'), ('370611', 'deaths')]
    """
    found = set()
    for family in families():
        hidden = _Tree(values, parents, family).hidden()
        found |= {(region, figure) for region in hidden for figure in family}
    return found


def families() -> list[tuple[str, ...]]:
    """Every figure that counts people, with those that are withheld together with it."""
    together = {name for family in FAMILIES for name in family}
    alone = [(one.name,) for one in STORED if one.name not in together and one.name not in OPEN]
    return [*FAMILIES, *alone]


class _Tree:
    """The regions of a table and what is withheld of one family of figures."""

    def __init__(self, values: Table, parents: Mapping[str, str], family: Iterable[str]) -> None:
        self._family = tuple(family)
        self._values = values
        self._below: dict[str, list[str]] = {}
        for region, parent in sorted(parents.items()):
            self._below.setdefault(parent, []).append(region)
        self._hidden = {region for region in values if any(self._is_small(region, name) for name in self._family)}

    def hidden(self) -> set[str]:
        """The regions in which the family is withheld."""
        while sum(self._guard(parent) for parent in self._below):
            pass
        return self._hidden

    def _guard(self, parent: str) -> bool:
        """Nothing below this parent can be solved; True: something more had to be withheld."""
        before = len(self._hidden)
        children = self._below[parent]
        if parent in self._hidden:
            if not self._hidden.intersection(children):
                self._withhold_one(children, lambda one: (self._size(one) < LEAST, self._size(one)))
        elif self._hidden.intersection(children):
            while not self._is_safe(children):
                if not self._withhold_one(children, lambda one: (self._is_empty(one), self._size(one))):
                    self._hidden.add(parent)
                    break
        return len(self._hidden) > before

    def _is_safe(self, children: Iterable[str]) -> bool:
        gone = [one for one in children if one in self._hidden]
        small = [name for name in self._family if any(self._is_small(one, name) for one in gone)]
        return len(gone) > 1 and all(sum(self._value(one, name) for one in gone) >= LEAST for name in small)

    def _withhold_one(self, children: Iterable[str], size: Callable[[str], object]) -> bool:
        rest = sorted((one for one in children if one not in self._hidden), key=lambda one: (size(one), one))
        self._hidden.update(rest[:1])
        return bool(rest)

    def _is_small(self, region: str, name: str) -> bool:
        return not name.endswith("_seconds") and 0 < self._value(region, name) < LEAST

    def _is_empty(self, region: str) -> bool:
        return self._size(region) == 0

    def _size(self, region: str) -> int:
        return sum(self._value(region, name) for name in self._family)

    def _value(self, region: str, name: str) -> int:
        return self._values[region].get(name) or 0
