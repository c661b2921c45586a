"""The wire contract: one Struct per event type, the single source of schemas and documents.

A value on the wire is JSON. Unknown fields are ignored; an unknown `type` or
enum value is *not yet understood*: kept, and read again after an upgrade.
Numbers with one decimal are decoded as floats and checked to be exactly that
decimal, so 38.0 and 38.1 never blur.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from detectors.observations import Consciousness, Presence, Site, SoftSign, Symptom, VisitKind, VisitOutcome
from detectors.referral import StepKind
from ingest.identity import UUID_PATTERN

Code = Annotated[str, Meta(min_length=1, max_length=64)]
Note = Annotated[str, Meta(max_length=2_000)]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339 with offset, to the millisecond")]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]

Vital = Literal[
    "spo2_percent",
    "pulse_per_min",
    "respirations_per_min",
    "temperature_celsius",
    "blood_pressure",
    "consciousness",
]
DeviceStatus = Literal[
    # PLX measurement status
    "ongoing",
    "early_estimate",
    "validated",
    "fully_qualified",
    "from_storage",
    "demonstration",
    "testing",
    "calibration",
    "unavailable",
    "questionable",
    "invalid",
    # PLX device and sensor status
    "extended_display_update",
    "equipment_malfunction",
    "signal_irregularity",
    "inadequate_signal",
    "poor_signal",
    "low_perfusion",
    "erratic_signal",
    "non_pulsatile",
    "questionable_pulse",
    "analysis_ongoing",
    "interference",
    "unconnected_to_user",
    "unknown_sensor",
    "sensor_displaced",
    "sensor_malfunctioning",
    "sensor_disconnected",
    "clock_not_set",
]
NotMeasured = Literal["refused", "asleep", "no_signal", "device_missing"]


_UUID: Final = {"format": "uuid", "pattern": rf"^{UUID_PATTERN}$"}  # looked at by identity.py, with its own sentence


class Event(Struct, frozen=True, kw_only=True, gc=False, tag_field="type", omit_defaults=True):
    """What every event may carry. `event_id` and `received_at` are stamped by the gateway."""

    facility: Code
    observed_at: Moment
    event_id: (
        Annotated[str, Meta(description="UUID; absent: derived from the event as sent", extra_json_schema=_UUID)] | None
    ) = None
    resident: Code | None = None
    staff: Code | None = None
    unit: Code | None = None
    device: Code | None = None
    reporter: Code | None = None
    sent_at: Moment | None = None
    received_at: Moment | None = None


class Reading(Event, frozen=True, kw_only=True, tag="reading"):
    """One measurement with at least one vital sign.

    Beyond the limits of domain.md 1.10 it is refused as a slip. Two values that
    could be a dying person's, or a device's word for "no signal", are taken and
    looked at by quality.py: every SpO2 that fits its column, and every low pulse.
    """

    spo2_percent: Annotated[float, Meta(ge=-1_000, le=3_000, description="at most one decimal")] | None = None
    pulse_per_min: Annotated[int, Meta(ge=0, le=300)] | None = None
    respirations_per_min: Annotated[int, Meta(ge=4, le=70)] | None = None
    temperature_celsius: Annotated[float, Meta(ge=30, le=43, description="at most one decimal")] | None = None
    temperature_site: Site | None = None
    systolic_mmhg: Annotated[int, Meta(ge=30, le=300)] | None = None
    diastolic_mmhg: Annotated[int, Meta(ge=10, le=200)] | None = None
    consciousness: Consciousness | None = None
    on_oxygen: bool | None = None
    oxygen_l_per_min: Annotated[float, Meta(ge=0, le=100, description="at most one decimal")] | None = None
    activity: Literal["rest", "after_slight_activity"] | None = None
    rest_minutes: Annotated[int, Meta(ge=0, le=1_440)] | None = None
    perfusion_index_percent: Annotated[float, Meta(ge=0, le=100, description="at most two decimals")] | None = None
    device_status: tuple[DeviceStatus, ...] = ()
    source: Literal["device", "manual", "paper"] | None = None
    mode: Literal["spot", "continuous"] | None = None


class TestResult(Event, frozen=True, kw_only=True, tag="test_result"):
    """A test; `observed_at` is when the specimen was taken."""

    test: Literal["antigen", "pcr"]
    result: Literal["positive", "negative", "invalid", "undetermined"]
    pathogen: Code = "sars-cov-2"
    specimen: Code | None = None
    reported_at: Moment | None = None


class CheckIn(Event, frozen=True, kw_only=True, tag="check_in"):
    """Somebody looked after the resident. Nothing to report is an empty list, not a missing field."""

    presence: Presence
    slot: Literal["morning", "noon", "evening"] | None = None
    leave_until: Moment | None = None
    symptoms: tuple[Symptom, ...] | None = None
    soft_signs: tuple[SoftSign, ...] | None = None
    not_measured: dict[Vital, NotMeasured] = {}
    note: Note | None = None


class Corrected(Struct, frozen=True):
    """The original: its id and the time it was observed at."""

    event_id: Annotated[str, Meta(extra_json_schema=_UUID)]
    observed_at: Moment


class Correction(Event, frozen=True, kw_only=True, tag="correction"):
    """Takes an event back or replaces it; the original stays, marked."""

    corrects: Corrected
    action: Literal["entered_in_error", "replaced_by", "stands"]
    reason: Literal["wrong_resident", "typing", "device"] | None = None
    replacement: Reading | TestResult | CheckIn | None = None


class DeviceBinding(Event, frozen=True, kw_only=True, tag="device_binding"):
    """A shared device measures this resident for a time."""

    valid_from: Moment
    valid_to: Moment | None = None


class Medicine(Struct, frozen=True):
    """Days of stock; absent is unknown, never zero."""

    antiviral: Count | None = None
    antipyretic: Count | None = None


class Difficulty(Struct, frozen=True):
    """Something the facility cannot solve alone."""

    id: Code
    kind: Code
    text: Note
    state: Code


class FacilityReport(Event, frozen=True, kw_only=True, tag="facility_report"):
    """The state of a facility on a day. Absent counts are blank, never zero."""

    day: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    residents: Count | None = None
    staff_on_duty: Count | None = None
    beds: Count | None = None
    oximeters_working: Count | None = None
    oxygen_devices_working: Count | None = None
    medicine: Medicine | None = None
    operating: Literal["open", "restricted", "closed"] | None = None
    visitors: Count | None = None
    visitors_turned_away: Count | None = None
    difficulties: tuple[Difficulty, ...] | None = None
    nothing_to_report: bool | None = None


class ReferralStep(Event, frozen=True, kw_only=True, tag="referral_step"):
    """One step of a referral, from suggestion to outcome."""

    referral: Code
    step: StepKind
    hospital: Code | None = None
    actor: Code | None = None
    alert: Code | None = None
    reason: Note | None = None
    bed: Code | None = None
    transport: Code | None = None


class Visit(Event, frozen=True, kw_only=True, tag="visit"):
    """Somebody went and looked."""

    kind: VisitKind
    outcome: VisitOutcome
    by: Code
    person: Code | None = None
    findings: Note | None = None


AnyEvent = Reading | TestResult | CheckIn | Correction | DeviceBinding | FacilityReport | ReferralStep | Visit
"""Every type of the contract."""

EVENT_TYPES: tuple[type[Event], ...] = (
    Reading,
    TestResult,
    CheckIn,
    Correction,
    DeviceBinding,
    FacilityReport,
    ReferralStep,
    Visit,
)
