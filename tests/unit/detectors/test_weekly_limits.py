"""The least numbers that docs/decisions/0105 states, computed from the model as it is shipped."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

from detectors.weekly.chance import a_week_in, agreement, binomial_tail, clustering, most_likely, poisson_tail, product
from detectors.weekly.copies import LENGTH, CopiedReadings
from detectors.weekly.device_values import DeviceValues
from detectors.weekly.hospital import MeasuredInHospital
from detectors.weekly.repeats import ConstantVital, RepeatedTriples
from detectors.weekly.shared import DigitExcess, SharedValues
from detectors.weekly.speed import TooManyAtOnce
from streams.catalogue import national

Kind = TypeVar("Kind")
HOMES = (10, 54, 200)
PAGE = Path(__file__).parents[3] / "docs" / "decisions" / "0105-weeks-are-judged-apart-and-by-chance.md"


def shipped(kind: type[Kind]) -> Kind:
    return next(rule.detector for rule in national().rules if isinstance(rule.detector, kind))


def least(chance: Callable[[int], float], begins: int = 1) -> int:
    limit = a_week_in(10)
    return next(n for n in count(begins) if chance(n) <= limit)


def checks_in_a_row(residents: int) -> int:
    rule = shipped(RepeatedTriples)
    return least(lambda n: 2 * 14 * residents * rule.of(n), rule.least_checks)


def constant(residents: int, index: int) -> int:
    """Checks of one resident with one value, all others moving."""
    rule = shipped(ConstantVital)
    likely = (most_likely(rule.within.steps[index]),)
    paced = (most_likely(rule.paced_pulse_per_min),) if index == 1 else likely
    return least(lambda n: 3 * 2 * residents * rule.expected(n, likely, paced), rule.least_checks)


def alike(residents: int) -> int:
    rule = shipped(SharedValues)
    likeliest = product(tuple(most_likely(one) for one in rule.between.steps))
    in_a_day = 1 - (1 - likeliest) ** 2
    least_share = -(-3 * residents // 10)
    return least(lambda n: 7 * binomial_tail(residents, n, in_a_day) / likeliest, least_share)


def digits(residents: int) -> int:
    """Of the week's pulses, half of them of the digit's kind."""
    rule, readings = shipped(DigitExcess), 14 * residents
    weight = 1 + 13 * clustering(rule.pulse_spread_per_min / 2, 5)
    enough = int(-(-readings * rule.least_share // 1))
    return least(lambda n: 10 * binomial_tail(int(readings / 2 / weight), int(n / weight), 1 / 5), enough)


def at_once(residents: int) -> int:
    rule = shipped(TooManyAtOnce)
    mean = rule.shared_by * rule.within_seconds / rule.seconds_each
    return least(lambda n: 14 * residents * poisson_tail(mean, n - 1), rule.more_than_residents + 1)


def in_hospital(stays: int) -> int:
    rule = shipped(MeasuredInHospital)
    return least(lambda n: stays * rule.forgotten**n, rule.least_checks)


def device(residents: int) -> int:
    rule = shipped(DeviceValues)
    same = agreement(rule.spo2_spread_percent) * agreement(rule.paced_pulse_per_min)
    return least(lambda n: 2 * 14 * residents * same ** (n - 1), rule.least_readings)


def test_the_page_states_the_least_numbers_that_the_model_gives() -> None:
    rows = {
        "D27": [checks_in_a_row(n) for n in HOMES],
        "D27b, oxygen": [constant(n, 0) for n in HOMES],
        "D27b, pulse": [constant(n, 1) for n in HOMES],
        "D27b, temperature": [constant(n, 2) for n in HOMES],
        "D27c": [alike(n) for n in HOMES],
        "D27d": [digits(n) for n in HOMES],
        "D27e": [at_once(n) for n in HOMES],
        "D27g": [CopiedReadings().least_length(14 * n) for n in HOMES],
        "D26b": [device(n) for n in HOMES],
    }
    page = PAGE.read_text("utf-8")
    for name, numbers in rows.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| {name} "))
        assert [cell.strip() for cell in line.split("|")[3:6]] == [str(n) for n in numbers], name
    assert max(rows["D27g"]) <= LENGTH
    assert [in_hospital(n) for n in (1, 2, 3, 100)] == [3, 3, 4, 4], "as the page says"


@pytest.mark.parametrize(("number", "least_", "probability"), [(20, 15, 0.3), (54, 17, 0.0067), (700, 40, 0.04)])
def test_tails_agree_with_a_reference(number: int, least_: int, probability: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    assert binomial_tail(number, least_, probability) == pytest.approx(stats.binom.sf(least_ - 1, number, probability))
    mean = number * probability
    assert poisson_tail(mean, least_) == pytest.approx(stats.poisson.sf(least_ - 1, mean))
