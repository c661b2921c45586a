"""A month of people who are well: everything that goes wrong is the measuring.

Own usual values and a body's clock, oximeters that are off by up to two
points each and noisy on top, cold fingers, digits typed in the wrong order.
Elements as the engine takes them, for false alarms by the rule.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from msgspec import structs

from detectors.observations import CheckIn, Doubt, Element, Reading, SoftSign
from detectors.times import DAY, MINUTE, SECOND, Millis
from ingest.simulator.county import Home, Person
from ingest.simulator.life import COLD_FINGER, OXIMETER_ERROR, REFUSED, REPEATED, ROUNDS, SLIP, evening

DEVICES: Final = 4  # oximeters of a home
DEVICE_BIAS: Final = 0.7  # points; with the noise about two thirds within 1.2 and nearly all within 2 (ISO 80601-2-61)
TYPED: Final = 0.5  # of the homes write the values down and type them
COUNTED: Final = 0.25  # of the mornings somebody counts breaths and takes a blood pressure
REPEATED_AT_ONCE: Final = 0.95  # the page asks for a repeat of a doubtful value; unsourced, as REPEATED is
OFTEN: Final[tuple[SoftSign, ...]] = ("more_tired", "eating_less", "unsteady")
SIGN: Final = 0.004  # of the check-ins tick a soft sign of a bad day that passes


def life(home: Home, person: Person, first: Millis, days: int, seed: int) -> Iterator[Element]:
    """The checks of one resident who is well, in order."""
    of_home = random.Random(f"{seed}/{home.code}")  # noqa: S311  # a simulation
    bias = [of_home.gauss(0, DEVICE_BIAS) for _ in range(DEVICES)]
    is_typed = of_home.random() < TYPED
    rng = random.Random(f"{seed}/{home.code}/{person.code}")  # noqa: S311
    for day in range(days):
        for begins, slot in ROUNDS:
            if rng.random() < REFUSED:
                continue
            at = first + day * DAY + begins + rng.randint(0, 90) * MINUTE
            reading = _reading(person, at, rng, bias, slot == "morning")
            shown = _typed(reading, rng) if is_typed and rng.random() < SLIP else reading
            yield shown
            if _is_repeated(shown, rng):
                again = _reading(person, at + rng.randint(60, 180) * SECOND, rng, bias, False)
                yield structs.replace(again, doubt=0)
            signs = (rng.choice(OFTEN),) if rng.random() < SIGN else ()
            yield CheckIn(at + 5 * MINUTE, f"c{at}", "in", (), signs)


def _reading(person: Person, at: Millis, rng: random.Random, bias: list[float], is_morning: bool) -> Reading:
    spo2 = person.usual_spo2 + rng.choice(bias) + rng.gauss(0, OXIMETER_ERROR)
    temperature = person.usual_temperature + person.evening_rise * evening(at) + rng.gauss(0, 0.12)
    reading = Reading(
        at,
        f"r{at}",
        10 * min(100, round(spo2)),
        round(rng.gauss(person.usual_pulse, 4)),
        temperature_tenths=round(temperature * 10),
        on_oxygen=False,
        doubt=int(Doubt.LOW_PERFUSION) if rng.random() < COLD_FINGER else 0,
    )
    if is_morning and rng.random() < COUNTED:
        return structs.replace(
            reading,
            respirations_per_min=max(12, round(rng.gauss(16.5, 1.5))),
            systolic_mmhg=round(rng.gauss(136, 12)),
            consciousness="A",
        )
    return reading


def _typed(reading: Reading, rng: random.Random) -> Reading:
    """Two digits of one value in the wrong order, as far as the contract takes them."""
    vital = rng.choice([one for one in _SWAPPED if getattr(reading, one) is not None])
    value = getattr(reading, vital)
    swapped = _SWAPPED[vital](value)
    low, high = _TAKEN[vital]
    return structs.replace(reading, **{vital: swapped}) if low <= swapped <= high else reading


def _last_two(value: int) -> int:
    return value // 100 * 100 + value % 10 * 10 + value // 10 % 10


_SWAPPED: Final = {
    "spo2_tenths": lambda tenths: tenths if tenths == 1_000 else 10 * _last_two(tenths // 10),
    "pulse_per_min": _last_two,
    "respirations_per_min": _last_two,
    "temperature_tenths": _last_two,  # 36.5 as 35.6
    "systolic_mmhg": _last_two,
}
_TAKEN: Final = {
    "spo2_tenths": (350, 1_000),
    "pulse_per_min": (0, 300),
    "respirations_per_min": (4, 70),
    "temperature_tenths": (300, 430),
    "systolic_mmhg": (30, 300),
}
"""Beyond these the contract refuses a reading as a slip."""


def _is_repeated(reading: Reading, rng: random.Random) -> bool:
    if reading.doubt:
        return rng.random() < REPEATED_AT_ONCE
    return reading.spo2_tenths is not None and reading.spo2_tenths <= 930 and rng.random() < REPEATED
