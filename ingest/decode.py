"""From bytes to rows: what a message says, event by event; one bad event never spoils its neighbours."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from detectors.times import MINUTE, Millis, to_millis, to_text
from ingest.checks import PEOPLE, check_texts
from ingest.events import AnyEvent, Reading
from ingest.identity import canonical_id, derived_id, refuse_personal_number
from ingest.rows import row_of, unknown_names
from ingest.sentences import Problem, Refused, of_decoding
from store.rows import ObservationRow

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
_WRONG_KEY: Final = ("消息键与机构编号不一致", "the message key is not the event's facility")

DEEPEST: Final = 64
"""Levels of arrays and objects in an event; the contract needs four."""

_BRACKET_OR_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)
_SPACE: Final = b" \t\r\n"
_WHOLE_UP_TO: Final = 2.0**53
# ValueError: CPython refuses to read integers of more than 4,300 digits, and half characters.
_UNREADABLE: Final = (msgspec.DecodeError, Refused, RecursionError, ValueError)


class _KnownReading(Reading, frozen=True, kw_only=True, tag="reading", forbid_unknown_fields=True):
    """A reading without a field that the contract does not know: nearly all are, and need not be searched for any."""


_known_reading = msgspec.json.Decoder(_KnownReading)
_known_readings = msgspec.json.Decoder(list[_KnownReading])
_one = msgspec.json.Decoder(AnyEvent)
_many = msgspec.json.Decoder(list[AnyEvent])
_raws = msgspec.json.Decoder(list[Raw])
_fields = msgspec.json.Decoder(dict[str, Raw])
_fields_of_many = msgspec.json.Decoder(list[dict[str, Raw]])


class Decoded(Struct):
    """The rows of a message in order, the events that were not taken, and how many fields nobody knows."""

    rows: list[ObservationRow]
    problems: list[Problem]
    unknown_fields: int = 0


def decode_message(value: bytes, *, key: str | None, received_at: Millis) -> Decoded:
    """Reads one Kafka message: an event, or an array of events of one facility.

    `received_at` counts for events the gateway did not stamp: the topic's append time.
    """
    if len(value) > MOST_BYTES:
        return Decoded([], [_problem(_too_large(), value, 0)])
    if value[:1] in (b" ", b"\t", b"\r", b"\n"):
        value = value.lstrip(_SPACE)
    try:
        return _at_once(value, key, received_at)
    except _UNREADABLE:
        return _singly(value, key, received_at)


def _at_once(value: bytes, key: str | None, received_at: Millis) -> Decoded:
    """The quick way, for messages with nothing wrong in them."""
    is_array = value[:1] == b"["
    try:
        known = _checked(_known_readings.decode(value)) if is_array else [_known_reading.decode(value)]
    except msgspec.ValidationError:
        pass  # other types, unknown fields, or something wrong
    else:
        raw = None if is_array else value
        # A text holds NUL only where it was written with an escape.
        escaped = b"\\" in value
        return Decoded([row_of(event, received_at, key, raw, escaped=escaped) for event in known], [])
    if not is_array:
        event = _one.decode(value)
        unknown = unknown_names(event, _fields.decode(value))
        return Decoded([row_of(event, received_at, key, value, unknown)], [], unknown)
    events, fields = _checked(_many.decode(value)), _fields_of_many.decode(value)
    decoded = Decoded([], [])
    for event, said in zip(events, fields, strict=True):
        unknown = unknown_names(event, said)
        decoded.unknown_fields += unknown
        decoded.rows.append(row_of(event, received_at, key, None, unknown))
    return decoded


def _singly(value: bytes, key: str | None, received_at: Millis) -> Decoded:
    """The slow way: what is wrong with one event is its own affair."""
    decoded = Decoded([], [])
    try:
        raws = _checked(_raws.decode(value)) if value[:1] == b"[" else [Raw(value)]
    except _UNREADABLE as error:
        decoded.problems.append(_problem(_refused(error), value, 0))
        return decoded
    for item, raw in enumerate(bytes(one) for one in raws):
        try:
            event = read_one(raw)
            unknown = unknown_names(event, _fields.decode(raw))
            decoded.rows.append(row_of(event, received_at, key, raw, unknown))
            decoded.unknown_fields += unknown
        except _UNREADABLE as error:
            decoded.problems.append(_problem(_judged(error, raw, key, _WRONG_KEY), raw, item))
    return decoded


def read_event(raw: bytes, facility: str | None = None) -> tuple[AnyEvent | None, str]:
    """One event as a sender wrote it, and its canonical id; raises Refused, and nothing else.

    An unknown type or enum value is no refusal: (None, id), to be kept as it is.
    What is taken here is read by `decode_message` too: a 202 is never taken back.
    """
    try:
        refuse_depth(raw)
        event = read_one(raw)
        if facility is not None and event.facility != facility:
            raise Refused(*NOT_YOURS)
        unknown_fields(raw, event)  # reads every name, as the worker will
        return event, row_of(event, to_millis(event.observed_at), None, raw).event_id
    except _UNREADABLE as error:
        refused = _judged(error, raw, facility, NOT_YOURS)
        if refused.fate != "not_yet_understood":
            raise refused from error
        return None, _id_of_unknown(raw)


def refuse_depth(raw: bytes) -> None:
    """Raises Refused for deep nesting: how much can be read depends on the process, this limit does not."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    depth = 0
    for mark in _BRACKET_OR_TEXT.findall(raw):
        depth += 1 if mark in b"[{" else -1 if mark in b"]}" else 0
        if depth > DEEPEST:
            raise of_decoding(RecursionError())


def read_one(raw: bytes) -> AnyEvent:
    """The event in its type. 70.0 is 70, as JSON Schema and RFC 8785 have it; raises what msgspec raises."""
    event: AnyEvent
    try:
        event = _one.decode(raw)
    except msgspec.ValidationError as error:
        if "got `float`" not in str(error):
            raise
        event = msgspec.convert(_with_whole_numbers(msgspec.json.decode(raw)), AnyEvent)
    return event


def unknown_fields(raw: bytes, event: AnyEvent) -> int:
    """How many fields of an event as sent the contract does not know: ignored, and counted."""
    return unknown_names(event, _fields.decode(raw))


def _with_whole_numbers(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _with_whole_numbers(value) for name, value in said.items()}
    if isinstance(said, list):
        return [_with_whole_numbers(value) for value in said]
    if isinstance(said, float) and said.is_integer() and abs(said) < _WHOLE_UP_TO:
        return int(said)
    return said


def _judged(error: Exception, raw: bytes, facility: str | None, foreign: tuple[str, str]) -> Refused:
    """What to tell the sender. Kept for later is only what a later version could take."""
    refused = _refused(error)
    if refused.fate != "not_yet_understood":
        return refused
    try:
        _check_unknown(msgspec.json.decode(raw), facility, foreign)
    except _UNREADABLE as worse:
        return _refused(worse)
    return refused


def _check_unknown(said: dict[str, Any], facility: str | None, foreign: tuple[str, str]) -> None:
    """Raises Refused for what no version will take: another's event, a person's number, a NUL, an id that is none."""
    if facility is not None and said.get("facility") != facility:
        raise Refused(*foreign)
    check_texts(said)
    if isinstance(given := said.get("event_id"), str):
        canonical_id(given)
    inner = said.get("replacement")
    for one in (said, inner if isinstance(inner, dict) else {}):
        for field in PEOPLE:
            if isinstance(value := one.get(field), str):
                refuse_personal_number(value, field)


def _id_of_unknown(raw: bytes) -> str:
    given = msgspec.json.decode(raw).get("event_id")
    return canonical_id(given) if isinstance(given, str) else derived_id(raw)


def stamp(raw: bytes, event_id: str, received_at: Millis) -> bytes:
    """The event as sent, with its id and the time of receipt added behind: the last of two equal names counts."""
    body = raw.strip(_SPACE)
    return b'%b,"event_id":"%b","received_at":"%b"}' % (body[:-1], event_id.encode(), to_text(received_at).encode())


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


def _checked(many: list[Any]) -> list[Any]:
    if len(many) > MOST_EVENTS:
        raise Refused(f"一条消息最多 {MOST_EVENTS} 个事件,请拆分", f"at most {MOST_EVENTS} events a message: split it")
    return many


def _refused(error: Exception) -> Refused:
    return error if isinstance(error, Refused) else of_decoding(error)


def _problem(refused: Refused, raw: bytes, item: int) -> Problem:
    return Problem(refused.fate, refused.sentence, raw, item)


def _too_large() -> Refused:
    limit = MOST_BYTES // 1024
    return Refused(f"消息超过 {limit} KiB,请拆分", f"the message is larger than {limit} KiB: split it")
