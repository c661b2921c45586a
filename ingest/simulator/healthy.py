"""A month of people who are well: everything that goes wrong is the measuring.

Own usual values and a body's clock, oximeters that are off by up to two
points each and noisy on top, cold fingers, digits typed in the wrong order.
A connected oximeter says itself that a finger is cold; where values are written
down and typed nobody says so, and the value is too low. Elements as the engine
takes them, for false alarms by the rule.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, structs

from detectors.observations import CheckIn, Doubt, Element, Reading, SoftSign
from detectors.times import DAY, MINUTE, SECOND, Millis
from ingest.quality import VERY_LOW_PULSE, VERY_LOW_SPO2_TENTHS
from ingest.simulator.county import Home, Person
from ingest.simulator.life import COLD_FINGER, OXIMETER_ERROR, REFUSED, REPEATED, ROUNDS, SLIP, evening

DEVICES: Final = 4  # oximeters of a home
COUNTED: Final = 0.25  # of the mornings somebody counts breaths and takes a blood pressure
OFTEN: Final[tuple[SoftSign, ...]] = ("more_tired", "eating_less", "unsteady")
SIGN: Final = 0.004  # of the check-ins tick a soft sign of a bad day that passes
STEEP: Final = 80  # tenths: the page asks for a repeat of such a fall
LOW: Final = 930  # tenths: and of a value at or below this


class Measuring(Struct, frozen=True):
    """How a home measures. All rates are unsourced: what they do to the budget is in docs/false-alarms.md."""

    repeats_low: float = REPEATED  # of the low values are measured again within minutes
    repeats_doubtful: float = 0.95  # of the doubtful ones, for which the page asks at once
    cold_finger: float = COLD_FINGER  # of the readings
    cold_points: float = 5  # at most so much too low reads an oximeter that does not say so
    another: float = 0.75  # of the repeats are made with another oximeter, as the page asks
    slip: float = SLIP  # of the readings that are typed
    typed: float = 0.5  # of the homes write the values down and type them
    device_bias: float = 0.5  # points, of each oximeter; with the noise 95 % of the readings are within 2 points
    noise: float = OXIMETER_ERROR


def life(
    home: Home, person: Person, first: Millis, days: int, seed: int, measuring: Measuring | None = None
) -> Iterator[Element]:
    """The checks of one resident who is well, in order."""
    return _Life(home, person, seed, measuring or Measuring()).checks(first, days)


class _Life:
    """One resident, and the oximeters of the home."""

    def __init__(self, home: Home, person: Person, seed: int, measuring: Measuring) -> None:
        self._person, self._measuring = person, measuring
        of_home = random.Random(f"{seed}/{home.code}")  # noqa: S311  # a simulation
        self._bias = [of_home.gauss(0, measuring.device_bias) for _ in range(DEVICES)]
        self._is_typed = of_home.random() < measuring.typed
        self._rng = random.Random(f"{seed}/{home.code}/{person.code}")  # noqa: S311

    def checks(self, first: Millis, days: int) -> Iterator[Element]:
        rng, before = self._rng, 0
        for day in range(days):
            for begins, slot in ROUNDS:
                if rng.random() < REFUSED:
                    continue
                at = first + day * DAY + begins + rng.randint(0, 90) * MINUTE
                bias = rng.choice(self._bias)
                shown = self._reading(at, bias, slot == "morning", is_cold=rng.random() < self._measuring.cold_finger)
                if self._is_typed and rng.random() < self._measuring.slip:
                    shown = _typed(shown, rng)
                yield shown
                if self._is_repeated(shown, before):  # with another finger, or a warm one
                    if rng.random() < self._measuring.another:
                        bias = rng.choice([one for one in self._bias if one != bias])
                    shown = self._reading(at + rng.randint(60, 180) * SECOND, bias, is_whole=False, is_cold=False)
                    yield shown
                before = shown.spo2_tenths or 0
                signs = (rng.choice(OFTEN),) if rng.random() < SIGN else ()
                yield CheckIn(at + 5 * MINUTE, f"c{at}", "in", (), signs)

    def _reading(self, at: Millis, bias: float, is_whole: bool, is_cold: bool) -> Reading:
        person, rng = self._person, self._rng
        spo2 = person.usual_spo2 + bias + rng.gauss(0, self._measuring.noise)
        temperature = person.usual_temperature + person.evening_rise * evening(at) + rng.gauss(0, 0.12)
        if is_cold and self._is_typed:
            spo2 -= rng.uniform(0, self._measuring.cold_points)
        reading = Reading(
            at,
            f"r{at}",
            10 * min(100, round(spo2)),
            round(rng.gauss(person.usual_pulse, 4)),
            temperature_tenths=round(temperature * 10),
            on_oxygen=False,
            doubt=int(Doubt.LOW_PERFUSION) if is_cold and not self._is_typed else 0,
        )
        if is_whole and rng.random() < COUNTED:
            return structs.replace(
                reading,
                respirations_per_min=max(12, round(rng.gauss(16.5, 1.5))),
                systolic_mmhg=round(rng.gauss(136, 12)),
                consciousness="A",
            )
        return reading

    def _is_repeated(self, reading: Reading, before: int) -> bool:
        spo2 = reading.spo2_tenths or 0
        if reading.doubt or before - spo2 >= STEEP:
            return self._rng.random() < self._measuring.repeats_doubtful
        return spo2 <= LOW and self._rng.random() < self._measuring.repeats_low


def _typed(reading: Reading, rng: random.Random) -> Reading:
    """Two digits of one value in the wrong order, as far as the contract takes them."""
    vital = rng.choice([one for one in _SWAPPED if getattr(reading, one) is not None])
    value = getattr(reading, vital)
    swapped = _SWAPPED[vital](value)
    low, high = _TAKEN[vital]
    return _held(structs.replace(reading, **{vital: swapped})) if low <= swapped <= high else reading


def _held(reading: Reading) -> Reading:
    """As the gateway marks what can hardly be (contract.md: held)."""
    doubt = reading.doubt
    if reading.spo2_tenths is not None and reading.spo2_tenths < VERY_LOW_SPO2_TENTHS:
        doubt |= Doubt.SPO2_VERY_LOW
    if reading.pulse_per_min is not None and reading.pulse_per_min < VERY_LOW_PULSE:
        doubt |= Doubt.PULSE_VERY_LOW
    return structs.replace(reading, doubt=int(doubt))


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
