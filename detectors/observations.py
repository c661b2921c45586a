"""What was observed, as the engine sees it: the elements of a resident's timeline.

An element has a time and an id and nothing about its transport. Vitals are
whole numbers in the unit their name shows, because 38.0 must never become
37.99: SpO2 and temperature are tenths. `None` means not measured.
"""

from __future__ import annotations

from enum import IntFlag
from typing import Final, Literal

from msgspec import Struct

from detectors.times import Millis

Site = Literal["oral", "axillary", "ear", "forehead", "rectal"]
Consciousness = Literal["A", "C", "V", "P", "U"]
Presence = Literal["in", "hospital", "away", "on_leave", "discharged", "transferred", "died", "refused"]

Symptom = Literal[
    "fever",
    "cough",
    "dyspnoea",
    "sore_throat",
    "runny_nose",
    "muscle_pain",
    "fatigue",
    "diarrhoea",
    "vomiting",
    "loss_of_taste_or_smell",
    "chest_pain",
    "headache",
]
SoftSign = Literal[
    "more_tired",
    "withdrawn",
    "restless",
    "unsteady",
    "distressed",
    "new_confusion",
    "eating_less",
    "drinking_less",
    "falls",
    "other",
]
VisitKind = Literal["tier_followup", "care_visit"]
VisitOutcome = Literal["seen_ok", "seen_not_ok", "not_found", "refused"]


class Doubt(IntFlag):
    """Why a reading asks for a repeat although it is judged (held), or is not judged at all (quarantined)."""

    SPO2_VERY_LOW = 1  # SpO2 35-69: outside the range a device is accurate in (domain.md 1.10)
    PULSE_VERY_LOW = 2  # pulse < 20
    LOW_PERFUSION = 4  # perfusion index < 0.3, or the device says so
    WEAK_SIGNAL = 8  # inadequate, poor or irregular signal, says the device
    NON_PULSATILE = 16  # the device finds no pulse
    INVALID_DEVICE = 32  # quarantined: malfunction, unconnected, displaced, disconnected, measurement invalid
    IMPOSSIBLE = 64  # quarantined: SpO2 > 100 or < 35
    DEMO = 128  # quarantined: demonstration or test data; never a person's value


QUARANTINED: Final = int(Doubt.INVALID_DEVICE | Doubt.IMPOSSIBLE | Doubt.DEMO)
"""Kept and never judged (contract.md); all but demonstration data still ask for a repeat (domain.md 1.12.3)."""

DEMO: Final = int(Doubt.DEMO)
"""As a plain integer: the arithmetic of flags costs a microsecond a reading."""


class Reading(Struct, frozen=True, gc=False, tag="reading"):
    """One measurement of one resident with at least one vital sign."""

    at: Millis
    id: str  # canonical lower-case UUID; unique together with `at`
    spo2_tenths: int | None = None
    pulse_per_min: int | None = None
    respirations_per_min: int | None = None
    temperature_tenths: int | None = None
    temperature_site: Site | None = None  # None: not said; the profile's configured site is assumed
    systolic_mmhg: int | None = None
    consciousness: Consciousness | None = None
    on_oxygen: bool | None = None  # None: not said; oxygen rules assume room air, NEWS2 treats it as missing
    after_activity: bool = False  # True only when said; absent is at rest
    continuous: bool = False  # True only when said: a stream of one device, not a spot check
    doubt: int = 0  # bits of Doubt

    @property
    def is_at_rest_on_air(self) -> bool:
        """An oxygen saturation that the resting limits may judge."""
        return self.spo2_tenths is not None and not self.on_oxygen and not self.after_activity

    @property
    def is_complete(self) -> bool:
        """All seven parameters of NEWS2 were measured at once."""
        return (
            self.spo2_tenths is not None
            and self.pulse_per_min is not None
            and self.respirations_per_min is not None
            and self.temperature_tenths is not None
            and self.systolic_mmhg is not None
            and self.consciousness is not None
            and self.on_oxygen is not None
        )

    @property
    def is_quarantined(self) -> bool:
        """Kept, never judged."""
        return bool(self.doubt & QUARANTINED)


class CheckIn(Struct, frozen=True, gc=False, tag="check_in"):
    """Somebody looked after the resident and said where they are, and how."""

    at: Millis
    id: str
    presence: Presence = "in"
    symptoms: tuple[Symptom, ...] | None = None  # empty: there are none; None: nobody said
    soft_signs: tuple[SoftSign, ...] | None = None
    unit: str | None = None  # where, as the sender says


class TestResult(Struct, frozen=True, gc=False, tag="test_result"):
    """A laboratory or bedside test; `at` is when the specimen was taken."""

    __test__ = False  # not a test class, whatever pytest reads into the name

    at: Millis
    id: str
    test: Literal["antigen", "pcr"]
    result: Literal["positive", "negative", "invalid", "undetermined"]
    pathogen: str = "sars-cov-2"
    unit: str | None = None  # where, as the sender says


class Visit(Struct, frozen=True, gc=False, tag="visit"):
    """Somebody went to see the resident."""

    at: Millis
    id: str
    kind: VisitKind
    outcome: VisitOutcome


class Case(Struct, frozen=True, gc=False, tag="case"):
    """A sign of illness in the timeline of a unit or a facility: a positive test, or a check-in with symptoms."""

    at: Millis
    id: str  # of the event it was seen in
    person: str  # "resident:R-01" or "staff:S-01"
    sign: Literal["positive", "symptoms"]
    said: tuple[str, ...]  # (test, pathogen), or the symptoms
    unit: str | None = None  # None: nobody knows


class ReportedDay(Struct, frozen=True, gc=False, tag="reported_day"):
    """A local day on which something was heard of the facility; `at` is its beginning."""

    at: Millis
    id: str  # "day"


ContactKind = Literal["fresh", "backlog", "misdated"]


class Contact(Struct, frozen=True, gc=False, tag="contact"):
    """A local hour in which something came from the facility; `at` is its beginning.

    *fresh*: observed in that hour and received as it happened. *backlog*:
    received in that hour, and observed long before. *misdated*: received in
    that hour, stamped in the future or so far in the past that a clock is wrong.
    """

    at: Millis
    id: ContactKind


class Outage(Struct, frozen=True, gc=False, tag="outage"):
    """A time in which we did not listen: whoever was silent then says nothing by it."""

    at: Millis
    id: str  # "outage"
    until: Millis  # NEVER: it goes on


class Equipment(Struct, frozen=True, gc=False, tag="equipment"):
    """What a facility report says of its devices; None: left blank, which is not zero."""

    at: Millis
    id: str
    oximeters: int | None = None  # that work
    oxygen_devices: int | None = None

    @property
    def says_something(self) -> bool:
        """One of the numbers was given."""
        return self.oximeters is not None or self.oxygen_devices is not None


Element = Reading | CheckIn | TestResult | Visit | Case | ReportedDay | Contact | Outage | Equipment
"""What timelines are made of: from `Case` on told of units and facilities, the others observed of residents."""


class Correction(Struct, frozen=True, gc=False, tag="correction"):
    """Takes an element back, or puts another in its place.

    It names the original by id **and** time; of several the last by (at, id)
    counts; `stands` takes an earlier one back. The replacement carries the
    an id of its own and may belong to another resident.
    """

    at: Millis
    id: str
    corrects: str
    corrects_at: Millis
    action: Literal["entered_in_error", "replaced_by", "stands"] = "entered_in_error"
    replacement: Element | None = None
    replacement_resident: str | None = None  # with a replacement: whose it is


class Binding(Struct, frozen=True, gc=False, tag="binding"):
    """A shared device measures a resident for a time. A wrong one is set right by the next of the same beginning."""

    at: Millis
    id: str
    device: str
    valid_from: Millis
    valid_to: Millis | None = None  # None: until it is bound anew
