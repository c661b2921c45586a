"""Cases in homes as chance brings them, and outbreaks among them: what a limit is tried on.

Ordinary cases: each home has its own rate (gamma around the common one), the
rate follows a season, and days scatter more than Poisson. Outbreaks: a chain
binomial from one case. All sizes and rates are arguments; nothing is real.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct

SERIAL_INTERVAL: Final = (0.15, 0.30, 0.25, 0.15, 0.08, 0.04, 0.02, 0.01)
"""Chance that a secondary case follows after 1, 2 ... days; mean 2.9 (domain arithmetic)."""

FOLLOWED_DAYS: Final = 28
"""An outbreak is followed so long."""

YEAR: Final = 365.0


class World(Struct, frozen=True):
    """What is assumed of ordinary times; everything is configuration and is printed with the result."""

    rate_per_1000: float = 1.5  # cases per 1,000 resident-days (assumed: order of respiratory illness in homes)
    spread: float = 0.3  # standard deviation of the homes' rates over the common one (assumed)
    dispersion: float = 1.0  # daily counts: variance = mean + dispersion * mean^2 (assumed)
    season: float = 0.3  # the winter's rate is so much above the year's mean, the summer's below (assumed)
    homes_in_region: int = 50  # of which the usual rate is learnt


def ordinary(world: World, sizes: np.ndarray, days: int, chance: np.random.Generator) -> np.ndarray:
    """Cases per (day, home) without any outbreak."""
    own = chance.gamma(1 / world.spread**2, world.spread**2, len(sizes)) if world.spread > 0 else np.ones(len(sizes))
    winter = 1 + world.season * np.cos(2 * np.pi * (np.arange(days) / YEAR + chance.random()))
    mean = np.outer(winter, own * sizes * world.rate_per_1000 / 1000)
    if world.dispersion <= 0:
        return chance.poisson(mean)
    return chance.poisson(mean * chance.gamma(1 / world.dispersion, world.dispersion, mean.shape))


def outbreaks(sizes: np.ndarray, r0: float, chance: np.random.Generator) -> np.ndarray:
    """Cases per (day, home) of outbreaks that begin with one case on the first day."""
    cases = np.zeros((FOLLOWED_DAYS, len(sizes)), dtype=np.int64)
    cases[0] = 1
    healthy = np.maximum(sizes - 1, 0)
    for day in range(1, FOLLOWED_DAYS):
        reach = min(day, len(SERIAL_INTERVAL))
        force = sum(SERIAL_INTERVAL[back - 1] * cases[day - back] for back in range(1, reach + 1))
        cases[day] = chance.binomial(healthy, 1 - np.exp(-r0 * force / np.maximum(sizes, 1)))
        healthy = healthy - cases[day]
    return cases


def national_sizes(chance: np.random.Generator, homes: int = 41_000, mean: float = 54.0) -> np.ndarray:
    """Sizes of a nation's homes: log-normal with this mean, between 5 and 600 (assumed; 2.2 million residents)."""
    spread = 0.8
    drawn = chance.lognormal(np.log(mean) - spread**2 / 2, spread, homes)
    return np.clip(np.round(drawn), 5, 600).astype(np.int64)
