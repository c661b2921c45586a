"""NEWS2, the National Early Warning Score 2 (Royal College of Physicians, 2017).

Seven parameters score 0 to 3 each; the table is a published fact
(domain.md 1.1). A missing parameter makes the score partial: it then has a
lowest and a highest possible total, and is never shown as a complete one.
Bands use the displayed value, so SpO2 is first rounded half up to a whole
percent (contract.md).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, Literal

from msgspec import Struct

from detectors.observations import Consciousness, Reading

Scale = Literal[1, 2]
BandName = Literal["low", "low-medium", "medium", "high"]

PARAMETERS: Final = (
    "respirations_per_min",
    "spo2_percent",
    "on_oxygen",
    "systolic_mmhg",
    "pulse_per_min",
    "consciousness",
    "temperature_celsius",
)

_Steps = tuple[tuple[int, ...], tuple[int, ...]]
"""(greatest values, ascending; the score up to each, and above the last)"""

_RESPIRATIONS: Final[_Steps] = ((8, 11, 20, 24), (3, 1, 0, 2, 3))
_SYSTOLIC: Final[_Steps] = ((90, 100, 110, 219), (3, 2, 1, 0, 3))
_PULSE: Final[_Steps] = ((40, 50, 90, 110, 130), (3, 1, 0, 1, 2, 3))
_TEMPERATURE_TENTHS: Final[_Steps] = ((350, 360, 380, 390), (3, 1, 0, 1, 2))
_SPO2_SCALE_1: Final[_Steps] = ((91, 93, 95), (3, 2, 1, 0))
_SPO2_SCALE_2_AIR: Final[_Steps] = ((83, 85, 87), (3, 2, 1, 0))
_SPO2_SCALE_2_OXYGEN: Final[_Steps] = ((83, 85, 87, 92, 94, 96), (3, 2, 1, 0, 1, 2, 3))


class Vitals(Struct, frozen=True, gc=False):
    """One set of the seven parameters; None is not measured. SpO2 and temperature in tenths."""

    respirations_per_min: int | None = None
    spo2_tenths: int | None = None
    on_oxygen: bool | None = None
    systolic_mmhg: int | None = None
    pulse_per_min: int | None = None
    consciousness: Consciousness | None = None
    temperature_tenths: int | None = None


class Score(Struct, frozen=True):
    """A NEWS2: `total` and `band` only when complete, `lowest` and `highest` always (0..20)."""

    scores: dict[str, int | None]
    lowest: int
    highest: int

    @property
    def is_complete(self) -> bool:
        """All seven parameters are known."""
        return None not in self.scores.values()

    @property
    def total(self) -> int | None:
        """The score, when complete."""
        return self.lowest if self.is_complete else None

    @property
    def has_single_three(self) -> bool:
        """One parameter alone scores 3."""
        return 3 in self.scores.values()

    @property
    def band(self) -> BandName | None:
        """The clinical-risk band, when complete (contract.md: NEWS2 bands)."""
        if not self.is_complete:
            return None
        if self.lowest >= 7:
            return "high"
        if self.lowest >= 5:
            return "medium"
        return "low-medium" if self.has_single_three else "low"


def score(vitals: Vitals, scale: Scale = 1) -> Score:
    """The score of one set.

    >>> full = Vitals(16, 960, False, 120, 72, "A", 380)
    >>> score(full).total, score(full).band
    (0, 'low')
    >>> partial = score(Vitals(respirations_per_min=25, spo2_tenths=910))
    >>> partial.total, partial.lowest, partial.highest
    (None, 6, 17)
    """
    known: dict[str, int | None] = {
        "respirations_per_min": _step(_RESPIRATIONS, vitals.respirations_per_min),
        "spo2_percent": _spo2(vitals.spo2_tenths, vitals.on_oxygen, scale),
        "on_oxygen": None if vitals.on_oxygen is None else 2 * vitals.on_oxygen,
        "systolic_mmhg": _step(_SYSTOLIC, vitals.systolic_mmhg),
        "pulse_per_min": _step(_PULSE, vitals.pulse_per_min),
        "consciousness": None if vitals.consciousness is None else 3 * (vitals.consciousness != "A"),
        "temperature_celsius": _step(_TEMPERATURE_TENTHS, vitals.temperature_tenths),
    }
    if None not in known.values():
        total = sum(known.values())  # type: ignore[arg-type]  # none is None
        return Score(known, total, total)
    low, high = _oxygen_bounds(vitals, scale)
    for name in ("respirations_per_min", "systolic_mmhg", "pulse_per_min", "consciousness", "temperature_celsius"):
        value = known[name]
        low += value or 0
        high += 3 if value is None else value
    return Score(known, low, high)


def vitals_of(reading: Reading) -> Vitals:
    """The parameters that one reading measured."""
    return Vitals(
        reading.respirations_per_min,
        reading.spo2_tenths,
        reading.on_oxygen,
        reading.systolic_mmhg,
        reading.pulse_per_min,
        reading.consciousness,
        reading.temperature_tenths,
    )


def total_of(reading: Reading) -> int | None:
    """The score of one reading on scale 1; None: it is not a complete set.

    >>> total_of(Reading(0, "a", 910, 95, 16, 366, None, 120, "A", False))
    4
    """
    spo2, pulse, breaths = reading.spo2_tenths, reading.pulse_per_min, reading.respirations_per_min
    temperature, systolic, on_oxygen = reading.temperature_tenths, reading.systolic_mmhg, reading.on_oxygen
    if systolic is None or breaths is None or temperature is None or spo2 is None or pulse is None:
        return None
    if on_oxygen is None or reading.consciousness is None:
        return None
    return total(spo2, pulse, breaths, temperature, systolic, on_oxygen, reading.consciousness == "A")


def total(spo2: int, pulse: int, breaths: int, temperature: int, systolic: int, on_oxygen: bool, is_alert: bool) -> int:
    """The score of a complete set on scale 1; SpO2 and temperature in tenths."""
    # As `_step` has it, without five calls: every complete set of a day is scored.
    return (
        _RESPIRATIONS[1][bisect_left(_RESPIRATIONS[0], breaths)]
        + _SPO2_SCALE_1[1][bisect_left(_SPO2_SCALE_1[0], (spo2 + 5) // 10)]
        + (2 if on_oxygen else 0)
        + _SYSTOLIC[1][bisect_left(_SYSTOLIC[0], systolic)]
        + _PULSE[1][bisect_left(_PULSE[0], pulse)]
        + (0 if is_alert else 3)
        + _TEMPERATURE_TENTHS[1][bisect_left(_TEMPERATURE_TENTHS[0], temperature)]
    )


def _step(steps: _Steps, value: int | None) -> int | None:
    return None if value is None else steps[1][bisect_left(steps[0], value)]


def _spo2(tenths: int | None, on_oxygen: bool | None, scale: Scale) -> int | None:
    """The score of SpO2, None where it cannot be told (scale 2 above 92 % needs to know about oxygen)."""
    if tenths is None:
        return None
    percent = (tenths + 5) // 10
    if scale == 1:
        return _step(_SPO2_SCALE_1, percent)
    air, oxygen = _step(_SPO2_SCALE_2_AIR, percent), _step(_SPO2_SCALE_2_OXYGEN, percent)
    if on_oxygen is None:
        return air if air == oxygen else None
    return oxygen if on_oxygen else air


def _oxygen_bounds(vitals: Vitals, scale: Scale) -> tuple[int, int]:
    """Least and greatest of (SpO2 + oxygen), which depend on each other on scale 2."""
    lows, highs = [], []
    for on_oxygen in (False, True) if vitals.on_oxygen is None else (vitals.on_oxygen,):
        value = _spo2(vitals.spo2_tenths, on_oxygen, scale)
        lows.append(2 * on_oxygen + (value or 0))
        highs.append(2 * on_oxygen + (3 if value is None else value))
    return min(lows), max(highs)
