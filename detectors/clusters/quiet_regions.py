"""How often do the rules of regions call where nothing is? Quiet counties and cities live through a year.

Homes are those of `simulation`, with its ordinary cases; a city's counties share
its season. Every signal is false. The detectors themselves are run, as in service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from msgspec import Struct

from detectors.clusters.simulation import World, national_sizes, ordinary
from detectors.region_counts import DayCount
from detectors.region_course import changes, reach_of, region_rules
from detectors.schedule import Schedule

COUNTIES: Final = 2_843
CITIES: Final = 337
"""County-level places and cities with the four municipalities, by GB/T 2260 at the end of 2024."""

HOMES_IN_COUNTY: Final = 41_000 / COUNTIES
UNEVEN: Final = 2.0
"""Shape of the gamma distribution of a county's homes around that mean: the smaller, the more uneven (assumed)."""

Progress = Callable[[float], None]


class Tests(Struct, frozen=True):
    """How people are tested in ordinary times; all of it is assumed, and printed with the result."""

    share: float = 0.05  # of the residents a day
    positive: float = 0.01
    scatter: float = 0.005  # correlation of the tests of one day: chance alone is 0


class FalseSignals(Struct, frozen=True):
    """What was called in quiet regions, by rule."""

    counties: int
    cities: int
    days: int
    seed: int
    world: World
    tests: Tests
    of_counties: dict[str, int]  # openings
    of_cities: dict[str, int]

    def per_day(self, rule: str) -> tuple[float, float]:
        """(openings a day in the whole nation, upper end of the 95 % interval); "" for all rules together."""
        found = [
            (sum(n for name, n in counted.items() if rule in ("", name)), national / simulated)
            for counted, national, simulated in (
                (self.of_counties, COUNTIES, self.counties),
                (self.of_cities, CITIES, self.cities),
            )
        ]
        rate = sum(number * scale for number, scale in found) / self.days
        deviation = np.sqrt(sum((number + 1) * scale**2 for number, scale in found)) / self.days
        return rate, float(rate + 1.96 * deviation)


def false_signals(
    rules: Schedule,
    cities: int,
    days: int,
    world: World,
    tests: Tests,
    seed: int = 1,
    progress: Progress = lambda share: None,
) -> FalseSignals:
    """Every signal of some quiet cities and of their counties."""
    chance = np.random.default_rng(seed)
    settling = reach_of(rules)
    of_counties, of_cities = Counter[str](), Counter[str]()
    counties = 0
    for number in range(cities):
        parts = list(_counties(world, tests, settling + days, chance))
        counties += len(parts)
        for counts in parts:
            of_counties.update(_openings(rules, counts, settling))
        of_cities.update(_openings(rules, _together(parts), settling))
        progress((number + 1) / cities)
    return FalseSignals(counties, cities, days, seed, world, tests, dict(of_counties), dict(of_cities))


def _counties(world: World, tests: Tests, days: int, chance: np.random.Generator) -> Iterator[list[DayCount]]:
    """The counties of one city, about as many as a city has."""
    homes = [
        1 + int(chance.poisson(chance.gamma(UNEVEN, (HOMES_IN_COUNTY - 1) / UNEVEN)))
        for _ in range(1 + int(chance.poisson(COUNTIES / CITIES - 1)))
    ]
    sizes = national_sizes(chance, sum(homes))
    cases = ordinary(world, sizes, days, chance)
    begin = 0
    for number in homes:
        residents = int(sizes[begin : begin + number].sum())
        tested = chance.binomial(residents, tests.share, days)
        concentration = 1 / tests.scatter - 1
        share = chance.beta(tests.positive * concentration, (1 - tests.positive) * concentration, days)
        positive = chance.binomial(tested, share)
        total = cases[:, begin : begin + number].sum(axis=1)
        yield [DayCount(day, int(total[day]), residents, int(tested[day]), int(positive[day])) for day in range(days)]
        begin += number


def _together(parts: list[list[DayCount]]) -> list[DayCount]:
    return [
        DayCount(
            day[0].day,
            sum(one.cases or 0 for one in day),
            sum(one.residents for one in day),
            sum(one.tests for one in day),
            sum(one.positives for one in day),
        )
        for day in zip(*parts, strict=True)
    ]


def _openings(rules: Schedule, counts: list[DayCount], first: int) -> Iterator[str]:
    """The rule of every change by which somebody is told: nothing of the condition stood before."""
    for condition in region_rules(rules):
        stood = False
        for change in changes(condition, rules, counts, first, {}, lambda day: day, lambda day: ""):
            if change.standing and not stood:
                yield change.rule
            stood = bool(change.standing)
