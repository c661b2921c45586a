"""Which limit does a false-alarm budget allow? Found by simulation, with the rate estimated as in service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from msgspec import Struct, structs

from detectors.clusters.simulation import FOLLOWED_DAYS, World, ordinary, outbreaks
from detectors.excess import CaseExcess

LIMITS: Final = np.arange(2.5, 16.01, 0.25)
HOME_DAYS: Final = 6_000_000
"""Simulated at least, in whole years: most false alarms come while the season rises."""
MOST_YEARS: Final = 4
HOMES_AT_ONCE: Final = 5_000
TAKES_OFF: Final = 5
"""An outbreak with so many cases within two weeks was one; smaller ones die out by themselves."""
TWO_WEEKS: Final = 14

Progress = Callable[[float], None]


class Tried(Struct, frozen=True):
    """What one limit does."""

    limit: float
    false_per_day: float  # openings a day in all the homes without any outbreak
    false_at_most: float  # upper end of its 95 % interval


class Solved(Struct, frozen=True):
    """The limit with its evidence."""

    limit: float
    budget_per_day: float
    homes: int
    residents: int
    days: int
    seed: int
    world: World
    false_per_day: float
    false_at_most: float
    r0: float
    outbreaks: int  # that took off
    found_share: float  # of these within two weeks
    median_delay_days: float  # from the first case
    median_cases: float  # by then
    tried: tuple[Tried, ...]


class NoLimitError(ValueError):
    """No limit keeps the budget."""


def solve(
    detector: CaseExcess,
    sizes: np.ndarray,
    budget_per_day: float,
    world: World,
    r0: float = 3.0,
    seed: int = 1,
    progress: Progress = lambda share: None,
) -> Solved:
    """The smallest limit whose false alarms stay within the budget; raises NoLimitError."""
    chance = np.random.default_rng(seed)
    days = 365 * int(np.clip(np.ceil(HOME_DAYS / len(sizes) / 365), 1, MOST_YEARS))
    false = np.zeros(len(LIMITS))
    quiet, usual = [], []
    step = HOMES_AT_ONCE // world.homes_in_region * world.homes_in_region
    for begin in range(0, len(sizes), step):
        part = sizes[begin : begin + step]
        counts = ordinary(world, part, detector.reach_days + days, chance)
        quiet.append(counts[-FOLLOWED_DAYS:])
        usual.append(_ordinary_alarms(detector, counts, part, world.homes_in_region, false))
        progress((begin + len(part)) / len(sizes))
    tried = tuple(
        Tried(float(limit), float(number / days), float(number + 1.96 * np.sqrt(number + 1) + 1) / days)
        for limit, number in zip(LIMITS, false, strict=True)
    )
    chosen = next((one for one in tried if one.false_at_most <= budget_per_day), None)
    if chosen is None:
        raise NoLimitError(
            f"no limit up to {LIMITS[-1]} keeps {budget_per_day} false alarms a day; "
            f"the last still has {tried[-1].false_per_day:.1f}"
        )
    chosen_detector = structs.replace(detector, limit=chosen.limit)
    seen = _delays(chosen_detector, np.hstack(quiet), np.hstack(usual), sizes, r0, chance)
    return Solved(
        limit=chosen.limit,
        budget_per_day=budget_per_day,
        homes=len(sizes),
        residents=int(sizes.sum()),
        days=days,
        seed=seed,
        world=world,
        false_per_day=chosen.false_per_day,
        false_at_most=chosen.false_at_most,
        r0=r0,
        outbreaks=len(seen[0]),
        found_share=float(np.mean(seen[0] <= TWO_WEEKS)) if len(seen[0]) else 0.0,
        median_delay_days=float(np.median(seen[0])) if len(seen[0]) else float("nan"),
        median_cases=float(np.median(seen[1])) if len(seen[1]) else float("nan"),
        tried=tried,
    )


def _ordinary_alarms(
    detector: CaseExcess, counts: np.ndarray, sizes: np.ndarray, homes_in_region: int, false: np.ndarray
) -> np.ndarray:
    """Adds each limit's alarms to `false`; the expected cases of every home, every tenth day."""
    standing = np.zeros((len(LIMITS), len(sizes)), dtype=bool)
    usual = []
    for day, expected, score in _days(detector, counts, sizes, homes_in_region, detector.reach_days):
        for at, limit in enumerate(LIMITS):
            opens = ~standing[at] & (score > limit)
            false[at] += opens.sum()
            standing[at] = np.where(standing[at], score > detector.recovered, opens)
        if day % 10 == 0:
            usual.append(expected)
    return np.array(usual)


def _days(
    detector: CaseExcess, counts: np.ndarray, sizes: np.ndarray, homes_in_region: int, first: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(day, expected cases, score) of every home from the day `first` on, as `CaseExcess.scores` has them."""
    totals = np.vstack([np.zeros((1, len(sizes)), dtype=np.int64), np.cumsum(counts, axis=0)])
    regions = np.arange(len(sizes)) // homes_in_region
    number = np.bincount(regions)
    for day in range(first, len(counts)):
        begin, end = max(0, day - detector.guard_days - detector.window_days), day - detector.guard_days
        expected = _rates(totals[end] - totals[begin], sizes * float(end - begin), regions, number) * sizes
        yield day, expected, _score(detector, totals, expected, day)


def _rates(cases: np.ndarray, exposure: np.ndarray, regions: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Each home's rate, shrunk towards its region's: `rates.pool_of` and `Pool.rate_of` for all at once."""
    exposed = np.bincount(regions, exposure)
    rate = np.maximum(0.5, np.bincount(regions, cases)) / exposed
    own = cases / exposure
    scatter = np.bincount(regions, exposure * (own - rate[regions]) ** 2) / exposed
    spread = np.maximum(0.0, scatter - rate * number / exposed)[regions]
    weight = spread / (spread + rate[regions] / exposure)
    shrunk: np.ndarray = rate[regions] + weight * (own - rate[regions])
    return shrunk


def _score(detector: CaseExcess, totals: np.ndarray, expected: np.ndarray, day: int) -> np.ndarray:
    """The strongest evidence of any stretch that ends on the day."""
    per_case, drift = _worth(detector, expected)
    best = np.zeros(len(expected))
    for length in range(1, min(detector.look_back_days, day + 1) + 1):
        cases = totals[day + 1] - totals[day + 1 - length]
        np.maximum(best, cases * per_case - length * drift, out=best)
    return best


def _worth(detector: CaseExcess, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`cusum.evidence` for all at once."""
    if detector.dispersion <= 0:
        return np.full(len(expected), np.log(detector.ratio)), expected * (detector.ratio - 1)
    common = np.log1p(detector.dispersion * detector.ratio * expected) - np.log1p(detector.dispersion * expected)
    return np.log(detector.ratio) - common, common / detector.dispersion


def _delays(
    detector: CaseExcess,
    before: np.ndarray,
    usual: np.ndarray,
    sizes: np.ndarray,
    r0: float,
    chance: np.random.Generator,
    number: int = 4_000,
) -> tuple[np.ndarray, np.ndarray]:
    """(days from the first case to the alarm, cases by then) of outbreaks that take off, in homes as they are."""
    homes = chance.integers(len(sizes), size=number)
    spread = outbreaks(sizes[homes], r0, chance)
    takes_off = spread[:TWO_WEEKS].sum(axis=0) >= TAKES_OFF
    homes, spread = homes[takes_off], spread[:, takes_off]
    expected = usual[chance.integers(len(usual), size=len(homes)), homes]
    quiet = before[:, homes]
    going_on = chance.poisson(np.broadcast_to(expected, spread.shape)) + spread
    counts = np.vstack([quiet, going_on])
    totals = np.vstack([np.zeros((1, len(homes)), dtype=np.int64), np.cumsum(counts, axis=0)])
    delay = np.full(len(homes), FOLLOWED_DAYS)
    cases = spread.sum(axis=0)
    for day in range(FOLLOWED_DAYS - 1, -1, -1):
        above = _score(detector, totals, expected, len(quiet) + day) > detector.limit
        delay[above] = day
        cases[above] = spread[: day + 1].sum(axis=0)[above]
    already = _score(detector, totals, expected, len(quiet) - 1) > detector.limit
    return delay[~already], cases[~already]
