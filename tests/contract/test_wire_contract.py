"""The wire contract: what is published is what is decoded; nothing a sender writes breaks us."""

from __future__ import annotations

import json
from pathlib import Path
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
        jsonschema.validate(event(kind), schema, cls=jsonschema.Draft202012Validator)
        decoded = decode(event(kind))
        assert decoded.problems == []
        assert decoded.rows[0].type.name == kind


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("reading", "pulse_per_min", 301),
        ("reading", "temperature_celsius", 29.9),
        ("reading", "spo2_percent", "97"),
        ("check_in", "note", "x" * 2_001),
        ("facility_report", "residents", -1),
        ("test_result", "test", "blood"),
    ],
)
def test_what_the_schema_refuses_the_decoder_refuses(kind: str, field: str, value: Any) -> None:
    schema = json.loads((FOLDER / f"{kind}.schema.json").read_text("utf-8"))
    bad = event(kind, **{field: value})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, schema, cls=jsonschema.Draft202012Validator)
    assert len(decode(bad).problems) == 1


def test_decimals_are_kept_exactly_and_finer_ones_refused() -> None:
    for value, tenths in ((38.0, 380), (38.1, 381), (37.3, 373)):
        assert decode(event(temperature_celsius=value)).rows[0].element.temperature_tenths == tenths
    for field, value in (("temperature_celsius", 38.05), ("spo2_percent", 93.01), ("perfusion_index_percent", 0.123)):
        (problem,) = decode(event(**{field: value})).problems
        assert "decimal" in problem.sentence.en
        assert "小数" in problem.sentence.zh


def test_personal_numbers_are_refused_and_ordinary_codes_are_not() -> None:
    for number in ("11010519491231002X", "13912345678", "R13912345678"):
        (problem,) = decode(event(resident=number)).problems
        assert problem.fate == "rejected"
        assert number not in problem.sentence.en
    assert decode(event(resident="110105194912310021")).problems == []  # no check character: a facility's own code
    assert decode(event(resident="R-2024-000123")).problems == []


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


def test_the_json_test_suite_gives_rows_or_sentences(shared_data: Path) -> None:
    files = sorted((shared_data / "json_test_suite" / "test_parsing").iterdir())
    assert len(files) > 300
    for file in files:
        raw = file.read_bytes()
        for body in (raw, b'{"type":"check_in","facility":"F-001","note":' + raw + b"}"):
            decoded = decode_message(body, key="F-001", received_at=NOW)
            assert decoded.rows or decoded.problems or body.strip() == b"[]", file.name


def test_naughty_strings_are_kept_or_refused_with_a_sentence(shared_data: Path) -> None:
    for text in json.loads((shared_data / "naughty_strings" / "blns.json").read_text("utf-8")):
        decoded = decode(event("check_in", note=text))
        if decoded.rows:
            assert json.loads(decoded.rows[0].rest)["note"] == text
        else:
            assert decoded.problems[0].sentence.zh
        decoded = decode(event(resident=text or "x"))
        assert decoded.problems or decoded.rows[0].resident == (text or "x")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(body: bytes) -> None:
    decoded = decode_message(body, key="F-001", received_at=NOW)
    assert decoded.rows or decoded.problems or body.strip(b" \n\r\t") == b"[]"
