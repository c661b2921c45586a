"""What a facility wrote down, as the rules about its weeks take it."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from detectors.observations import CheckIn, Correction, Doubt, Reading, TestResult
from detectors.weekly.engine import Heard, Said, WeekEngine
from detectors.weekly.week import Check, Source
from sizao.recordings import Registry
from store.rows import EventType, ObservationRow


class _Rest(Struct, frozen=True):
    source: Source | None = None
    staff_on_duty: int | None = None


_read_rest: Final = msgspec.json.Decoder(_Rest).decode


def hear(weeks: WeekEngine, registry: Registry, row: ObservationRow) -> None:
    """The row is part of its facility's weeks, if they look at such rows; received is observed."""
    event = row.element
    if isinstance(event, Correction):
        original = event.corrects_at, event.corrects
        weeks.correct(row.facility, original, event.at, event.id, event.action != "stands")
        return
    said = _said(row, registry)
    if said is not None:
        who = row.resident or row.staff or ""
        rank = row.received_at or row.observed_at, row.content
        weeks.hear(row.facility, Heard(row.observed_at, row.event_id, who, said, rank))


def _said(row: ObservationRow, registry: Registry) -> Said | None:
    event, rest = row.element, _read_rest(row.rest or b"{}")
    if isinstance(event, Reading) and row.resident is not None:
        return _check(row, event, row.resident, rest, registry)
    if isinstance(event, CheckIn) and row.resident is not None:
        return event.presence
    if isinstance(event, TestResult) and row.staff is not None and row.resident is None:
        return event
    if row.type is EventType.facility_report:
        return rest.staff_on_duty
    return None


def _check(row: ObservationRow, reading: Reading, resident: str, rest: _Rest, registry: Registry) -> Check | None:
    if reading.continuous or reading.is_quarantined:
        return None
    return Check(
        reading.at,
        reading.id,
        resident,
        registry.profiles_of_place(row.facility)[0].day_of(reading.at),
        reading.spo2_tenths,
        reading.pulse_per_min,
        reading.temperature_tenths,
        row.device,
        row.reporter,
        rest.source,
        row.received_at or None,
        bool(reading.doubt & Doubt.LOW_PERFUSION),
    )
