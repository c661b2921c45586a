"""From bytes to rows: whatever a sender writes, and however it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.times import to_datetime
from ingest.decode import DEEPEST, MOST_BYTES, MOST_EVENTS, decode_message, read_event
from ingest.identity import replacement_id
from ingest.sentences import Refused
from store.rows import Mark
from tests.unit.ingest.making import AT, FACILITY, NOW, events, moment, readings, row, taken, written

COMMON: dict[str, Any] = {"facility": FACILITY, "resident": "R-07", "observed_at": AT}
READING: dict[str, Any] = {"type": "reading", **COMMON, "spo2_percent": 97.4}
CHECK_IN: dict[str, Any] = {"type": "check_in", **COMMON, "presence": "in"}


@settings(max_examples=150)
@given(events)
def test_the_same_event_gives_the_same_row_however_it_is_written(event: dict[str, Any]) -> None:
    compact = row(written(event, separators=(",", ":")))
    turned = dict(reversed(event.items()))
    assert row(written(turned, indent=2, ensure_ascii=True)) == compact
    assert row(b" \r\n[" + written(event | {"event_id": compact.event_id}) + b"]\n") == compact
    assert taken(written(event))


@settings(max_examples=100)
@given(readings)
def test_a_row_says_what_the_reading_said(event: dict[str, Any]) -> None:
    found = row(written(event))
    element = found.element
    assert to_datetime(found.observed_at) == moment(event["observed_at"])
    assert element.spo2_tenths == round(event["spo2_percent"] * 10)
    temperature = event.get("temperature_celsius")
    assert element.temperature_tenths == (None if temperature is None else round(temperature * 10))
    assert (element.at, element.id) == (found.observed_at, found.event_id)
    assert element.pulse_per_min == event.get("pulse_per_min")
    assert element.on_oxygen == event.get("on_oxygen")
    assert element.after_activity == (event.get("activity") == "after_slight_activity")
    assert element.continuous == (event.get("mode") == "continuous")
    assert found.diastolic_mmhg == event.get("diastolic_mmhg")
    rest = json.loads(found.rest or b"{}")
    for name in ("oxygen_l_per_min", "perfusion_index_percent", "rest_minutes", "source"):
        assert rest.get(name) == event.get(name)
    assert bool(found.marks & Mark.SITE_ASSUMED) == (temperature is not None and "temperature_site" not in event)
    assert bool(found.marks & Mark.AIR_ASSUMED) == ("on_oxygen" not in event)
    assert bool(found.marks & Mark.REST_ASSUMED) == ("activity" not in event)


def test_nul_spoils_the_reading_it_stands_in_and_an_escape_without_it_none() -> None:
    several = [READING | {"event_id": str(uuid4()), "unit": unit} for unit in ("三楼", "a\0b", 'the "east" wing')]
    decoded = decode_message(json.dumps(several).encode(), key=FACILITY, received_at=NOW)
    assert [found.unit for found in decoded.rows] == ["三楼", 'the "east" wing']
    assert ["NUL" in problem.sentence.en for problem in decoded.problems] == [True]


def test_every_decimal_in_range_is_itself_and_its_neighbours_are_refused() -> None:
    for number in range(300, 431):
        text = f"{number // 10}.{number % 10}"
        raw = written(READING | {"event_id": str(uuid4())})[:-1] + b',"temperature_celsius":%b}'
        assert row(raw % text.encode()).element.temperature_tenths == number
        for finer in (f"{text}1", f"{text}00001"):
            assert decode_message(raw % finer.encode(), key=None, received_at=NOW).rows == []


def test_a_whole_number_may_be_written_with_a_point_as_json_schema_has_it() -> None:
    whole = row(written(READING | {"pulse_per_min": 70}))
    assert row(written(READING | {"pulse_per_min": 70.0})) == whole
    assert not taken(written(READING | {"pulse_per_min": 70.5}))
    assert not taken(written(READING | {"on_oxygen": 1.0}))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"7",
        b"[[]]",
        b'{"type":"tomorrow","facility":"F-001", tru',
        b'{"type":"tomorrow","facility":"F-001","x":1e999}',
        b'{"type":"tomorrow","facility":"F-001","x":' + b"9" * 5_000 + b"}",
        b'{"type":"tomorrow\\u0000","facility":"F-001"}',
        b'{"type":"tomorrow","facility":"F-001","event_id":"x"}',
        b'{"type":"tomorrow","facility":"F-001","resident":"13912345678"}',
        b'{"type":"tomorrow","facility":"F-002"}',
        b'{"type":"tomorrow","facility":"F-001","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        written(READING | {"observed_at": "0001-01-01T00:00:00+14:00"}),
        written(READING | {"observed_at": "9999-12-31T23:59:59-14:00"}),
        written(CHECK_IN | {"note": "\\ud800"}).replace(b"\\\\", b"\\"),
        written(CHECK_IN | {"note": "?"}).replace(b"?", b"\xff"),
        written(CHECK_IN | {"?": 1}).replace(b"?", b"\xff"),
        written(CHECK_IN | {"?": 1, "event_id": str(UUID(int=7))}).replace(b"?", b"\xff"),
        written(CHECK_IN | {"x": "?"}).replace(b"?", b"\xed\xa0\x80"),
        written(CHECK_IN)[:-1] + b',"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    ],
    ids=lambda raw: repr(raw[:40]) + str(len(raw)),
)
def test_what_no_version_could_take_is_refused_with_a_sentence(raw: bytes) -> None:
    assert not taken(raw)
    decoded = decode_message(raw, key=FACILITY, received_at=NOW)
    assert [problem.fate for problem in decoded.problems] == ["rejected"]


def test_nesting_is_refused_by_its_depth_and_not_by_its_brackets() -> None:
    def nested(depth: int) -> bytes:
        return written(CHECK_IN)[:-1] + b',"x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"

    assert taken(nested(DEEPEST))
    assert not taken(nested(DEEPEST + 1))
    assert taken(written(CHECK_IN | {"note": '["{' * 500}))
    assert taken(written(CHECK_IN | {"x": [[]] * 500}))


def test_a_message_over_its_limits_is_kept_whole_as_one_problem() -> None:
    many = b"[" + b",".join([written(CHECK_IN)] * (MOST_EVENTS + 1)) + b"]"
    large = b"[" + written(CHECK_IN | {"x": "x" * MOST_BYTES}) + b"]"
    for body in (many, large):
        decoded = decode_message(body, key=FACILITY, received_at=NOW)
        assert [(problem.fate, problem.raw) for problem in decoded.problems] == [("rejected", body)]
        assert "split" in decoded.problems[0].sentence.en


def test_fields_nobody_knows_are_counted_wherever_they_stand() -> None:
    cases = [
        READING | {"mood": "fine", "colour": "blue"},
        {
            "type": "correction",
            **COMMON,
            "mood": 1,
            "corrects": {"event_id": str(uuid4()), "observed_at": AT, "why": 1},
            "action": "entered_in_error",
        },
        {
            "type": "correction",
            **COMMON,
            "corrects": {"event_id": str(uuid4()), "observed_at": AT},
            "action": "replaced_by",
            "replacement": READING | {"mood": 1, "colour": 2},
        },
        {
            "type": "facility_report",
            "facility": FACILITY,
            "observed_at": AT,
            "day": "2026-01-05",
            "medicine": {"herbs": 3},
            "difficulties": [{"id": "1", "kind": "k", "text": "", "state": "s", "colour": 1}],
        },
    ]
    for event in cases:
        raw = written(event | {"event_id": str(uuid4())})
        for message in (raw, b"[%b]" % raw):
            decoded = decode_message(message, key=FACILITY, received_at=NOW)
            assert decoded.unknown_fields == 2, event
            assert decoded.rows[0].marks & Mark.UNKNOWN_FIELDS
    assert decode_message(written(READING), key=FACILITY, received_at=NOW).unknown_fields == 0


def test_a_clock_that_was_never_set_is_marked() -> None:
    assert row(written(READING | {"device_status": ["clock_not_set"]})).marks & Mark.CLOCK_SKEWED


def test_a_replacement_has_an_id_of_its_own_and_keeps_its_own_time() -> None:
    found = row(
        written(
            {
                "type": "correction",
                **COMMON,
                "observed_at": "2026-01-05T09:00:00+08:00",
                "corrects": {"event_id": "5B0C5C4E-0F0B-5E56-9D1C-6D6F2C3B9A41", "observed_at": AT},
                "action": "replaced_by",
                "replacement": READING | {"resident": "R-08", "event_id": str(uuid4())},
            }
        )
    )
    correction = found.element
    assert correction.corrects == "5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41"
    assert correction.id == found.event_id
    assert correction.replacement.id == replacement_id(correction.id, correction.at)
    assert correction.replacement.at == correction.corrects_at == NOW - 60_000
    assert correction.replacement_resident == "R-08"


@settings(max_examples=300)
@given(events, st.data())
def test_a_damaged_event_is_taken_for_good_or_refused(event: dict[str, Any], data: st.DataObject) -> None:
    raw = bytearray(written(event))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    taken(bytes(raw))


def test_the_json_test_suite_is_taken_for_good_or_refused(shared_data: Path) -> None:
    for file in sorted((shared_data / "json_test_suite" / "test_parsing").iterdir()):
        raw = file.read_bytes()
        for body in (raw, *(written(CHECK_IN)[:-1] + b',"%b":' % name + raw + b"}" for name in (b"x", b"note"))):
            try:
                is_taken = taken(body)
            except AssertionError as error:
                raise AssertionError(file.name) from error
            assert not (file.name.startswith("n_") and is_taken and body is raw), file.name


def test_naughty_strings_are_kept_byte_for_byte_or_refused(shared_data: Path) -> None:
    for text in json.loads((shared_data / "naughty_strings" / "blns.json").read_text("utf-8")):
        for field in ("note", "resident", "reporter", "unit", "event_id", "observed_at", "type"):
            event = CHECK_IN | {field: text}
            raw = written(event)
            if not taken(raw) or field == "type":
                continue
            found = row(raw)
            kept = json.loads(found.rest)["note"] if field == "note" else getattr(found, field)
            assert kept == text


def test_whose_facility_it_is_decides_before_anything_is_kept() -> None:
    with pytest.raises(Refused, match="another facility"):
        read_event(written(READING | {"facility": "F-002"}), FACILITY)
    (problem,) = decode_message(written(READING), key="F-002", received_at=NOW).problems
    assert "message key" in problem.sentence.en
