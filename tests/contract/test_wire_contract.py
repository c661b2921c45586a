"""The wire contract: what is published is what is decoded; nothing a sender writes breaks us."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.observations import Doubt
from ingest.decode import decode_message, read_event, stamp, topic_of, unknown_fields
from ingest.events import EVENT_TYPES
from ingest.identity import derived_id
from ingest.schemas import FOLDER, documents
from ingest.sentences import Refused
from store.rows import Fate, Mark
from tests.unit.ingest.making import events, row, written

AT = "2026-01-05T07:10:00.000+08:00"
NOW = 1_767_568_260_000  # a minute later
COMMON: dict[str, Any] = {"facility": "F-001", "resident": "R-07", "observed_at": AT}

GOOD: dict[str, dict[str, Any]] = {
    "reading": {"spo2_percent": 97.4, "pulse_per_min": 70, "device_status": ["low_perfusion"], "source": "device"},
    "test_result": {"test": "antigen", "result": "positive"},
    "check_in": {"presence": "in", "symptoms": [], "not_measured": {"spo2_percent": "asleep"}, "note": "安好"},
    "correction": {
        "corrects": {"event_id": str(uuid4()), "observed_at": AT},
        "action": "replaced_by",
        "replacement": {"type": "reading", **COMMON, "spo2_percent": 96},
    },
    "device_binding": {"device": "OX-1", "valid_from": AT},
    "facility_report": {"day": "2026-01-05", "medicine": {"antiviral": 3}, "nothing_to_report": True},
    "referral_step": {"referral": "T-1", "step": "requested"},
    "visit": {"kind": "care_visit", "outcome": "seen_ok", "by": "S-1"},
}


def event(kind: str = "reading", **given: Any) -> dict[str, Any]:
    return {"type": kind, **COMMON, **GOOD[kind], **given}


def decode(*events: dict[str, Any], key: str | None = "F-001") -> Any:
    body = list(events) if len(events) > 1 else events[0]
    return decode_message(json.dumps(body).encode(), key=key, received_at=NOW)


def test_the_published_documents_are_what_the_types_say() -> None:
    for name, text in documents().items():
        assert (FOLDER / name).read_text("utf-8") == text, f"{name} is stale: make contract"


def test_every_type_has_an_example_that_schema_and_decoder_accept() -> None:
    assert {kind.__struct_config__.tag for kind in EVENT_TYPES} == set(GOOD)
    for kind in GOOD:
        schema = json.loads((FOLDER / f"{kind}.schema.json").read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert allows(kind, event(kind))
        decoded = decode(event(kind))
        assert decoded.problems == []
        assert decoded.rows[0].type.name == kind


def allows(kind: str, said: dict[str, Any]) -> bool:
    """What the published schema says of an event."""
    schema = json.loads((FOLDER / f"{kind}.schema.json").read_text("utf-8"))
    return bool(jsonschema.Draft202012Validator(schema).is_valid(said))


WITHOUT = object()  # the field is left out


@pytest.mark.parametrize(
    ("kind", "changed", "is_good"),
    [
        ("reading", {"pulse_per_min": 300}, True),
        ("reading", {"pulse_per_min": 301}, False),
        ("reading", {"pulse_per_min": 70.0}, True),
        ("reading", {"pulse_per_min": 70.5}, False),
        ("reading", {"pulse_per_min": None}, True),
        ("reading", {"pulse_per_min": True}, False),
        ("reading", {"pulse_per_min": None, "spo2_percent": None}, False),
        ("reading", {"pulse_per_min": WITHOUT, "spo2_percent": WITHOUT}, False),
        ("reading", {"respirations_per_min": 4}, True),
        ("reading", {"respirations_per_min": 3}, False),
        ("reading", {"temperature_celsius": 30}, True),
        ("reading", {"temperature_celsius": 29.9}, False),
        ("reading", {"temperature_celsius": 43.0}, True),
        ("reading", {"temperature_celsius": 43.1}, False),
        ("reading", {"spo2_percent": "97"}, False),
        ("reading", {"spo2_percent": 127}, True),  # a device's word for "no signal": quarantined
        ("reading", {"resident": None}, False),
        ("reading", {"resident": None, "device": "OX-1"}, True),
        ("reading", {"resident": "a\0b"}, False),
        ("reading", {"resident": "x" * 65}, False),
        ("reading", {"observed_at": WITHOUT}, False),
        ("reading", {"event_id": "{" + str(uuid4()) + "}"}, False),
        ("reading", {"event_id": str(uuid4()).upper()}, True),
        ("reading", {"mood": ["fine"]}, True),
        ("check_in", {"note": "护" * 2_000}, True),
        ("check_in", {"note": "x" * 2_001}, False),
        ("check_in", {"not_measured": {"spo2_percent": 5}}, False),
        ("check_in", {"resident": WITHOUT, "staff": "S-1"}, True),
        ("check_in", {"resident": WITHOUT}, False),
        ("facility_report", {"residents": -1}, False),
        ("facility_report", {"resident": WITHOUT}, True),
        ("facility_report", {"day": "5 January"}, False),
        ("facility_report", {"difficulties": [{"id": "1"}]}, False),
        ("test_result", {"result": WITHOUT}, False),
        ("device_binding", {"device": None}, False),
        ("visit", {"resident": WITHOUT}, False),
        ("visit", {"resident": WITHOUT, "person": "P-1"}, True),
        ("correction", {"replacement": WITHOUT}, False),
        ("correction", {"action": "stands"}, False),
        ("correction", {"action": "stands", "replacement": None}, True),
        ("correction", {"replacement": {"type": "reading", **COMMON}}, False),
        ("correction", {"replacement": {"type": "check_in", **COMMON, "presence": "in", "resident": None}}, False),
        ("correction", {"corrects": {"event_id": "x", "observed_at": AT}}, False),
    ],
    ids=lambda value: (
        " ".join(value) if isinstance(value, dict) else str(value)
    ),  # names alone: the same in every process
)
def test_the_schema_and_the_decoder_agree(kind: str, changed: dict[str, Any], is_good: bool) -> None:
    said = {name: value for name, value in event(kind, **changed).items() if value is not WITHOUT}
    assert allows(kind, said) == is_good
    assert (decode(said).problems == []) == is_good


@settings(max_examples=80)
@given(events)
def test_the_schema_allows_whatever_the_decoder_takes(said: dict[str, Any]) -> None:
    assert row(written(said)).type.name == said["type"]
    assert allows(said["type"], said)


@pytest.mark.parametrize(("kind", "field"), [("reading", "activity"), ("check_in", "presence"), ("visit", "outcome")])
def test_a_word_the_schema_does_not_know_is_kept_until_it_is_understood(kind: str, field: str) -> None:
    said = event(kind, **{field: "tomorrow"})
    assert not allows(kind, said)
    assert [problem.fate for problem in decode(said).problems] == ["not_yet_understood"]


def test_decimals_are_kept_exactly_and_finer_ones_refused() -> None:
    for value, tenths in ((38.0, 380), (38.1, 381), (37.3, 373)):
        assert decode(event(temperature_celsius=value)).rows[0].element.temperature_tenths == tenths
    for field, value in (("temperature_celsius", 38.05), ("spo2_percent", 93.01), ("perfusion_index_percent", 0.123)):
        (problem,) = decode(event(**{field: value})).problems
        assert "decimal" in problem.sentence.en
        assert "小数" in problem.sentence.zh


def test_an_event_of_tomorrow_is_kept_until_it_is_understood() -> None:
    for unknown in (event("reading", activity="swimming"), {**COMMON, "type": "sleep_report"}):
        (problem,) = decode(unknown).problems
        assert problem.fate == "not_yet_understood"
        assert json.loads(problem.raw) == unknown


def test_one_bad_event_never_spoils_its_neighbours() -> None:
    decoded = decode(
        event(event_id=str(uuid4())), event(event_id="nonsense"), event(event_id=str(uuid4()), facility="F-002")
    )
    assert len(decoded.rows) == 1
    assert [problem.item for problem in decoded.problems] == [1, 2]


def test_doubtful_values_are_held_or_quarantined_never_lost() -> None:
    cases = [
        ({"spo2_percent": 69}, Fate.held, Doubt.SPO2_VERY_LOW),
        ({"spo2_percent": 34.9}, Fate.quarantined, Doubt.IMPOSSIBLE),
        ({"spo2_percent": 100.1}, Fate.quarantined, Doubt.IMPOSSIBLE),
        ({"pulse_per_min": 19}, Fate.held, Doubt.PULSE_VERY_LOW),
        ({"perfusion_index_percent": 0.29}, Fate.held, Doubt.LOW_PERFUSION),
        ({"device_status": ["demonstration"]}, Fate.quarantined, Doubt.DEMO),
        ({"device_status": ["sensor_disconnected"]}, Fate.quarantined, Doubt.INVALID_DEVICE),
        ({"device_status": ["non_pulsatile"]}, Fate.held, Doubt.NON_PULSATILE),
    ]
    for values, fate, doubt in cases:
        (row,) = decode(event(**{"device_status": [], **values})).rows
        assert (row.fate, row.element.doubt) == (fate, doubt), values


def test_times_decide_late_and_out_of_window() -> None:
    def fate(received_at: str) -> Fate:
        return decode(event(device_status=[], received_at=received_at)).rows[0].fate

    assert fate("2026-01-12T07:10:00+08:00") == Fate.stored
    assert fate("2026-01-12T07:10:01+08:00") == Fate.late
    assert fate("2026-01-05T07:00:00+08:00") == Fate.stored
    assert fate("2026-01-05T06:59:59+08:00") == Fate.out_of_window
    assert fate("2028-01-06T07:10:00+08:00") == Fate.out_of_window


def test_what_was_assumed_is_marked() -> None:
    (row,) = decode(event(temperature_celsius=36.6, sent_at="2026-01-05T08:10:00+08:00")).rows
    assert row.marks == Mark.SITE_ASSUMED | Mark.AIR_ASSUMED | Mark.REST_ASSUMED | Mark.CLOCK_SKEWED


def test_ids_are_the_same_for_a_re_send_and_pinned_for_ever() -> None:
    raw = json.dumps(event(), ensure_ascii=False).encode()
    again = json.dumps({"sent_at": AT, **dict(reversed(event().items()))}).encode()
    assert derived_id(raw) == derived_id(again)
    pinned = b'{"type":"reading","facility":"F-001","resident":"R-07","observed_at":"%b","spo2_percent":97.4}'
    assert derived_id(pinned % AT.encode()) == "3e735549-7cfc-5c82-aae2-595f9849fc76"


def test_a_stamped_event_says_what_was_sent_and_carries_its_id() -> None:
    raw = b' {"received_at": "1999-01-01T00:00:00Z", ' + json.dumps(event()).encode()[1:] + b"\n"
    read, event_id = read_event(raw, "F-001")
    assert topic_of(read, NOW) == "readings.v1"
    assert topic_of(read, NOW + 3_600_000) == "backlog.v1"
    (row,) = decode_message(stamp(raw, event_id, NOW), key="F-001", received_at=0).rows
    assert (row.event_id, row.received_at) == (event_id, NOW)
    with pytest.raises(Refused, match="another facility"):
        read_event(raw, "F-002")


def test_fields_nobody_knows_are_ignored_and_counted() -> None:
    raw = json.dumps(event(mood="fine", colour="blue")).encode()
    read, _ = read_event(raw, "F-001")
    assert read is not None
    assert unknown_fields(raw, read) == 2


def test_equal_content_has_equal_digest_whoever_sent_it_when() -> None:
    one, other = (decode(event(event_id=str(uuid4()), sent_at=at)).rows[0] for at in (AT, None))
    changed = decode(event(event_id=one.event_id, pulse_per_min=71)).rows[0]
    same = decode(event(event_id=one.event_id, sent_at="2026-01-05T07:11:00Z")).rows[0]
    assert one.content == same.content
    assert one.content not in (changed.content, other.content)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(body: bytes) -> None:
    decoded = decode_message(body, key="F-001", received_at=NOW)
    assert decoded.rows or decoded.problems or body.strip(b" \n\r\t") == b"[]"
