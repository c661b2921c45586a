"""Events as senders write them: any that the contract allows, and laws to hold them to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, get_args

from hypothesis import strategies as st

from detectors.observations import Consciousness, Presence, Site
from detectors.times import to_datetime
from ingest.checks import EARLIEST, LATEST
from ingest.decode import decode_message, read_event, stamp
from ingest.events import DeviceStatus, NotMeasured, SoftSign, Symptom, Vital
from ingest.sentences import Refused
from store.rows import ObservationRow

AT: Final = "2026-01-05T07:10:00.000+08:00"
NOW: Final = 1_767_568_260_000  # a minute later
FACILITY: Final = "F-001"

_zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.builds(
    lambda at, zone: to_datetime(at).astimezone(zone).isoformat(timespec="milliseconds"),
    st.integers(EARLIEST, LATEST - 1),
    _zones,
)
codes = st.text("ABCRFU-_0123456789护理", min_size=1, max_size=10)
notes = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)


def tenths(low: int, high: int) -> st.SearchStrategy[float]:
    """Numbers of one decimal."""
    return st.integers(low, high).map(lambda number: number / 10)


def _of(literal: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(literal))


def _some(always: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    who = {"resident": codes, "observed_at": times, "facility": st.just(FACILITY)}
    common = {"unit": codes, "device": codes, "reporter": codes, "staff": codes, "sent_at": times}
    common |= {"event_id": st.uuids().map(str), "received_at": times}
    return st.fixed_dictionaries(who | always, optional=common | optional)


readings = _some(
    {"type": st.just("reading"), "spo2_percent": tenths(0, 1_000)},
    pulse_per_min=st.integers(0, 300),
    respirations_per_min=st.integers(4, 70),
    temperature_celsius=tenths(300, 430),
    temperature_site=_of(Site),
    systolic_mmhg=st.integers(30, 300),
    diastolic_mmhg=st.integers(10, 200),
    consciousness=_of(Consciousness),
    on_oxygen=st.booleans(),
    oxygen_l_per_min=tenths(0, 150),
    activity=st.sampled_from(["rest", "after_slight_activity"]),
    rest_minutes=st.integers(0, 60),
    perfusion_index_percent=st.integers(0, 2_000).map(lambda number: number / 100),
    device_status=st.lists(_of(DeviceStatus), max_size=3),
    source=st.sampled_from(["device", "manual", "paper"]),
    mode=st.sampled_from(["spot", "continuous"]),
)
tests = _some(
    {
        "type": st.just("test_result"),
        "test": st.sampled_from(["antigen", "pcr"]),
        "result": st.sampled_from(["positive", "negative", "invalid", "undetermined"]),
    },
    pathogen=codes,
    specimen=codes,
    reported_at=times,
)
check_ins = _some(
    {"type": st.just("check_in"), "presence": _of(Presence)},
    slot=st.sampled_from(["morning", "noon", "evening"]),
    leave_until=times,
    symptoms=st.lists(_of(Symptom), max_size=3),
    soft_signs=st.lists(_of(SoftSign), max_size=3),
    not_measured=st.dictionaries(_of(Vital), _of(NotMeasured), max_size=2),
    note=notes,
)
corrections = st.one_of(
    _some(
        {
            "type": st.just("correction"),
            "corrects": st.fixed_dictionaries({"event_id": st.uuids().map(str), "observed_at": times}),
            "action": st.just("replaced_by"),
            "replacement": st.one_of(readings, tests, check_ins),
        }
    ),
    _some(
        {
            "type": st.just("correction"),
            "corrects": st.fixed_dictionaries({"event_id": st.uuids().map(str), "observed_at": times}),
            "action": st.sampled_from(["entered_in_error", "stands"]),
        },
        reason=st.sampled_from(["wrong_resident", "typing", "device"]),
    ),
)
reports = _some(
    {
        "type": st.just("facility_report"),
        "day": st.dates().map(str),
        "residents": st.integers(0, 500),
    },
    medicine=st.fixed_dictionaries({}, optional={"antiviral": st.integers(0, 90), "antipyretic": st.integers(0, 90)}),
    difficulties=st.lists(st.fixed_dictionaries({"id": codes, "kind": codes, "text": notes, "state": codes})),
    nothing_to_report=st.booleans(),
)
events = st.one_of(readings, tests, check_ins, corrections, reports)


def written(event: dict[str, Any], **how: Any) -> bytes:
    """The event as bytes."""
    return json.dumps(event, **{"ensure_ascii": False, **how}).encode()


def row(raw: bytes, received_at: int = NOW) -> ObservationRow:
    """The one row of a message in which nothing is wrong."""
    decoded = decode_message(raw, key=FACILITY, received_at=received_at)
    assert decoded.problems == []
    (found,) = decoded.rows
    return found


def taken(raw: bytes) -> bool:
    """Whether the gateway takes it. What it takes the worker reads, alone and among others: a 202 is not taken back."""
    try:
        event, event_id = read_event(raw, FACILITY)
    except Refused as refused:
        sentence = refused.sentence
        assert sentence.en
        assert sentence.zh
        assert "\0" not in sentence.en + sentence.zh
        return False
    stamped = stamp(raw, event_id, NOW)
    for count, message in ((1, stamped), (1, b"[%b]" % stamped), (2, b"[%b,%b]" % (stamped, stamped))):
        decoded = decode_message(message, key=FACILITY, received_at=0)
        if event is None:
            assert [problem.fate for problem in decoded.problems] == ["not_yet_understood"] * count
            assert [problem.raw for problem in decoded.problems] == [stamped] * count
        else:
            assert decoded.problems == []
            assert [(one.event_id, one.received_at) for one in decoded.rows] == [(event_id, NOW)] * count
    return True


def moment(text: str) -> datetime:
    """The time in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
