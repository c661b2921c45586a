"""Whatever small counts there are, nobody can solve what is withheld, and every sum that is said is right."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from dashboards.exports.suppression import LEAST, OPEN, families, withheld
from store.dictionary import STORED

Tree = tuple[dict[str, int], dict[str, str]]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A province of some cities of some counties, with deaths that add up; most are few."""
    values, parents = {"37": 0}, {}
    counts = st.one_of(st.integers(0, 6), st.integers(0, 60))
    for city in range(draw(st.integers(1, 4))):
        name = f"37{city:02}"
        parents[name] = "37"
        values[name] = 0
        for county in range(draw(st.integers(0, 4))):
            code = f"{name}{county:02}"
            parents[code], values[code] = name, draw(counts)
            values[name] += values[code]
        if not any(parent == name for parent in parents.values()):
            values[name] = draw(counts)
        values["37"] += values[name]
    return values, parents


def _range(region: str, values: Mapping[str, int], parents: Mapping[str, str], hidden: set[str]) -> tuple[int, int]:
    """What somebody who knows all sums and all that is said can find out of one count."""
    unknown = sorted(hidden)
    equations, totals = [], []
    for parent in sorted(set(parents.values())):
        row, total = np.zeros(len(unknown)), 0
        for one, sign in ((parent, -1), *((child, 1) for child, of in parents.items() if of == parent)):
            if one in hidden:
                row[unknown.index(one)] = sign
            else:
                total -= sign * values[one]
        equations.append(row)
        totals.append(total)
    aim = np.array([float(one == region) for one in unknown])
    ends = [linprog(sign * aim, A_eq=np.array(equations), b_eq=totals, bounds=(0, 10_000)) for sign in (1, -1)]
    assert all(end.status == 0 for end in ends)
    return round(ends[0].fun), round(-ends[1].fun)


@given(trees())
@settings(max_examples=60)
def test_no_withheld_count_can_be_solved_from_sums_and_neighbours(tree: Tree) -> None:
    values, parents = tree
    hidden = {
        region for region, _ in withheld({region: {"deaths": value} for region, value in values.items()}, parents)
    }
    small = {region for region, value in values.items() if 0 < value < LEAST}
    assert small <= hidden
    for region in small:
        low, high = _range(region, values, parents, hidden)
        assert high > low, f"{region} is {values[region]} and nothing else can be"


def test_what_counts_people_is_withheld_unless_it_is_said_to_be_of_facilities_or_things() -> None:
    names = {one.name for one in STORED}
    assert names >= OPEN
    assert {name for family in families() for name in family} == names - OPEN


def test_parts_of_a_sum_go_together_so_that_the_sum_does_not_give_them_away() -> None:
    homes = {"residents": 50, "red": 3, "yellow": 20, "green": 27, "untiered": 0}
    table = {"37": {name: 3 * value for name, value in homes.items()}, "a": homes, "b": homes, "c": homes}
    gone = withheld(table, dict.fromkeys("abc", "37"))
    assert {region for region, _ in gone} == {"a", "b", "c"}
    assert {name for region, name in gone if region == "a"} == set(homes)


def test_where_nothing_is_small_everything_is_said() -> None:
    table = {"37": {"deaths": 12}, "a": {"deaths": 5}, "b": {"deaths": 7}, "c": {"deaths": 0}}
    assert withheld(table, dict.fromkeys("abc", "37")) == set()
