"""What users of other on-call and remote-alarm tools were punished by: each of their bugs is a story, here or there.

- acknowledging, and saying why (Alertmanager 1860, Grafana 13364 and 18193): here
- paging goes on after the acknowledgement (OnCall 4760): here
- an old, acknowledged alert pages at 05:30 (OnCall 3111): `test_an_old_alert_never_pages_at_night_by_accident`
- two hundred are to be acknowledged one by one (OnCall 2618), and a new one is lost among them:
  `test_three_hundred_alerts_of_one_broken_device_model_and_a_new_one_among_them`
- a group does not say who is in it (OnCall 3155): `test_a_digest_names_every_alert_by_place_and_code`
- one that is over takes the whole group with it (Grafana 42683): here
- what was silenced is told all the same (Alertmanager 2485): here
- a silence that nobody sees, or that outlives its alert (Alertmanager 3457 and 3825, Nightscout): here
- a silence ends without a word (Alertmanager 730 and 1639):
  `test_a_snooze_is_capped_announces_its_end_and_survives_a_restart`
- a silence is lost at a restart, or has no end and is forgotten (Nightscout): here
- what was held back fires at a restart (Alertmanager 4064):
  `test_what_was_held_back_for_a_county_is_not_told_after_a_restart`
- acknowledging one alarm acknowledges all of its level (Nightscout): here
- who may only read silences everybody (Nightscout): `test_who_may_only_look_silences_nobody`
- an alarm sounds on after the value was corrected (Nightscout): here
- no reading ever is taken for a good one (Nightscout, RADAR-base):
  `test_a_facility_that_was_registered_and_never_sends_is_never_seen`
- a reading of the future, or an old backlog, counts as alive (Nightscout, RADAR-base):
  `test_a_flush_and_wrong_clocks_do_not_count_as_alive_and_a_restart_changes_nothing`
- an alarm that nobody can clear by hand (JetLinks 644):
  `test_a_case_is_an_alert_like_others_until_somebody_closes_it`
"""

from __future__ import annotations

from alerts.channels import CHANNELS
from detectors.times import DAY, HOUR, MINUTE
from store import alerts
from tests.acceptance.story import Story


async def test_whoever_acknowledges_says_why_and_everybody_reads_it(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    await story.does("acknowledge", "护士小李", comment="探头松脱，正在复测")
    (alert,) = await story.open_alerts()
    assert (alert.acknowledged_by, alert.acknowledged_comment) == ("护士小李", "探头松脱，正在复测")
    (said,) = await alerts.actions_of(story.connection, alert.id)
    assert (said.actor, said.action, said.comment) == ("护士小李", "acknowledged", "探头松脱，正在复测")


async def test_after_the_acknowledgement_nobody_is_paged_also_not_by_what_was_waiting(story: Story) -> None:
    story.lines["voice"].is_cut = story.lines["sms"].is_cut = story.lines["wecom"].is_cut = True
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:04")  # the carer's, the head's and the doctor's calls wait for the gateway
    await story.does("acknowledge", "护士小李", comment=None)
    story.lines["voice"].is_cut = story.lines["sms"].is_cut = story.lines["wecom"].is_cut = False
    await story.until("03:29")
    # Only that the gateway was broken is told.
    assert {one.message.kind for one in story.heard_all} == {"not_reached"}
    assert "acknowledged by 护士小李 before it was sent" in await story.not_told()


async def test_one_of_a_group_that_is_over_takes_nobody_with_it(story: Story) -> None:
    story.at("10:00")
    for number in range(1, 13):
        story.resident(f"R-{number:02}").rests(spo2=86)
    await story.until("10:04")
    for minute in (5, 6, 7, 8, 9):
        story.at(f"10:0{minute}").resident("R-01").rests(spo2=97)
    await story.until("10:09")
    still = {row.resident_id for row in await story.open_alerts() if row.condition_state == "present"}
    assert len(still) == 11
    clear = [one.message for one in story.heard_all if one.message.kind == "all_clear"]
    assert clear
    assert all(one.facts["subject"] == {"kind": "resident", "id": "R-01"} for one in clear)


async def test_what_is_snoozed_is_told_to_nobody_and_everybody_sees_that_it_is(story: Story) -> None:
    story.at("12:00").resident("R-07").rests(spo2=86)
    await story.until("12:01")
    await story.does("snooze", "护士小周", until=story.now + 30 * MINUTE, reason="在做雾化")
    story.restarts()
    await story.until("12:25")  # the steps of 12:03, 12:10 and 12:20 have passed
    assert len(story.heard_all) == 1
    assert await story.line() == "提醒中 · 责任待认领 · 至12:31暂停"
    (alert,) = await story.open_alerts()
    assert (alert.snoozed_by, alert.snooze_reason) == ("护士小周", "在做雾化")


async def test_a_snooze_ends_with_its_alert_and_the_next_one_is_told(story: Story) -> None:
    story.at("12:00").resident("R-07").rests(spo2=86)
    await story.until("12:01")
    await story.does("acknowledge", "护士小周", comment=None)
    await story.does("snooze", "护士小周", until=story.now + HOUR, reason="在做雾化")
    for minute in range(2, 8):
        story.at(f"12:0{minute}").rests(spo2=97)
    await story.until("12:08")
    assert await story.open_alerts() == []
    told = len(story.heard("护士小周"))
    story.at("12:20").rests(spo2=86)
    await story.until("12:21")
    assert story.heard("护士小周")[told:] == ["12:20 alarm voice"]


async def test_a_restart_keeps_every_snooze_and_no_snooze_is_without_an_end(story: Story) -> None:
    story.at("12:00")
    for number in (7, 8, 9):
        story.resident(f"R-{number:02}").rests(spo2=86)
    await story.until("12:01")
    for at, row in enumerate(await story.open_alerts(), 1):
        await story.does("snooze", "护士小周", until=story.now + at * 10 * MINUTE, reason=f"第{at}位", who=[row.id])
    before = {row.id: (row.snoozed_until, row.snooze_reason) for row in await story.open_alerts()}
    story.restarts(dict(CHANNELS))
    await story.until("12:05")
    assert {row.id: (row.snoozed_until, row.snooze_reason) for row in await story.open_alerts()} == before
    told = len(story.heard_all)
    await story.does("snooze", "护士小周", until=story.now + 365 * DAY, reason="一直静音")
    assert all((row.snoozed_until or 0) <= story.now + HOUR for row in await story.open_alerts())
    await story.until("13:05")
    assert len(story.heard_all) > told


async def test_acknowledging_one_leaves_another_of_the_same_level_and_another_of_the_same_person(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    story.resident("R-08").rests(spo2=86)
    story.resident("R-07").is_positive()
    await story.until("03:01")
    (mine,) = [row for row in await story.open_alerts() if row.condition == "hypoxia" and row.resident_id == 1]
    await story.does("acknowledge", "护士小李", comment=None, who=[mine.id])
    others = [row for row in await story.open_alerts() if row.id != mine.id]
    assert len(others) == 2
    assert {row.signal for row in others} == {"on"}
    await story.until("03:04")
    assert len([line for line in story.heard("王院长") if "escalation" in line]) == 1  # of the other resident


async def test_an_alarm_is_over_when_its_reading_was_a_mistake(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:04")
    assert story.heard("王院长") == ["03:03 escalation voice"]
    story.at("03:05").corrects_the_last()
    await story.until("03:30")
    assert await story.open_alerts() == []
    for name in ("护士小李", "王院长", "张医生"):
        assert [line.split()[1] for line in story.heard(name)][1:] == ["all_clear"], name
    assert story.heard("值班员老赵") == []
