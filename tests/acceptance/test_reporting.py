"""A positive is reported in time, or everybody who must know is told that it was not."""

from __future__ import annotations

import pytest

from alerts import reporting
from alerts.acting import Actor, NotAllowed, Refused
from alerts.reporting import Report
from detectors.times import MINUTE, to_text
from store import clocks
from store.connection import transaction
from tests.acceptance.story import Story
from tests.acceptance.test_calls import rings


async def reports(story: Story, name: str, clock: str, at: str | None = None, alert: int | None = None) -> None:
    """Somebody writes down that it was reported, now or before."""
    number = (await story.open_alerts())[0].id if alert is None else alert
    given = Report(clock, "莱山区民政局 王科长", "阳性1例，已隔离", None if at is None else story.moment(at))
    async with transaction(story.connection):
        await reporting.report(story.connection, number, Actor(name), given, story.now)


async def shown(story: Story, alert: int) -> list[str]:
    """`facility_told 08:10 08:06 王院长`: when it is due, when and by whom it was reported."""
    return [
        f"{one.clock} {story.clock(one.due_at)}"
        + (f" {story.clock(one.reported_at)} {one.actor}" if one.reported_at is not None else "")
        for one in await clocks.of_alert(story.connection, alert)
    ]


def of_reports(lines: list[str]) -> list[str]:
    return [line for line in lines if "report_" in line]


async def test_a_clock_reminds_before_it_runs_out_tells_the_desk_when_it_has_and_stops_by_a_report(
    story: Story,
) -> None:
    story.at("08:10").resident("R-07").is_positive()
    await story.until("08:11")
    (alert,) = await story.open_alerts()
    assert alert.condition == "positive_test"
    assert await shown(story, alert.id) == ["facility_told 08:20", "disease_control 08:10"]
    await story.does("acknowledge", "护士小周", comment=None)  # seen is not reported

    story.restarts()
    await story.until("08:18")
    assert of_reports(story.heard("护士小周")) == ["08:17 report_due voice"]
    assert of_reports(story.heard("值班员老赵")) == []
    await story.until("08:21")
    assert of_reports(story.heard("值班员老赵")) == ["08:20 report_late voice"]
    assert of_reports(story.heard("孙局长")) == ["08:20 report_late voice"]

    story.at("08:25")
    await reports(story, "王院长", "facility_told", at="08:24")  # four minutes late, and written down a minute later
    assert (await shown(story, alert.id))[0] == "facility_told 08:20 08:24 王院长"
    assert "district_report 08:54" in await shown(story, alert.id)  # runs from the report before it
    await story.until("08:45")
    assert of_reports(story.heard("值班员老赵"))[1:] == ["08:44 report_due voice"]
    await reports(story, "值班员老赵", "district_report")
    await story.until("10:00")
    assert len(of_reports(story.heard("值班员老赵"))) == 2


async def test_one_report_speaks_of_every_positive_that_was_known_and_of_none_that_came_later(story: Story) -> None:
    story.at("08:00").resident("R-07").is_positive()
    story.at("08:02").resident("R-08").is_positive()
    await story.until("08:08")
    assert of_reports(story.heard("护士小周")) == ["08:07 report_due voice"]  # once for both
    story.resident("R-09").is_positive()
    await story.until("08:09")
    await reports(story, "护士小周", "facility_told", at="08:05", alert=1)
    assert (await shown(story, 1))[0] == "facility_told 08:10 08:05 护士小周"
    assert (await shown(story, 2))[0] == "facility_told 08:12 08:05 护士小周"
    assert (await shown(story, 3))[0] == "facility_told 08:18"
    with pytest.raises(Refused, match="before the positive was known"):
        await reports(story, "护士小周", "facility_told", at="08:05", alert=3)
    with pytest.raises(Refused, match="on record"):
        await reports(story, "护士小周", "facility_told", alert=1)


async def test_low_oxygen_starts_no_clock_and_a_laboratory_is_known_when_it_arrives(story: Story) -> None:
    story.at("08:00").resident("R-07").rests(spo2=86)
    await story.until("08:01")
    assert await shown(story, 1) == []
    story.at("07:00").resident("R-08").is_positive("pcr")
    story.at("08:30")
    await story.judged()
    assert (await shown(story, 2))[0] == "facility_told 08:40"


async def test_a_laboratory_that_says_when_it_reported_is_known_from_then(story: Story) -> None:
    story.at("07:00").resident("R-08").is_positive("pcr")
    await story.stored_with(reported_at=to_text(story.moment("08:12")), after=90 * MINUTE)
    story.at("08:30")
    await story.judged()
    assert (await shown(story, 1))[0] == "facility_told 08:22"
    await story.until("08:31")
    assert of_reports(story.heard("值班员老赵")) == ["08:30 report_late voice"]  # ten minutes were over when it came


async def test_a_call_about_a_case_is_to_be_reported_from_the_call_on(story: Story) -> None:
    story.at("08:14")
    opened = await rings(story, "08:00", "核酸初筛阳性1例", is_case=True)
    assert (await shown(story, opened.alert_id))[0] == "facility_told 08:10"
    await story.until("08:15")
    assert of_reports(story.heard("值班员老赵")) == ["08:14 report_late voice"]


async def test_what_cannot_be_is_refused_and_who_may_only_look_reports_nothing(story: Story) -> None:
    story.at("08:00").resident("R-07").is_positive()
    await story.until("08:01")
    with pytest.raises(Refused, match="in the future"):
        await reports(story, "王院长", "facility_told", at="08:02")
    async with transaction(story.connection):
        viewer, given = Actor("参观者", frozenset()), Report("facility_told", "x", "x")
        with pytest.raises(NotAllowed):
            await reporting.report(story.connection, 1, viewer, given, story.now)
    assert (await shown(story, 1))[0] == "facility_told 08:10"
