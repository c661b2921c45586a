"""The change of a shift, told as it happens: nobody is between the two who hand over."""

from __future__ import annotations

import pytest

from alerts.acting import Actor, NotAllowed, Refused
from alerts.handing_over import Offer, Person, offer
from detectors.times import MINUTE
from store import alerts
from tests.acceptance.handing_over import COUNTY, HOME, Shift
from tests.acceptance.referring import Ward
from tests.acceptance.story import Story


@pytest.fixture
def shift(story: Story) -> Shift:
    return Shift(story)


async def test_hand_over_at_eight_in_the_middle_of_an_alert(story: Story, shift: Shift) -> None:
    story.at("07:57").resident("R-07").rests(spo2=86)
    await story.until("07:58")
    assert story.heard("护士小李") == ["07:57 alarm voice"]
    record = await shift.offers("护士小李", wanted="护士小周")

    # Her shift ends at eight. The next step falls due while nobody has taken over: she is told of it.
    await story.until("08:02")
    assert story.heard("王院长") == ["08:00 escalation voice"]
    assert story.heard("护士小李") == ["07:57 alarm voice", "08:00 escalation voice"]
    assert story.heard("护士小周") == []

    story.at("08:05")
    await shift.takes("护士小周", record)
    assert await shift.record(record) == ["alert accepted 护士小周 08:05", "referral accepted 护士小周 08:05"]
    await story.until("08:08")
    assert story.heard("值班员老赵") == ["08:07 escalation voice"]
    assert story.heard("护士小周") == ["08:07 escalation voice"]  # and who went home is told nothing more
    assert len(story.heard("护士小李")) == 2

    await story.until("08:28")
    assert [line.split()[1] for line in story.heard("护士小周")] == ["escalation", "escalation", "reminder"]
    assert len(story.heard("护士小李")) == 2  # also not when everybody who was told is reminded
    assert (await story.line()).startswith("提醒中")  # taking over has silenced nothing


async def test_whoever_passed_it_on_is_told_again_when_their_next_shift_has_begun(story: Story, shift: Shift) -> None:
    story.at("07:57").resident("R-07").rests(spo2=86)
    await story.until("07:58")
    record = await shift.offers("护士小李")
    story.at("08:05")
    await shift.takes("护士小周", record)
    story.at("19:30")
    await story.until("19:31")
    hers = len(story.heard("护士小李"))
    await story.until("20:31")
    assert len(story.heard("护士小李")) > hers  # on her shift nobody need have handed it back to her


async def test_what_was_accepted_is_the_givers_until_the_minute_it_is_the_takers(story: Story, shift: Shift) -> None:
    story.at("07:50").resident("R-07").rests(spo2=86)
    await story.until("07:51")
    await story.does("accept", "护士小李")
    record = await shift.offers("护士小李")
    for clock in ("07:59", "08:00", "08:04"):
        await story.until(clock)
        assert await story.line() == "异常持续 · 护士小李已接手"
    await shift.takes("护士小周", record)
    assert await story.line() == "异常持续 · 护士小周已接手"
    await story.until("08:25")  # the acknowledgement of 07:51 has run out: the signal is back, for her alone
    assert story.heard("护士小李") == ["07:50 alarm voice"]
    assert story.heard("护士小周")[0] == "08:21 reminder voice"
    (alert,) = await story.open_alerts()
    said = [(one.actor, one.action) for one in await alerts.actions_of(story.connection, alert.id)]
    assert said == [("护士小李", "accepted"), ("护士小李", "handed_over"), ("护士小周", "took_over")]


async def test_whoever_takes_over_early_is_told_before_the_shift_begins(story: Story, shift: Shift) -> None:
    story.at("07:50").resident("R-07").rests(spo2=86)
    await story.until("07:51")
    await shift.takes("护士小周", await shift.offers("护士小李"))
    await story.until("07:54")
    assert story.heard("护士小李") == ["07:50 alarm voice"]
    assert story.heard("护士小周") == ["07:53 escalation voice"]


async def test_each_thing_is_taken_or_sent_back_by_itself_and_both_names_are_kept(story: Story, shift: Shift) -> None:
    story.at("07:30").resident("R-07").rests(spo2=86)
    story.resident("R-08").rests(spo2=85)
    await story.until("07:31")
    await story.does("accept", "护士小李")
    await shift.promises("护士小李", "九点给R-07家属回电话")
    record = await shift.offers("护士小李")
    assert await shift.record(record) == [
        "alert offered",
        "alert offered",
        "referral offered",
        "referral offered",
        "promise offered",
    ]
    story.at("08:01")
    with pytest.raises(Refused, match="Say why"):
        await shift.sends_back("护士小周", record, 2, reason=" ")
    await shift.sends_back("护士小周", record, 2, reason="床边无人，先补测一次")
    await shift.takes("护士小周", record, 1, 5)
    assert (await shift.record(record))[:2] == ["alert accepted 护士小周 08:01", "alert refused 护士小周 08:01"]
    hers = {row.responsible for row in await story.open_alerts()}
    assert hers == {"护士小周", "护士小李"}  # what was sent back is still the giver's

    with pytest.raises(Refused, match="somebody has answered"):
        await shift.takes("张医生", record, 1)
    again = await shift.offers("护士小周")  # the promise went along
    assert (await shift.record(again)).count("promise offered") == 1


async def test_a_desk_hands_over_everything_of_its_county_and_who_accepted_at_the_home_stays(
    story: Story, shift: Shift
) -> None:
    story.at("07:30").resident("R-07").rests(spo2=86)
    await story.until("07:41")
    await story.does("accept", "张医生")
    record = await shift.offers("值班员老赵", COUNTY)
    story.at("08:00")
    await shift.takes("孙局长", record)
    assert await story.line() == "异常持续 · 张医生已接手"
    await story.until("08:12")  # the signal is back: the desk's new officer hears of it from the first step on
    assert story.heard("孙局长") == ["08:11 reminder voice"]
    assert story.heard("值班员老赵") == ["07:40 escalation voice"]


async def test_a_referral_that_stalls_later_is_told_to_whoever_took_it_over(story: Story, shift: Shift) -> None:
    from tests.acceptance.referring import clocks_run

    await story.hospital("H-1", "县医院")
    ward = Ward(story)
    story.clocks_run = clocks_run
    story.at("07:40")
    await ward.says("requested", "护士小李")
    await shift.takes("孙局长", await shift.offers("值班员老赵", COUNTY))
    await story.until("08:12")
    assert await ward.stalled() != []
    assert story.heard("孙局长") == ["08:10 alarm voice"]


async def test_an_alert_that_is_over_meanwhile_needs_nobody_and_a_calm_shift_is_a_record_too(
    story: Story, shift: Shift
) -> None:
    quiet = await shift.offers("值班员老赵", COUNTY)
    await shift.takes("孙局长", quiet)
    assert await shift.record(quiet) == ["nothing accepted 孙局长 00:00"]

    story.at("07:30").resident("R-07").rests(spo2=86)
    await story.until("07:31")
    await story.does("acknowledge", "护士小李", comment=None)
    record = await shift.offers("护士小李", only_mine=True)
    assert await shift.record(record) == ["nothing offered"]  # seen is not taken on
    record = await shift.offers("护士小李")
    for minute in (35, 36, 37, 38, 39):
        story.at(f"07:{minute}").rests(spo2=97)
    await story.until("07:40")
    assert await story.open_alerts() == []
    await shift.takes("护士小周", record, 1)
    assert (await shift.record(record))[0] == "alert over 护士小周 07:40"


async def test_nobody_takes_over_from_themselves_and_who_may_only_look_does_neither(story: Story, shift: Shift) -> None:
    record = await shift.offers("护士小李")
    with pytest.raises(Refused, match="cannot take it over"):
        await shift.takes("护士小李", record)
    viewer = Person(Actor("参观者", frozenset()), "viewer")
    with pytest.raises(NotAllowed):
        await offer(story.connection, viewer, Offer(HOME), story.now + MINUTE)
