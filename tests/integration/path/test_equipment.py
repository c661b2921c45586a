"""What facility reports say of devices, on a real database: found in its place, corrected, audited."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from detectors.times import MINUTE, to_text
from tests.integration.path.test_worker import FACILITY, Story, story

__all__ = ["story"]

TOLD = "select kind, reason_zh from transitions where condition = 'equipment_gap' order by id"


def report(story: Story, minutes: int, late: int = 1, **said: Any) -> dict[str, Any]:
    observed = story.now + minutes * MINUTE
    return {
        "type": "facility_report",
        "facility": FACILITY,
        "day": to_text(observed)[:10],
        "event_id": str(uuid4()),
        "observed_at": to_text(observed),
        "received_at": to_text(observed + late * MINUTE),
        **said,
    }


def kinds(story: Story) -> list[str]:
    return [row[0] for row in story.rows(TOLD)]


async def test_no_oximeter_for_a_day_is_told_and_a_late_report_that_one_worked_takes_it_back(story: Story) -> None:
    await story.takes(story.message(report(story, 0, oximeters_working=0), topic="facility-reports.v1"))
    await story.time_passes(24 * 60 - 1)
    assert kinds(story) == []
    await story.ends()
    await story.starts()
    await story.time_passes(24 * 60)
    ((kind, reason),) = story.rows(TOLD)
    assert kind == "opened"
    assert "可用血氧仪0台" in reason
    await story.audited()
    late = report(story, 12 * 60, late=20 * 60, oximeters_working=2)
    await story.takes(story.message(late, topic="facility-reports.v1"))
    assert kinds(story) == ["opened", "withdrawn"]
    await story.audited()


async def test_a_report_taken_back_is_in_no_timeline_and_blank_is_not_zero(story: Story) -> None:
    wrong = report(story, 0, oximeters_working=3, oxygen_devices_working=0)
    await story.takes(story.message(wrong, report(story, 1, residents=40), topic="facility-reports.v1"))
    assert kinds(story) == ["opened"]
    correction = {
        "type": "correction",
        "facility": FACILITY,
        "event_id": str(uuid4()),
        "corrects": {"event_id": wrong["event_id"], "observed_at": wrong["observed_at"]},
        "action": "entered_in_error",
        "observed_at": to_text(story.now + 5 * MINUTE),
        "received_at": to_text(story.now + 5 * MINUTE),
    }
    await story.takes(story.message(correction, topic="check-ins.v1"))
    assert kinds(story) == ["opened", "withdrawn"]
    assert story.rows("select count(*) from equipment") == [(0,)]
    await story.audited()
