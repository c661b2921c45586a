"""Nights on call, told as they happen."""

from __future__ import annotations

import asyncio

import pytest

from alerts import acting
from alerts.acting import Actor, NotAllowed
from detectors.times import HOUR, MINUTE
from store import alerts
from store.connection import connect, transaction
from tests.acceptance.story import SenderKilled, Story


async def test_nobody_answers_the_first_two_steps(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:02")
    assert story.heard("护士小李") == ["03:00 alarm voice"]
    assert story.heard("护士小周") == story.heard("王院长") == []  # not on shift; not yet

    await story.until("03:09")
    assert story.heard("王院长") == ["03:03 escalation voice"]  # what wakes goes before the robot
    assert story.heard("张医生") == ["03:03 escalation sms"]
    assert story.heard("值班员老赵") == []
    assert await story.line() == "提醒中 · 责任待认领"

    await story.until("03:11")
    assert story.heard("值班员老赵") == ["03:10 escalation voice"]
    card = story.heard_all[0].message
    assert "接手请按 1，无法处理请按 2" in card.text

    await story.does("accept", "值班员老赵", comment="已联系机构")
    assert await story.line() == "异常持续 · 值班员老赵已接手"
    await story.until("03:30")
    assert story.heard("孙局长") == []
    assert "accepted by 值班员老赵 before the turn of the duty leader" in await story.not_told()


async def test_an_acknowledgement_runs_out_and_the_ladder_begins_again(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    await story.does("acknowledge", "护士小李", comment="在路上")
    assert await story.line() == "异常持续 · 护士小李已知悉 · 责任待认领"
    await story.until("03:29")
    assert story.heard("护士小李") == ["03:00 alarm voice"]
    await story.until("03:36")
    assert story.heard("护士小李") == ["03:00 alarm voice", "03:31 reminder voice"]
    assert story.heard("张医生") == ["03:34 escalation sms"]
    assert await story.line() == "提醒中 · 责任待认领"


async def test_rejecting_routes_on_at_once(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    await story.does("reject", "护士小李", reason="正在抢救另一位老人")
    await story.sends()
    assert story.heard("王院长") == ["03:01 escalation voice"]
    assert story.heard("张医生") == ["03:01 escalation sms"]
    assert await story.line() == "提醒中 · 护士小李已退回·责任待认领"


async def test_hand_over_of_the_shift_in_the_middle_of_an_alert(story: Story) -> None:
    story.at("07:50").resident("R-07").rests(spo2=86)
    await story.until("07:51")
    await story.does("acknowledge", "护士小李", comment=None)
    await story.until("08:22")
    assert story.heard("护士小李") == ["07:50 alarm voice"]
    assert story.heard("护士小周") == ["08:21 reminder voice"]  # whoever is on shift when the signal returns


async def test_the_sms_gateway_is_down(story: Story) -> None:
    story.lines["sms"].is_cut = True
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:05")
    assert story.heard("张医生") == ["03:03 escalation voice"]  # the next way to the same person
    (desk,) = story.heard("值班员老赵")
    assert desk.split()[1:] == ["not_reached", "voice"] or desk.split()[1:] == ["not_reached", "wecom"]
    assert any("sms: answered 503" in one.message.text for one in story.heard_all)


async def test_two_people_acknowledge_at_once(story: Story, database: str) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    (alert,) = await story.open_alerts()
    other = await connect(database, "other")

    async def acts(connection: object, name: str) -> list[acting.Outcome]:
        async with transaction(connection) as inside:  # type: ignore[arg-type]
            return await acting.acknowledge(inside, [alert.id], Actor(name), None, story.now)

    (one,), (two,) = await asyncio.gather(acts(story.connection, "护士小李"), acts(other, "张医生"))
    await other.close()
    assert sorted([one.done, two.done]) == [False, True]
    winner = (await story.open_alerts())[0].acknowledged_by
    assert f"acknowledged by {winner} before" in (one.why_not, two.why_not)


async def test_what_is_over_before_it_is_sent_is_not_told(story: Story) -> None:
    story.lines["voice"].is_cut = story.lines["sms"].is_cut = True
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.judged()
    for minute in (2, 4, 6, 8):
        story.at(f"03:0{minute}").rests(spo2=97)
        await story.judged()
    story.lines["voice"].is_cut = story.lines["sms"].is_cut = False
    await story.until("03:12")
    assert story.heard_all == []
    assert await story.not_told() == ["over before it was sent"]
    assert await story.line() == "已恢复·待查看"  # urgent: it stays until a person has looked
    await story.does("acknowledge", "护士小李", comment=None)
    assert await story.open_alerts() == []


async def test_everyone_who_was_told_hears_the_all_clear_and_never_before_the_alarm(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:04")
    for minute in (5, 6, 7, 8, 9):
        story.at(f"03:0{minute}").rests(spo2=97)
    await story.until("03:09")
    for name in ("护士小李", "王院长", "张医生"):
        kinds = [line.split()[1] for line in story.heard(name)]
        assert kinds in (["alarm", "all_clear"], ["escalation", "all_clear"]), name
    assert story.heard("值班员老赵") == []


async def test_a_snooze_is_capped_announces_its_end_and_survives_a_restart(story: Story) -> None:
    story.at("12:00").resident("R-07").rests(spo2=86)
    await story.until("12:01")
    await story.does("accept", "护士小周")
    await story.does("snooze", "护士小周", until=story.now + 9 * HOUR, reason="等待救护车")
    assert await story.line() == "异常持续 · 护士小周已接手 · 至13:01暂停"  # an hour is the most for P1
    story.restarts()
    await story.until("12:50")
    assert story.heard("护士小周") == ["12:00 alarm voice"]
    await story.until("12:57")
    assert [line.split()[1] for line in story.heard("护士小周")] == ["alarm", "silence_ends"]
    await story.until("13:02")
    assert [line.split()[1] for line in story.heard("护士小周")] == ["alarm", "silence_ends", "reminder"]


async def test_a_snooze_is_of_one_condition_can_be_cancelled_and_is_broken_by_worsening(story: Story) -> None:
    story.at("12:00").resident("R-07").rests(spo2=91)
    await story.until("12:12")  # not repeated in ten minutes: urgent, not yet P1
    (alert,) = await story.open_alerts()
    assert alert.severity == 2
    await story.does("snooze", "护士小周", until=story.now + HOUR, reason="在处置")
    story.resident("R-08").rests(spo2=86)  # somebody else is told as ever
    await story.until("12:14")
    assert len(story.heard("护士小周")) == 2
    story.at("12:15").resident("R-07").rests(spo2=86)
    await story.until("12:16")
    (worse, *_) = [row for row in await story.open_alerts() if row.id == alert.id]
    assert (worse.severity, worse.snoozed_until) == (1, None)
    assert len(story.heard("护士小周")) == 3
    await story.does("snooze", "护士小周", until=story.now + HOUR, reason="在处置", who=[alert.id])
    await story.does("cancel_snooze", "护士小周", who=[alert.id])
    await story.until("12:18")
    assert len(story.heard("护士小周")) == 4


async def test_who_may_only_look_silences_nobody(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    viewer = Actor("参观者", frozenset())
    for action, more in (("acknowledge", {}), ("snooze", {"until": story.now + HOUR, "reason": "x"})):
        with pytest.raises(NotAllowed):
            await story.does(action, "参观者", actor=viewer, **more)
    assert await story.line() == "提醒中 · 责任待认领"


async def test_the_sender_is_killed_between_sending_and_recording(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.judged()
    story.lines["voice"].dies_after_sending = True
    with pytest.raises(SenderKilled):
        await story.sends()
    story.restarts()
    await story.until("03:02")
    first, second = [one for one in story.heard_all if one.address == "13800000001"]
    assert first.message.key == second.message.key  # the receiver can tell that it is the same


async def test_an_old_alert_never_pages_at_night_by_accident(story: Story) -> None:
    story.at("09:00").resident("R-07").rests(spo2=86)
    await story.until("09:01")
    await story.does("acknowledge", "护士小周", comment="慢病，已联系家属")
    told = len(story.heard_all)
    story.now += 120 * 24 * HOUR  # four months; the sender was away, and comes back at night
    story.now = story.now - story.now % (24 * HOUR) + 21 * HOUR + 30 * MINUTE  # 05:30 in Shanghai
    await story.sends()
    assert len(story.heard_all) == told
    (alert,) = await story.open_alerts()
    assert story.clock(alert.next_escalation_at or 0) == "07:00"


async def test_three_hundred_alerts_of_one_broken_device_model_and_a_new_one_among_them(story: Story) -> None:
    await story.home("F-002", "安康敬老院")
    story.desk("家-2", facility="F-002")
    story.person("护士小吴", ("voice", "13800000007"))
    story.shift("家-2", "carer", "护士小吴")
    await story.rosters()
    for number in range(300):
        story.at("10:00").resident(f"R-{number:03}").rests(spo2=80)
    await story.until("10:01")
    story.resident("R-900", "F-002").rests(spo2=84)
    story.resident("R-007").rests(spo2=79)
    await story.until("10:05")
    assert len(story.heard("护士小周")) <= 10  # not three hundred calls
    assert story.heard("护士小吴") == ["10:01 alarm voice"]
    reasons = await story.not_told()
    assert sum("alike in 10 minutes were told" in reason for reason in reasons) >= 290
    done = await story.does("acknowledge", "护士小周", comment="同一型号血氧仪故障")
    assert sum(one.done for one in done) == 301
    assert all(row.signal == "acknowledged" for row in await story.open_alerts())


async def test_nobody_on_duty_is_said_and_the_next_step_is_not_waited_for_in_vain(story: Story) -> None:
    story.person("王院长")
    await story.rosters()
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:04")
    assert "王院长 has no way to be told" in await story.not_told()
    assert story.heard("张医生") == ["03:03 escalation sms"]


async def test_checks_of_the_past_page_nobody(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:02", origin="backfill")
    assert story.heard_all == []
    assert await story.not_told() == ["backfill never pages"]


async def test_what_still_stands_after_the_database_was_set_back_is_one_call_and_one_list(story: Story) -> None:
    story.at("03:00")
    for number in (7, 8, 9):
        story.resident(f"R-{number:02}").rests(spo2=86)
    story.resident("R-10").rests(spo2=92)
    await story.until("03:11", origin="backfill")
    assert story.heard_all == []

    async with transaction(story.connection):
        await story.connection.execute("update facilities set partition = 5")
        assert await alerts.tell_what_stands(story.connection, [4], story.now) == 0
        assert await alerts.tell_what_stands(story.connection, [5], story.now) == 3  # the P2 waits in the inbox
    await story.until("03:13")
    assert story.heard("护士小李") == ["03:11 reminder voice"] * 3  # has no channel that takes a list
    await story.until("03:15")
    assert story.heard("王院长") == ["03:14 escalation voice", "03:14 digest wecom"]
    (together,) = [one.message for one in story.heard_all if one.channel == "wecom"]
    assert len(together.facts["alerts"]) == 2  # type: ignore[arg-type]
