"""How often would honest measuring look like this? The model behind every finding of data to be verified.

Values scatter around a usual one as a normal distribution does and are written
down in steps: whole percents, whole beats, tenths of a degree. A `Spread` is
the **least** that honest values scatter: who scatters more agrees with himself
less often, so the chances computed are upper bounds. A pacemaker holds the
pulse of some residents nearly still; they are a share of their own.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import erf, exp, floor, inf, lgamma, log, log1p, log10, pi, sqrt
from typing import Final

from msgspec import Struct

VITALS: Final = {"oxygen": "spo2_tenths", "pulse": "pulse_per_min", "temperature": "temperature_tenths"}
"""What a check writes down and where it stands, in the order of a `Spread`."""

WEEKS_A_YEAR: Final = 365.25 / 7


class Spread(Struct, frozen=True):
    """Standard deviations of honest values."""

    spo2_percent: float
    pulse_per_min: float
    temperature_degrees: float

    @property
    def steps(self) -> tuple[float, float, float]:
        """In steps of what is written down."""
        return self.spo2_percent, self.pulse_per_min, self.temperature_degrees * 10


WITHIN: Final = Spread(0.7, 3.0, 0.12)
"""Of one resident who is well, from check to check (own choice, unsourced: below what a +-2 % oximeter scatters)."""

BETWEEN: Final = Spread(1.1, 7.5, 0.22)
"""Of the residents of a home, one check each (own choice, unsourced)."""


@lru_cache(256)
def most_likely(spread: float) -> float:
    """The probability of the likeliest of the values that scatter so, in steps.

    >>> round(most_likely(1.0), 3)
    0.383
    """
    return erf(0.5 / (spread * sqrt(2)))


@lru_cache(256)
def agreement(spread: float) -> float:
    """The greatest probability that two values are the same: the sum of the squares.

    >>> round(agreement(1.0), 3)
    0.271
    """
    reach = int(8 * spread) + 2
    edges = [erf((step - 0.5) / (spread * sqrt(2))) for step in range(-reach, reach + 2)]
    return sum(((above - below) / 2) ** 2 for below, above in pairwise(edges))


def product(of: tuple[float, ...]) -> float:
    """All of them happen; vital signs of a check are independent of one another."""
    found = 1.0
    for one in of:
        found *= one
    return found


def binomial_tail(number: int, least: int, probability: float) -> float:
    """The probability that at least `least` of `number` happen.

    >>> round(binomial_tail(10, 8, 0.5), 4)
    0.0547
    """
    if least <= 0:
        return 1.0
    if probability <= 0.0 or least > number:
        return 0.0
    if probability >= 1.0:
        return 1.0
    whole, yes, no = lgamma(number + 1), log(probability), log1p(-probability)
    return min(
        1.0,
        sum(
            exp(whole - lgamma(k + 1) - lgamma(number - k + 1) + k * yes + (number - k) * no)
            for k in range(least, number + 1)
        ),
    )


def poisson_tail(mean: float, least: int) -> float:
    """The probability that something expected `mean` times happens at least `least` times.

    >>> round(poisson_tail(4.0, 10), 4)
    0.0081
    """
    if least <= 0:
        return 1.0
    if mean <= 0.0:
        return 0.0
    found, k, term = 0.0, least, 1.0
    while k <= mean or term > found * 1e-12:
        term = exp(k * log(mean) - mean - lgamma(k + 1))
        found, k = found + term, k + 1
    return min(1.0, found)


def clustering(spread: float, digits: int = 10) -> float:
    """How much the last digits of one resident's pulses hang together: the share of their variance between residents.

    The usual pulses lie anywhere in the ten; around each the values scatter by `spread`.

    >>> clustering(3.0) < 0.01 < clustering(2.0)
    True
    """
    even = 1 / digits
    wave = 2 * even * exp(-2 * (pi * spread / digits) ** 2)
    return wave**2 / 2 / (even * (1 - even))


def a_week_in(centuries: int) -> float:
    """What one rule may find by chance in one facility's week, for one false finding in so many centuries."""
    return 1 / (100 * centuries * WEEKS_A_YEAR)


def one_in(chance: float) -> str:
    """The N of "less often than one week in N", to one digit, rounded down.

    >>> one_in(3.1e-7), one_in(0.0)
    ('3,000,000', '1,000,000,000,000')
    """
    weeks = min(1e12, inf if chance <= 0 else 1 / chance)
    digits = 10 ** floor(log10(weeks) + 1e-9)
    return f"{int(weeks / digits + 1e-9) * digits:,}"
