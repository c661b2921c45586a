"""From an event of the contract to its row: what it says, what was assumed, what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from struct import Struct as PackedInteger
from typing import Any, Final

import msgspec

from detectors import observations
from detectors.times import Millis
from ingest import events
from ingest.checks import check, check_reading, millis_of, tenths_of
from ingest.events import EVENT_TYPES, AnyEvent, Correction, Event, Reading
from ingest.identity import canonical_id, derived_id, is_canonical, replacement_id
from ingest.quality import SKEW_LIMIT, doubts_of, fate_of
from ingest.sentences import Refused
from store.rows import EventType, Mark, ObservationRow

_COMMON: Final = frozenset(Event.__struct_fields__)
_REST_OF_READING: Final = (
    "oxygen_l_per_min",
    "rest_minutes",
    "perfusion_index_percent",
    "device_status",
    "source",
)
_TYPE_OF: Final = {kind: EventType[str(kind.__struct_config__.tag)] for kind in EVENT_TYPES}
_KNOWN: Final = {kind: frozenset(kind.__struct_fields__) | {"type"} for kind in EVENT_TYPES}
_INNER: Final = {"corrects": events.Corrected, "medicine": events.Medicine, "difficulties": events.Difficulty}
# Plain integers: the arithmetic of flags costs a microsecond a reading.
_SITE_ASSUMED, _AIR_ASSUMED, _REST_ASSUMED = int(Mark.SITE_ASSUMED), int(Mark.AIR_ASSUMED), int(Mark.REST_ASSUMED)
_UNBOUND, _CLOCK_SKEWED, _UNKNOWN_FIELDS = int(Mark.UNBOUND), int(Mark.CLOCK_SKEWED), int(Mark.UNKNOWN_FIELDS)
Said = observations.Element | observations.Correction | observations.Binding
_READING: Final = EventType.reading  # a member is slow to find in its enumeration
_int64: Final = PackedInteger(">q").unpack
_new_digest: Final = blake2b(digest_size=8).copy  # a copy costs two thirds of making one
_encode_content = msgspec.msgpack.Encoder(order="deterministic").encode
_encode_rest = msgspec.json.Encoder(order="deterministic").encode


def row_of(
    event: AnyEvent,
    received_at: Millis,
    key: str | None,
    raw: bytes | None = None,
    unknown: int = 0,
    *,
    escaped: bool = True,
) -> ObservationRow:
    """The row of one event; raises Refused for what the types cannot say.

    `raw` is the event as sent, from which its id is derived where none was
    given; `unknown` the number of fields in it that the contract does not know;
    `escaped` is False where no text in it was written with an escape.
    """
    if key is not None and event.facility != key:
        raise Refused("消息键与机构编号不一致", "the message key is not the event's facility")
    reading = event if isinstance(event, Reading) else None
    if reading is not None:
        check_reading(reading, escaped)
    else:
        check(event)
    observed_at = millis_of(event.observed_at, "observed_at")
    if event.received_at is not None:
        received_at = millis_of(event.received_at, "received_at")
    given = event.event_id
    event_id = given if given is not None and is_canonical(given) else _id_of(event, raw)
    marks = doubt = 0
    diastolic = None
    element: Said | None
    if reading is not None:
        kind = _READING
        element, marks = _reading(reading, observed_at, event_id)
        doubt, diastolic = element.doubt, reading.diastolic_mmhg
        rest = _rest_of_reading(reading)
    else:
        kind = _TYPE_OF[type(event)]
        element = _element(event, observed_at, event_id)
        rest = _rest(event)
    content = _encode_content(
        (event.resident, event.staff, event.unit, event.device, event.reporter, element, diastolic, rest, marks)
    )
    digest = _new_digest()
    digest.update(content)
    if event.sent_at is not None and not -SKEW_LIMIT <= millis_of(event.sent_at, "sent_at") - received_at <= SKEW_LIMIT:
        marks |= _CLOCK_SKEWED
    if unknown:
        marks |= _UNKNOWN_FIELDS
    return ObservationRow(
        event_id,
        observed_at,
        received_at,
        kind,
        fate_of(element, observed_at, received_at, doubt),
        event.facility,
        _int64(digest.digest())[0],
        event.resident,
        event.staff,
        element,
        diastolic,
        event.device,
        event.reporter,
        event.unit,
        marks,
        rest,
    )


def unknown_names(event: AnyEvent, said: Iterable[str]) -> int:
    """How many of the field names are not the contract's; they are ignored.

    `said` is a dict of the event as sent, or only its names; with the values,
    the fields of the objects inside are counted too.
    """
    known = _KNOWN[type(event)]
    if type(event) is Reading:  # holds no objects
        return 0 if known.issuperset(said) else sum(name not in known for name in said)
    count = sum(name not in known for name in said)
    for name, value in said.items() if isinstance(said, dict) else ():
        if name == "replacement" and isinstance(event, Correction) and event.replacement is not None:
            count += unknown_names(event.replacement, msgspec.json.decode(value, type=dict[str, msgspec.Raw]))
        elif name in _INNER and name in known and getattr(event, name) is not None:
            count += _unknown_inside(msgspec.json.decode(value), frozenset(_INNER[name].__struct_fields__))
    return count


def _unknown_inside(said: Any, known: frozenset[str]) -> int:
    return sum(name not in known for one in (said if isinstance(said, list) else [said]) for name in one)


def _id_of(event: AnyEvent, raw: bytes | None) -> str:
    if event.event_id is not None:
        return canonical_id(event.event_id)
    if raw is None:
        raise Refused("缺少 event_id", "event_id is missing")  # read again singly, where the event as sent is at hand
    return derived_id(raw)


def _reading(event: Reading, observed_at: Millis, event_id: str) -> tuple[observations.Reading, int]:
    """The vital signs, kept also of a reading that waits to be claimed, and the marks of what was assumed."""
    spo2 = None if event.spo2_percent is None else tenths_of(event.spo2_percent, "spo2_percent")
    temperature = None
    marks = 0
    if event.temperature_celsius is not None:
        temperature = tenths_of(event.temperature_celsius, "temperature_celsius")
        if event.temperature_site is None:
            marks = _SITE_ASSUMED
    if spo2 is not None:
        if event.on_oxygen is None:
            marks |= _AIR_ASSUMED
        if event.activity is None:
            marks |= _REST_ASSUMED
    if event.resident is None and event.staff is None:
        marks |= _UNBOUND
    if event.device_status and "clock_not_set" in event.device_status:
        marks |= _CLOCK_SKEWED
    return (
        observations.Reading(
            observed_at,
            event_id,
            spo2,
            event.pulse_per_min,
            event.respirations_per_min,
            temperature,
            event.temperature_site,
            event.systolic_mmhg,
            event.consciousness,
            event.on_oxygen,
            event.activity == "after_slight_activity",
            event.mode == "continuous",
            doubts_of(event, spo2),
        ),
        marks,
    )


def _element(event: AnyEvent, observed_at: Millis, event_id: str) -> Said | None:
    if isinstance(event, events.TestResult):
        return observations.TestResult(observed_at, event_id, event.test, event.result, event.pathogen, event.unit)
    if isinstance(event, events.CheckIn):
        symptoms, soft_signs = event.symptoms, event.soft_signs
        return observations.CheckIn(observed_at, event_id, event.presence, symptoms, soft_signs, event.unit)
    if isinstance(event, events.Visit) and event.resident is not None:
        return observations.Visit(observed_at, event_id, event.kind, event.outcome)
    if isinstance(event, Correction):
        return _correction(event, observed_at, event_id)
    if isinstance(event, events.DeviceBinding):
        return _binding(event, observed_at, event_id)
    return None


def _correction(event: Correction, observed_at: Millis, event_id: str) -> observations.Correction:
    replacement, whose = None, None
    if event.replacement is not None and event.action == "replaced_by":
        given = event.replacement
        at = millis_of(given.observed_at, "replacement.observed_at")
        own = replacement_id(event_id, observed_at)
        found = _reading(given, at, own)[0] if isinstance(given, Reading) else _element(given, at, own)
        assert not isinstance(found, (observations.Correction, observations.Binding))
        replacement, whose = found, given.resident
    return observations.Correction(
        observed_at,
        event_id,
        canonical_id(event.corrects.event_id),
        millis_of(event.corrects.observed_at, "corrects.observed_at"),
        event.action,
        replacement,
        whose,
    )


def _binding(event: events.DeviceBinding, observed_at: Millis, event_id: str) -> observations.Binding:
    assert event.device is not None
    ends = None if event.valid_to is None else millis_of(event.valid_to, "valid_to")
    return observations.Binding(observed_at, event_id, event.device, millis_of(event.valid_from, "valid_from"), ends)


def _rest_of_reading(event: Reading) -> bytes | None:
    if (
        event.source is None
        and event.rest_minutes is None
        and event.oxygen_l_per_min is None
        and event.perfusion_index_percent is None
        and not event.device_status
    ):
        return None
    return _encode_rest({name: value for name in _REST_OF_READING if (value := getattr(event, name)) not in (None, ())})


def _rest(event: AnyEvent) -> bytes | None:
    """Every field the type adds to the common ones, as the sender gave it."""
    rest = {
        name: value
        for name in event.__struct_fields__
        if name not in _COMMON and (value := getattr(event, name)) is not None
    }
    return _encode_rest(rest) if rest else None
