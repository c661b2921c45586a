"""The limits of a rule, to be drawn into a resident's curve."""

from __future__ import annotations

from msgspec import Struct

from detectors.detector import Detector
from detectors.fever import RepeatedFever, SingleFever
from detectors.oxygen import CriticalHypoxia, RestingHypoxia
from detectors.profile import Profile


class Limits(Struct, frozen=True):
    """Where the rule begins to look; None: it has no such limit."""

    spo2_percent: float | None = None
    temperature_celsius: float | None = None


def limits_of(detector: Detector, profile: Profile) -> Limits:
    """Of this resident: scale, altitude and the usual measuring site count."""
    match detector:
        case RestingHypoxia() | CriticalHypoxia():
            return Limits(spo2_percent=detector.limit(profile) / 10)
        case SingleFever() | RepeatedFever():
            return Limits(temperature_celsius=detector.limits_celsius.of(profile.temperature_site) / 10)
        case _:
            return Limits()
