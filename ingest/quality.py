"""How far a reading can be trusted, and whether it came in time (contract.md, Events)."""

from __future__ import annotations

from typing import Final

from detectors import observations
from detectors.corrections import AHEAD, is_in_time
from detectors.observations import QUARANTINED, Binding, Correction, Doubt, Element
from detectors.times import DAY, LATE_HORIZON, MINUTE, Millis
from ingest.events import Reading
from store.rows import Fate

RETENTION: Final[Millis] = 2 * 365 * DAY
"""Raw observations are kept this long (design.md 9)."""

_STORED: Final = Fate.stored  # a member is slow to find in its enumeration

SKEW_LIMIT: Final[Millis] = 2 * MINUTE
"""A sender's clock further off is flagged, never corrected silently."""

_OF_STATUS: Final[dict[str, Doubt]] = {
    # Domain.md 4.2: demonstration and test never raise a clinical alert by themselves.
    "demonstration": Doubt.DEMO,
    "testing": Doubt.DEMO,
    "unavailable": Doubt.INVALID_DEVICE,
    "invalid": Doubt.INVALID_DEVICE,
    "equipment_malfunction": Doubt.INVALID_DEVICE,
    "unconnected_to_user": Doubt.INVALID_DEVICE,
    "sensor_displaced": Doubt.INVALID_DEVICE,
    "sensor_malfunctioning": Doubt.INVALID_DEVICE,
    "sensor_disconnected": Doubt.INVALID_DEVICE,
    "inadequate_signal": Doubt.WEAK_SIGNAL,
    "poor_signal": Doubt.WEAK_SIGNAL,
    "signal_irregularity": Doubt.WEAK_SIGNAL,
    "low_perfusion": Doubt.LOW_PERFUSION,
    "non_pulsatile": Doubt.NON_PULSATILE,
}

VERY_LOW_SPO2_TENTHS: Final = 700  # accuracy is claimed for 70-100 % only (domain.md 1.10)
IMPOSSIBLE_SPO2_TENTHS: Final = (350, 1_000)
VERY_LOW_PULSE: Final = 20
LOW_PERFUSION_PERCENT: Final = 0.3


def doubts_of(reading: Reading, spo2_tenths: int | None) -> int:
    """The bits of Doubt for one reading; 0 for most."""
    doubt = 0
    if spo2_tenths is not None and not VERY_LOW_SPO2_TENTHS <= spo2_tenths <= IMPOSSIBLE_SPO2_TENTHS[1]:
        is_real = IMPOSSIBLE_SPO2_TENTHS[0] <= spo2_tenths <= IMPOSSIBLE_SPO2_TENTHS[1]
        doubt = Doubt.SPO2_VERY_LOW if is_real else Doubt.IMPOSSIBLE
    if reading.pulse_per_min is not None and reading.pulse_per_min < VERY_LOW_PULSE:
        doubt |= Doubt.PULSE_VERY_LOW
    if reading.perfusion_index_percent is not None and reading.perfusion_index_percent < LOW_PERFUSION_PERCENT:
        doubt |= Doubt.LOW_PERFUSION
    for status in reading.device_status:
        doubt |= _OF_STATUS.get(status, 0)
    return int(doubt)


def fate_of(
    element: Element | Correction | Binding | None, observed_at: Millis, received_at: Millis, doubt: int
) -> Fate:
    """What becomes of an event by its times and doubts."""
    if not doubt and type(element) is observations.Reading and 0 <= received_at - observed_at <= LATE_HORIZON:
        return _STORED  # nearly all
    if observed_at - received_at > AHEAD or received_at - observed_at > RETENTION:
        return Fate.out_of_window
    if element is not None and not is_in_time(element, received_at):
        return Fate.late
    if doubt & QUARANTINED:
        return Fate.quarantined
    return Fate.held if doubt else Fate.stored
