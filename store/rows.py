"""One row of `observations` as it travels from the wire contract to the database."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from msgspec import Struct

from detectors.observations import Binding, Correction, Element
from detectors.times import Millis


class EventType(IntEnum):
    """The wire types, by the number the database keeps."""

    reading = 1
    test_result = 2
    check_in = 3
    correction = 4
    device_binding = 5
    facility_report = 6
    referral_step = 7
    visit = 8


class Fate(IntEnum):
    """What became of an event that was stored; `late` and `out of window` have no effect on episodes."""

    stored = 1
    held = 2  # judged, and a repeat is asked for
    quarantined = 3  # kept, not judged
    late = 4  # older than the late horizon when received
    out_of_window = 5  # older than retention or more than 10 min in the future when received


_WITHOUT_EFFECT = int(Fate.late)  # and beyond


class Mark(IntFlag):
    """What was assumed or noticed while reading an event."""

    CLOCK_SKEWED = 1  # sent_at and received_at more than 2 min apart
    SITE_ASSUMED = 2  # temperature without its site
    REST_ASSUMED = 4  # reading without its activity
    AIR_ASSUMED = 8  # oxygen saturation without on_oxygen
    UNKNOWN_FIELDS = 16  # fields the contract does not know were ignored
    UNBOUND = 32  # a shared device's reading: whose it is, bindings say


class ObservationRow(Struct, frozen=True, gc=False):
    """An event of the contract, split into what has a column and the rest.

    `content` is a signed 64-bit digest of what the event says, without its id,
    `sent_at` and `received_at`: equal content, equal digest. Of two events with
    the same (event_id, observed_at) the smaller (received_at, content) counts.
    """

    event_id: str
    observed_at: Millis
    received_at: Millis
    type: EventType
    fate: Fate
    facility: str
    content: int
    resident: str | None = None
    staff: str | None = None
    element: Element | Correction | Binding | None = None  # what the engine judges, where it is known of whom
    diastolic_mmhg: int | None = None
    device: str | None = None
    reporter: str | None = None
    unit: str | None = None
    marks: int = 0  # bits of Mark
    rest: bytes | None = None  # JSON object of every other field the sender gave

    @property
    def counts(self) -> bool:
        """Received in time, so that it may change episodes."""
        return self.fate < _WITHOUT_EFFECT
