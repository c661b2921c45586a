"""From bytes to rows: what a message says, event by event; one bad event never spoils its neighbours."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from detectors import observations
from detectors.times import MINUTE, Millis, to_millis, to_text
from ingest import events
from ingest.events import AnyEvent, Correction, Event, Reading
from ingest.identity import canonical_id, derived_id, refuse_personal_number
from ingest.quality import SKEW_LIMIT, doubts_of, fate_of
from ingest.sentences import Problem, Refused, of_decoding
from store.rows import EventType, Mark, ObservationRow

MOST_EVENTS: Final = 200
MOST_BYTES: Final = 128 * 1024
BACKLOG_AFTER: Final[Millis] = 15 * MINUTE
"""Older events travel in their own topic, so that a flush does not delay the living."""

TOPIC_OF_TYPE: Final = {
    "reading": "readings.v1",
    "test_result": "test-results.v1",
    "facility_report": "facility-reports.v1",
    "referral_step": "referral-steps.v1",
    "visit": "visits.v1",
}
OTHER_TOPIC: Final = "check-ins.v1"
BACKLOG_TOPIC: Final = "backlog.v1"
TOPICS: Final = (*TOPIC_OF_TYPE.values(), OTHER_TOPIC, BACKLOG_TOPIC)

NOT_YOURS: Final = ("该令牌不属于这家机构", "this token belongs to another facility")

_COMMON: Final = frozenset(Event.__struct_fields__)
_REST_OF_READING: Final = (
    "oxygen_l_per_min",
    "rest_minutes",
    "perfusion_index_percent",
    "device_status",
    "source",
)
# Plain integers: the arithmetic of flags costs a microsecond a reading.
_SITE_ASSUMED, _AIR_ASSUMED, _REST_ASSUMED = int(Mark.SITE_ASSUMED), int(Mark.AIR_ASSUMED), int(Mark.REST_ASSUMED)
_one = msgspec.json.Decoder(AnyEvent)
_many = msgspec.json.Decoder(list[AnyEvent])
_raws = msgspec.json.Decoder(list[Raw])
_keys = msgspec.json.Decoder(dict[str, Raw])
_known_to: Final = {kind: frozenset((*kind.__struct_fields__, "type")) for kind in events.EVENT_TYPES}
_encode_content = msgspec.msgpack.Encoder(order="deterministic").encode
_encode_rest = msgspec.json.Encoder(order="deterministic").encode


class Decoded(Struct):
    """The rows of a message in order, and the events that were not taken."""

    rows: list[ObservationRow]
    problems: list[Problem]


def decode_message(value: bytes, *, key: str | None, received_at: Millis) -> Decoded:
    """Reads one Kafka message: an event, or an array of events of one facility.

    `received_at` counts for events the gateway did not stamp: the topic's append time.
    """
    decoded = Decoded([], [])
    if len(value) > MOST_BYTES:
        decoded.problems.append(_problem(_too_large(), value, 0))
        return decoded
    try:
        if value[:1] == b"[":
            for event in _checked(_many.decode(value)):
                decoded.rows.append(row_of(event, received_at, key))
        else:
            decoded.rows.append(row_of(_one.decode(value), received_at, key))
    except (msgspec.DecodeError, Refused, RecursionError, UnicodeDecodeError, ValueError):
        decoded.rows.clear()
        _decode_singly(value, key, received_at, decoded)
    return decoded


def _checked(many: list[Any]) -> list[Any]:
    if len(many) > MOST_EVENTS:
        raise Refused(f"一条消息最多 {MOST_EVENTS} 个事件,请拆分", f"at most {MOST_EVENTS} events a message: split it")
    return many


def _decode_singly(value: bytes, key: str | None, received_at: Millis, decoded: Decoded) -> None:
    """The slow way, for messages with something wrong in them."""
    try:
        raws = _checked(_raws.decode(value)) if value[:1] == b"[" else [Raw(value)]
    except (msgspec.DecodeError, Refused, RecursionError, UnicodeDecodeError, ValueError) as error:
        decoded.problems.append(_problem(_refused(error), value, 0))
        return
    for item, raw in enumerate(raws):
        try:
            decoded.rows.append(row_of(_one.decode(raw), received_at, key, bytes(raw)))
        except (msgspec.DecodeError, Refused, RecursionError, UnicodeDecodeError, ValueError) as error:
            decoded.problems.append(_problem(_refused(error), bytes(raw), item))


def read_event(raw: bytes, facility: str | None = None) -> tuple[AnyEvent | None, str]:
    """One event as a sender wrote it, and its canonical id; raises Refused.

    An unknown type or enum value is no refusal: (None, id), to be kept as it is.
    """
    try:
        event = _one.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        refused = _refused(error)
        if refused.fate != "not_yet_understood":
            raise refused from error
        return None, _id_of_unknown(raw, facility)
    if facility is not None and event.facility != facility:
        raise Refused(*NOT_YOURS)
    row = row_of(event, to_millis(event.observed_at), None, raw)
    return event, row.event_id


def _id_of_unknown(raw: bytes, facility: str | None) -> str:
    said = msgspec.json.decode(raw)
    if facility is not None and said.get("facility") != facility:
        raise Refused(*NOT_YOURS)
    if "\0" in "".join(_texts(said)):
        raise Refused("文本不得包含空字符(U+0000)", "text must not contain the NUL character (U+0000)")
    given = said.get("event_id")
    return canonical_id(given) if isinstance(given, str) else derived_id(raw)


def stamp(raw: bytes, event_id: str, received_at: Millis) -> bytes:
    """The event as sent, with its id and the time of receipt added behind: the last of two equal names counts."""
    body = raw.strip()
    return b'%b,"event_id":"%b","received_at":"%b"}' % (body[:-1], event_id.encode(), to_text(received_at).encode())


def unknown_fields(raw: bytes, event: AnyEvent) -> int:
    """How many fields of an event as sent the contract does not know: ignored, and counted."""
    return len(_keys.decode(raw).keys() - _known_to[type(event)])


def topic_of(event: AnyEvent | None, received_at: Millis) -> str:
    """Where an event travels; None: of a type nobody knows yet."""
    if event is None:
        return OTHER_TOPIC
    if received_at - to_millis(event.observed_at) > BACKLOG_AFTER:
        return BACKLOG_TOPIC
    return TOPIC_OF_TYPE.get(type_of(event), OTHER_TOPIC)


def topic_of_row(row: ObservationRow) -> str:
    """Where an event that is fed again travels."""
    return TOPIC_OF_TYPE.get(row.type.name, OTHER_TOPIC)


def type_of(event: AnyEvent) -> str:
    """The wire type."""
    tag = event.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


# ---------------------------------------------------------------- rows


def row_of(event: AnyEvent, received_at: Millis, key: str | None, raw: bytes | None = None) -> ObservationRow:
    """The row of one event; raises Refused for what the types cannot say.

    `raw` is the event as sent, from which its id is derived where none was given.
    """
    if key is not None and event.facility != key:
        raise Refused("消息键与机构编号不一致", "the message key is not the event's facility")
    check(event)
    observed_at = to_millis(event.observed_at)
    if event.received_at is not None:
        received_at = to_millis(event.received_at)
    event_id = _id_of(event, raw)
    marks = 0
    diastolic = None
    doubt = 0
    rest: bytes | None
    if type(event) is Reading:
        reading, marks = _reading(event, observed_at, event_id)
        doubt, diastolic = reading.doubt, event.diastolic_mmhg
        rest = _rest_of_reading(event)
        element: observations.Element | observations.Correction | None = reading
        if event.resident is None and event.staff is None:
            marks |= Mark.UNBOUND  # kept with its vitals; judged when somebody says whose it is
    else:
        element = _element(event, observed_at, event_id)
        rest = _rest(event)
    if event.sent_at is not None and abs(to_millis(event.sent_at) - received_at) > SKEW_LIMIT:
        marks |= Mark.CLOCK_SKEWED
    content = _encode_content(
        (event.resident, event.staff, event.unit, event.device, event.reporter, element, diastolic, rest)
    )
    return ObservationRow(
        event_id=event_id,
        observed_at=observed_at,
        received_at=received_at,
        type=EventType[type_of(event)],
        fate=fate_of(element, observed_at, received_at, doubt),
        facility=event.facility,
        content=int.from_bytes(blake2b(content, digest_size=8).digest(), "big", signed=True),
        resident=event.resident,
        staff=event.staff,
        element=element,
        diastolic_mmhg=diastolic,
        device=event.device,
        reporter=event.reporter,
        unit=event.unit,
        marks=int(marks),
        rest=rest,
    )


def _id_of(event: AnyEvent, raw: bytes | None) -> str:
    if event.event_id is not None:
        return canonical_id(event.event_id)
    if raw is None:
        raise Refused("缺少 event_id", "event_id is missing")  # read again singly, where the event as sent is at hand
    return derived_id(raw)


def _reading(event: Reading, observed_at: Millis, event_id: str) -> tuple[observations.Reading, int]:
    spo2 = None if event.spo2_percent is None else _tenths(event.spo2_percent, "spo2_percent")
    temperature = None
    marks = 0
    if event.temperature_celsius is not None:
        temperature = _tenths(event.temperature_celsius, "temperature_celsius")
        if event.temperature_site is None:
            marks |= _SITE_ASSUMED
    if spo2 is not None:
        if event.on_oxygen is None:
            marks |= _AIR_ASSUMED
        if event.activity is None:
            marks |= _REST_ASSUMED
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


def _element(
    event: AnyEvent, observed_at: Millis, event_id: str
) -> observations.Element | observations.Correction | None:
    if isinstance(event, events.TestResult) and event.resident is not None:
        return observations.TestResult(observed_at, event_id, event.test, event.result, event.pathogen)
    if isinstance(event, events.CheckIn) and event.resident is not None:
        return observations.CheckIn(observed_at, event_id, event.presence)
    if isinstance(event, Correction):
        return _correction(event, observed_at, event_id)
    return None


def _correction(event: Correction, observed_at: Millis, event_id: str) -> observations.Correction:
    replacement, whose = None, None
    if event.replacement is not None and event.action == "replaced_by":
        given = event.replacement
        at = to_millis(given.observed_at)
        found = _reading(given, at, event_id)[0] if isinstance(given, Reading) else _element(given, at, event_id)
        assert not isinstance(found, observations.Correction)
        replacement, whose = found, given.resident
    return observations.Correction(
        observed_at,
        event_id,
        canonical_id(event.corrects.event_id),
        to_millis(event.corrects.observed_at),
        event.action,
        replacement,
        whose,
    )


def _rest_of_reading(event: Reading) -> bytes | None:
    rest = {name: value for name in _REST_OF_READING if (value := getattr(event, name)) not in (None, ())}
    return _encode_rest(rest) if rest else None


def _rest(event: AnyEvent) -> bytes | None:
    """Every field the type adds to the common ones, as the sender gave it."""
    rest = {
        name: value
        for name in event.__struct_fields__
        if name not in _COMMON and (value := getattr(event, name)) is not None
    }
    return _encode_rest(rest) if rest else None


# ---------------------------------------------------------------- what the types cannot say


def check(event: AnyEvent) -> None:
    """Raises Refused with a sentence for what no field alone can tell."""
    _check_people(event)
    if isinstance(event, Reading):
        _check_reading(event)
    elif isinstance(event, Correction):
        _check_correction(event)
    elif isinstance(event, (events.TestResult, events.CheckIn)):
        if event.resident is None and event.staff is None:
            raise Refused("缺少 resident 或 staff", "resident or staff is missing: say who it is about")
    elif isinstance(event, events.DeviceBinding) and (event.device is None or event.resident is None):
        raise Refused("设备绑定需要 device 和 resident", "a device binding names its device and its resident")
    if type(event) is not Reading and "\0" in "".join(_texts(msgspec.to_builtins(event))):
        raise Refused("文本不得包含空字符(U+0000)", "text must not contain the NUL character (U+0000)")


def _check_people(event: AnyEvent) -> None:
    for field, value in (
        ("facility", event.facility),
        ("resident", event.resident),
        ("staff", event.staff),
        ("device", event.device),
        ("reporter", event.reporter),
        ("unit", event.unit),
    ):
        if value is not None:
            if "\0" in value:
                raise Refused(f"{field} 不得包含空字符(U+0000)", f"{field} must not contain the NUL character (U+0000)")
            if field not in ("device", "unit", "facility"):
                refuse_personal_number(value, field)


def _check_reading(event: Reading) -> None:
    if event.resident is None and event.staff is None and event.device is None:
        raise Refused("缺少 resident、staff 或 device", "resident, staff or device is missing: say whose reading it is")
    if (
        event.spo2_percent is None
        and event.pulse_per_min is None
        and event.temperature_celsius is None
        and event.respirations_per_min is None
        and event.systolic_mmhg is None
        and event.consciousness is None
    ):
        raise Refused("测量记录至少要有一项生命体征", "a reading has at least one vital sign")
    if event.oxygen_l_per_min is not None:
        _tenths(event.oxygen_l_per_min, "oxygen_l_per_min")
    index = event.perfusion_index_percent
    if index is not None and round(index * 100) / 100 != index:
        raise Refused(
            f"perfusion_index_percent 最多两位小数:{index}",
            f"perfusion_index_percent has more than two decimals: {index}",
        )


def _check_correction(event: Correction) -> None:
    if (event.replacement is None) == (event.action == "replaced_by"):
        raise Refused(
            "replaced_by 需要 replacement,其他操作不得有", "replaced_by comes with a replacement, others without"
        )
    if event.replacement is not None:
        if event.replacement.facility != event.facility:
            raise Refused("替换记录必须属于同一机构", "the replacement belongs to the same facility")
        if event.replacement.resident is None:
            raise Refused("替换记录缺少 resident", "the replacement says whose it is: resident is missing")
        check(event.replacement)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in _texts(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _texts(one)]
    return []


def _tenths(value: float, field: str) -> int:
    """The value in tenths; exact, since the nearest double of one decimal is told apart from any other."""
    tenths = round(value * 10)
    if tenths / 10 != value:
        raise Refused(f"{field} 最多一位小数:{value}", f"{field} has more than one decimal: {value}")
    return tenths


def _refused(error: Exception) -> Refused:
    return error if isinstance(error, Refused) else of_decoding(error)


def _problem(refused: Refused, raw: bytes, item: int) -> Problem:
    return Problem(refused.fate, refused.sentence, raw, item)


def _too_large() -> Refused:
    limit = MOST_BYTES // 1024
    return Refused(f"消息超过 {limit} KiB,请拆分", f"the message is larger than {limit} KiB: split it")
