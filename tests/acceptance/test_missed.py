"""Nights on which something else goes wrong too: nobody is missed, and nobody is woken in vain."""

from __future__ import annotations

import pytest

from alerts.notifiers.base import Message, Undeliverable
from detectors.observations import Presence
from detectors.times import SECOND
from tests.acceptance.story import Story


async def test_what_fell_silent_after_it_was_acknowledged_is_asked_after_and_not_called_over(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    await story.does("acknowledge", "护士小李", comment="在路上")
    story.now = story.moment("+4 09:00")  # and nobody has measured since
    await story.until("+4 09:42")
    assert story.heard("护士小李") == ["03:00 alarm voice"]  # has gone home
    assert story.heard("护士小周") == ["09:30 reminder voice", "09:40 reminder voice"]
    text = story.heard_all[-1].message.text
    assert "已恢复" not in text
    assert await story.line() == "未再监测·待查看"


async def test_a_gap_in_the_roster_is_climbed_over_at_once(story: Story) -> None:
    story.shifts_without("carer", "head", "doctor")
    await story.rosters()
    story.at("02:00").resident("R-07").rests(spo2=86)
    await story.until("02:01")
    assert story.heard("值班员老赵") == ["02:00 escalation voice"]
    assert await story.not_told() == [
        "no carer or nurse on shift is on duty",
        "no head of the facility is on duty",
        "no paired doctor is on duty",
    ]
    await story.until("02:12")
    assert story.heard("孙局长") == ["02:10 escalation voice"]


async def test_whom_nobody_could_be_told_of_is_told_as_soon_as_somebody_can_be(story: Story) -> None:
    story.shifts_without("carer", "head", "doctor", "duty_officer", "duty_leader")
    story.shift("家-1", "carer", "护士小周", "08:00-20:00")
    await story.rosters()
    story.at("02:00").resident("R-07").rests(spo2=86)
    await story.until("02:30")
    assert story.heard_all == []
    assert len(await story.not_told()) == 5  # each once
    await story.until("08:12")
    assert story.heard("护士小周")[0] == "08:00 reminder voice"


async def test_ways_that_all_failed_for_good_are_tried_again(story: Story) -> None:
    class Gone:
        async def send(self, address: str, message: Message) -> None:
            raise Undeliverable("answered 404")

    mended, story.lines = dict(story.lines), dict.fromkeys(story.lines, Gone())  # type: ignore[arg-type]
    story.restarts()
    story.at("02:00").resident("R-07").rests(spo2=86)
    await story.until("02:35")
    assert story.heard_all == []
    story.lines = mended
    story.restarts()
    await story.until("02:45")
    assert story.heard("护士小李") == ["02:43 reminder voice"]  # ten minutes after the last
    assert story.heard("值班员老赵")[-1] == "02:43 reminder voice"


async def test_what_came_late_and_was_over_wakes_nobody_and_stays_until_somebody_looked(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86, at="-1 07:10")
    await story.judged()
    await story.sends()
    story.now += 20_000  # the next packets of the same tablet
    for clock in ("-1 07:12", "-1 07:20", "-1 17:05", "-1 22:00"):
        story.rests(spo2=97, at=clock)
    await story.until("03:10")
    assert story.heard_all == []
    assert await story.line() == "已恢复·待查看"


async def test_what_came_late_and_stands_is_told_a_minute_later_with_its_age(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86, at="-1 22:00")
    await story.until("03:02")
    assert story.heard("护士小李") == ["03:01 alarm voice"]
    await story.until("03:05")
    assert story.heard("张医生") == ["03:04 escalation sms"]  # the ladder counts from when it is told


@pytest.mark.parametrize("where", ["hospital", "transferred", "discharged", "died"])
async def test_who_is_in_hospital_gone_or_dead_is_no_call_until_measured_here_again(
    story: Story, where: Presence
) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.stored_with(after=1_000)
    await story.until("03:01")
    await story.does("acknowledge", "护士小李", comment="救护车在路上")
    story.at("03:20").is_said_to_be(where)
    await story.stored_with(after=1_000)
    await story.until("05:00")
    assert [one.message.kind for one in story.heard_all] == ["alarm"]
    assert (await story.not_told())[-1] == f"the resident is elsewhere: {where}"
    assert len(await story.open_alerts()) == 1

    story.at("05:30").rests(spo2=85)
    await story.stored_with(after=1_000)
    await story.until("05:36")
    assert story.heard("护士小李")[-1].endswith("reminder voice")


async def test_two_who_go_up_and_down_hide_nobody_else_of_the_home(story: Story) -> None:
    story.at("03:00")
    for _ in range(5):  # critical, then well enough to be over, again and again
        for spo2, seconds in ((86, 10), (97, 65), (97, 15)):
            for code in ("R-07", "R-09"):
                story.resident(code).rests(spo2=spo2)
            await story.judged()
            await story.sends()
            story.now += seconds * SECOND
    story.resident("R-08").rests(spo2=85)
    await story.judged()
    await story.sends()
    assert story.heard("护士小李")[-1] == "03:07 alarm voice"
    assert story.heard("王院长") == []


async def test_ways_that_are_none_are_climbed_over_at_once(story: Story) -> None:
    class Wrong:
        async def send(self, address: str, message: Message) -> None:
            raise Undeliverable("the address is no telephone number")

    story.person("护士小李", ("dingtalk", "none"))
    story.person("王院长", ("dingtalk", "none"))
    story.person("张医生", ("dingtalk", "none"))
    await story.rosters()
    story.lines["dingtalk"] = Wrong()  # type: ignore[assignment]
    story.at("02:00").resident("R-07").rests(spo2=86)
    await story.until("02:03")  # a look a minute here, ten seconds after each step otherwise
    assert story.heard("值班员老赵")[-1] == "02:02 escalation voice"
    assert story.heard("孙局长") == []


async def test_whoever_comes_on_shift_is_told_of_what_nobody_has_answered(story: Story) -> None:
    story.at("07:30").resident("R-07").rests(spo2=86)
    await story.until("08:05")
    assert story.heard("护士小李") == ["07:30 alarm voice"]
    assert story.heard("护士小周") == ["08:00 reminder voice"]
    assert story.heard("王院长")[-1] == story.heard("值班员老赵")[-1] == "08:00 reminder voice"
    for minute in (6, 7, 8, 9):
        story.at(f"08:0{minute}").rests(spo2=97)
    await story.until("08:09")
    for name in ("护士小李", "护士小周", "王院长"):
        assert story.heard(name)[-1].endswith("all_clear voice"), name
