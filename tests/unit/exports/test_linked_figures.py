"""Whoever has two days of a package and knows how its figures hang together cannot tell a small count from others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from scipy.optimize import Bounds, LinearConstraint, milp

from dashboards.exports.suppression import LEAST, withheld

Table = dict[str, dict[str, int]]
Cell = tuple[int, str, str]  # day or revision, region, figure

EQUAL = {
    "residents": ("red", "yellow", "green", "untiered"),
    "tests": ("tests_antigen", "tests_pcr"),
    "recognised": ("alerts_p1", "alerts_p2"),
}
"""A sum and its parts, in one region and period."""
AT_MOST = (
    (("tests_positive",), ("tests",)),
    (("positives", "positives_staff"), ("tests_positive",)),
    (("readings_compared",), ("readings",)),
    (("readings_above",), ("readings_compared",)),
    (("held", "quarantined"), ("readings",)),
    (("checks_done",), ("checks_due",)),
    *(((word,), ("alerts_p1", "alerts_p2")) for word in ("told", "acknowledged", "intervened", "referred", "assessed")),
    (("accepted",), ("acknowledged",)),
    *(((f"{word}_in_time",), (word,)) for word in ("told", "acknowledged", "accepted")),
    (("nonactionable", "false_alarms"), ("assessed",)),
    (("bed_reached",), ("referrals_admitted",)),
)
"""What is a part of what; that nobody is more people than live there bounds nothing here, since they are many."""
RISES = (
    ("in_hospital", ("hospitalised",)),
    ("referrals_open", ("referrals_suggested", "referrals_requested")),
    ("clusters_open", ("clusters_found",)),
    ("alerts_open", ("alerts_p1", "alerts_p2")),
)
"""What stands at the end is no more than what stood before and what began."""


class Package(Struct, frozen=True):
    """Days of a tree of regions, and what is withheld of them."""

    days: list[Table]
    parents: dict[str, str]
    hidden: list[set[tuple[str, str]]]


def _tree(chance: Random) -> tuple[list[str], dict[str, str]]:
    """Regions that facilities count in, and what everything lies in."""
    leaves, parents = [], {"370000": "000000"}
    for city in range(chance.randint(1, 3)):
        parents[name := f"37{city + 1:02}00"] = "370000"
        counties = [f"{name[:4]}{county + 1:02}" for county in range(chance.randint(0, 3))]
        parents |= dict.fromkeys(counties, name)
        leaves += counties or [name]
    return leaves, parents


def _told(chance: Random, before: dict[str, int]) -> dict[str, int]:
    """Figures of a region and day that hang together as counted ones do."""

    def few() -> int:
        return chance.choice((0, 0, 1, 2, 3, 4, 5, chance.randint(0, 9), chance.randint(5, 60)))

    def some(most: int) -> int:
        return chance.choice((0, min(most, few()), chance.randint(0, most), most))

    one = {name: few() for name in ("red", "yellow", "green", "untiered", "tests_antigen", "tests_pcr", "alerts_p1")}
    one |= {name: few() for name in ("alerts_p2", "hospitalised", "referrals_suggested", "referrals_requested")}
    one |= {name: few() for name in ("readings", "checks_due", "referrals_admitted", "clusters_found", "deaths")}
    one |= {name: few() for name in ("positives_reported", "symptomatic")}
    one |= {whole: sum(one[part] for part in parts) for whole, parts in EQUAL.items()}
    for parts, wholes in AT_MOST:
        left = sum(one[whole] for whole in wholes)
        for part in parts:
            one[part] = some(left)
            left -= one[part]
    for stock, flows in RISES:
        one[stock] = some(before.get(stock, few()) + sum(one[flow] for flow in flows))
    return one


def _summed(leaves: Table, parents: dict[str, str]) -> Table:
    """With all that lies above them."""
    found: Table = {}
    for region, told in leaves.items():
        place: str | None = region
        while place is not None:
            above = found.setdefault(place, dict.fromkeys(told, 0))
            for figure, value in told.items():
                above[figure] += value
            place = parents.get(place)
    return found


def _package(chance: Random) -> Package:
    leaves, parents = _tree(chance)
    days: list[Table] = []
    told: Table = {}
    for _ in range(2):
        told = {region: _told(chance, told.get(region, {})) for region in leaves}
        days.append(_summed(told, parents))
    return Package(days, parents, [withheld(day, parents) for day in days])


class Receiver:
    """Knows all that is said, and every relation."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.unknown: dict[Cell, int] = {}
        for day, cells in enumerate(package.hidden):
            for region, figure in sorted(cells):
                self.unknown[day, region, figure] = len(self.unknown)
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def knows(self, plus: Iterable[Cell], minus: Iterable[Cell], least: float = 0.0, most: float = 0.0) -> None:
        """The difference of two sums is between these."""
        row: dict[int, float] = {}
        said = 0.0
        for sign, cells in ((1.0, plus), (-1.0, minus)):
            for day, region, figure in cells:
                if (day, region, figure) in self.unknown:
                    row[self.unknown[day, region, figure]] = sign
                else:
                    said += sign * self._package.days[day][region][figure]
        if row:
            self._rows.append((row, least - said, most - said))

    def knows_all(self, *, of_days: bool = True) -> None:
        """Sums over regions, and how figures hang together in each and, of days, from one to the next."""
        for day, table in enumerate(self._package.days):
            for parent in set(self._package.parents.values()):
                children = [one for one, above in self._package.parents.items() if above == parent]
                for figure in table[parent]:
                    self.knows([(day, one, figure) for one in children], [(day, parent, figure)])
            for region in table:
                for whole, parts in EQUAL.items():
                    self.knows([(day, region, part) for part in parts], [(day, region, whole)])
                for parts, wholes in AT_MOST:
                    below = [(day, region, part) for part in parts]
                    self.knows(below, [(day, region, whole) for whole in wholes], -np.inf)
                for stock, flows in RISES if day and of_days else ():
                    began = [(day - 1, region, stock), *((day, region, flow) for flow in flows)]
                    self.knows([(day, region, stock)], began, -np.inf)

    def believes_that_nothing_else_has_changed(self) -> None:
        """What is withheld in both revisions is the same in both; where it is not, this is no knowledge."""
        first, second = self._package.days
        for region, figure in sorted(self._package.hidden[0] & self._package.hidden[1]):
            if first[region][figure] == second[region][figure]:
                self.knows([(0, region, figure)], [(1, region, figure)])

    def finds_out(self, cell: Cell) -> tuple[int, int]:
        """The least and the most that it can be."""
        aim = self.unknown[cell]
        near, grows = {aim}, True
        rows: list[tuple[dict[int, float], float, float]] = []
        while grows:
            rows = [row for row in self._rows if not near.isdisjoint(row[0])]
            grows = not near.issuperset(wider := {one for row, _, _ in rows for one in row} | near)
            near = wider
        place = {one: number for number, one in enumerate(sorted(near))}
        matrix = np.zeros((len(rows), len(place)))
        for number, (row, _, _) in enumerate(rows):
            for one, sign in row.items():
                matrix[number, place[one]] = sign
        limits = LinearConstraint(matrix, [low for _, low, _ in rows], [high for _, _, high in rows])
        wanted = np.zeros(len(place))
        wanted[place[aim]] = 1.0
        ends = [
            milp(sign * wanted, constraints=limits, integrality=np.ones(len(place)), bounds=Bounds(0, 10_000))
            for sign in (1, -1)
        ]
        assert all(end.status == 0 for end in ends), "what is true is possible"
        return round(ends[0].fun), round(-ends[1].fun)


def _small(package: Package) -> Iterator[Cell]:
    for day, table in enumerate(package.days):
        for region, told in table.items():
            for figure, value in told.items():
                if 0 < value < LEAST:
                    yield day, region, figure


@given(st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_a_small_count_stays_as_possible_as_any_other_small_one(seed: int) -> None:
    chance = Random(seed)
    package = _package(chance)
    receiver = Receiver(package)
    receiver.knows_all()
    small = sorted(_small(package))
    assert set(small) <= set(receiver.unknown)
    for cell in chance.sample(small, min(12, len(small))):
        low, high = receiver.finds_out(cell)
        assert low <= 1, (cell, low, high)
        assert high >= LEAST - 1, (cell, low, high)


def _corrected(chance: Random) -> Package:
    """Two revisions of a day: late data has changed a few homes."""
    leaves, parents = _tree(chance)
    first = {region: _told(chance, {}) for region in leaves}
    second = dict(first)
    for region in chance.sample(leaves, min(len(leaves), chance.randint(1, 2))):
        late = chance.choice(("deaths", "symptomatic", "positives_reported", "hospitalised"))
        second[region] = first[region] | {late: max(0, first[region][late] + chance.choice((-2, -1, 1, 2, 3)))}
    days = [_summed(one, parents) for one in (first, second)]
    hidden = withheld(days[0], parents)
    return Package(days, parents, [hidden, withheld(days[1], parents, hidden)])


@given(st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_two_revisions_of_a_day_are_not_each_others_solution(seed: int) -> None:
    chance = Random(seed)
    package = _corrected(chance)
    assert package.hidden[0] <= package.hidden[1], "what was withheld once stays withheld"
    receiver, believer = Receiver(package), Receiver(package)
    for one in (receiver, believer):
        one.knows_all(of_days=False)
    believer.believes_that_nothing_else_has_changed()
    small = sorted(_small(package))
    for cell in chance.sample(small, min(12, len(small))):
        low, high = receiver.finds_out(cell)
        assert low <= 1 < LEAST - 1 <= high, (cell, low, high)
        low, high = believer.finds_out(cell)
        assert low < high, (cell, low, high)
