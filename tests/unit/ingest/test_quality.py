"""How far a reading is trusted, on both sides of every limit, and what is the same content."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from detectors.observations import Doubt
from detectors.times import DAY, MINUTE, to_text
from ingest.decode import BACKLOG_AFTER, read_event, topic_of
from ingest.quality import RETENTION
from store.rows import Fate, Mark
from tests.unit.ingest.making import AT, NOW, row, written

OBSERVED = NOW - MINUTE
READING: dict[str, Any] = {
    "type": "reading",
    "facility": "F-001",
    "resident": "R-07",
    "observed_at": AT,
    "event_id": str(uuid4()),
    "consciousness": "A",
}
CHECK_IN = {**READING, "type": "check_in", "presence": "in"}


@pytest.mark.parametrize(
    ("said", "fate", "doubt"),
    [
        ({"spo2_percent": 70}, Fate.stored, 0),
        ({"spo2_percent": 69.9}, Fate.held, Doubt.SPO2_VERY_LOW),
        ({"spo2_percent": 35}, Fate.held, Doubt.SPO2_VERY_LOW),
        ({"spo2_percent": 34.9}, Fate.quarantined, Doubt.IMPOSSIBLE),
        ({"spo2_percent": -1}, Fate.quarantined, Doubt.IMPOSSIBLE),
        ({"spo2_percent": 100}, Fate.stored, 0),
        ({"spo2_percent": 100.1}, Fate.quarantined, Doubt.IMPOSSIBLE),
        ({"spo2_percent": 2_047}, Fate.quarantined, Doubt.IMPOSSIBLE),
        ({"pulse_per_min": 20}, Fate.stored, 0),
        ({"pulse_per_min": 19}, Fate.held, Doubt.PULSE_VERY_LOW),
        ({"pulse_per_min": 0}, Fate.held, Doubt.PULSE_VERY_LOW),
        ({"perfusion_index_percent": 0.3}, Fate.stored, 0),
        ({"perfusion_index_percent": 0.29}, Fate.held, Doubt.LOW_PERFUSION),
        ({"device_status": ["low_perfusion"]}, Fate.held, Doubt.LOW_PERFUSION),
        ({"device_status": ["inadequate_signal"]}, Fate.held, Doubt.WEAK_SIGNAL),
        ({"device_status": ["poor_signal"]}, Fate.held, Doubt.WEAK_SIGNAL),
        ({"device_status": ["signal_irregularity"]}, Fate.held, Doubt.WEAK_SIGNAL),
        ({"device_status": ["non_pulsatile"]}, Fate.held, Doubt.NON_PULSATILE),
        ({"device_status": ["demonstration"]}, Fate.quarantined, Doubt.DEMO),
        ({"device_status": ["testing"]}, Fate.quarantined, Doubt.DEMO),
        ({"device_status": ["equipment_malfunction"]}, Fate.quarantined, Doubt.INVALID_DEVICE),
        ({"device_status": ["unconnected_to_user"]}, Fate.quarantined, Doubt.INVALID_DEVICE),
        ({"device_status": ["sensor_displaced"]}, Fate.quarantined, Doubt.INVALID_DEVICE),
        ({"device_status": ["sensor_disconnected"]}, Fate.quarantined, Doubt.INVALID_DEVICE),
        ({"device_status": ["invalid"]}, Fate.quarantined, Doubt.INVALID_DEVICE),
        ({"device_status": ["ongoing", "questionable_pulse", "interference"]}, Fate.stored, 0),
        (
            {"device_status": ["testing", "poor_signal"], "pulse_per_min": 10},
            Fate.quarantined,
            Doubt.DEMO | Doubt.WEAK_SIGNAL | Doubt.PULSE_VERY_LOW,
        ),
    ],
    ids=str,
)
def test_a_doubtful_value_is_held_or_quarantined_and_keeps_its_element(said: Any, fate: Fate, doubt: int) -> None:
    found = row(written(READING | said))
    assert (found.fate, found.element.doubt) == (fate, doubt)


@pytest.mark.parametrize("event", [READING, CHECK_IN], ids=["reading", "check_in"])
def test_lateness_is_judged_by_the_time_of_receipt(event: dict[str, Any]) -> None:
    def fate(received_at: int) -> Fate:
        return row(written(event), received_at).fate

    assert fate(OBSERVED + 7 * DAY) == Fate.stored
    assert fate(OBSERVED + 7 * DAY + 1) == Fate.late
    assert fate(OBSERVED + RETENTION) == Fate.late
    assert fate(OBSERVED + RETENTION + 1) == Fate.out_of_window
    assert fate(OBSERVED - 10 * MINUTE) == Fate.stored
    assert fate(OBSERVED - 10 * MINUTE - 1) == Fate.out_of_window


def test_the_gateways_stamp_counts_before_the_append_time() -> None:
    assert row(written(READING | {"received_at": to_text(NOW)}), NOW + 30 * DAY).received_at == NOW
    assert row(written(READING), NOW).received_at == NOW


def test_a_clock_over_two_minutes_off_is_marked_either_way() -> None:
    for skew in (-1, 1):
        for extra in (0, 1):
            sent_at = to_text(NOW + skew * (2 * MINUTE + extra))
            found = row(written(READING | {"sent_at": sent_at}))
            assert bool(found.marks & Mark.CLOCK_SKEWED) == bool(extra)


def test_only_what_is_over_a_quarter_of_an_hour_old_travels_apart() -> None:
    event, _ = read_event(written(CHECK_IN), "F-001")
    assert topic_of(event, OBSERVED + BACKLOG_AFTER) == "check-ins.v1"
    assert topic_of(event, OBSERVED + BACKLOG_AFTER + 1) == "backlog.v1"


@pytest.mark.parametrize(
    "changed",
    [
        {"resident": "R-08"},
        {"device": "OX-1"},
        {"reporter": "S-1"},
        {"unit": "U-1"},
        {"pulse_per_min": 70},
        {"diastolic_mmhg": 70},
        {"source": "manual"},
        {"perfusion_index_percent": 4.2},
    ],
    ids=str,
)
def test_other_content_has_another_digest(changed: dict[str, Any]) -> None:
    assert row(written(READING | changed)).content != row(written(READING)).content


def test_said_and_assumed_are_different_content() -> None:
    low = READING | {"spo2_percent": 91}
    assert row(written(low | {"activity": "rest"})).content != row(written(low)).content


def test_neither_the_clock_of_sending_nor_that_of_receipt_is_content() -> None:
    again = READING | {"sent_at": "2026-01-05T01:00:00Z", "received_at": "2026-01-06T01:00:00Z", "mood": "fine"}
    assert row(written(again)).content == row(written(READING)).content
