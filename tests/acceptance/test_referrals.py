"""Ways to a hospital bed, told as they happen."""

from __future__ import annotations

import itertools

import pytest

from store.connection import transaction
from tests.acceptance.referring import Ward, clocks_run
from tests.acceptance.story import Story


@pytest.fixture
async def ward(bare: Story) -> Ward:
    """A home with its paired hospital and two more in the county, and everybody on duty."""
    await bare.connection.execute("truncate observations, corrections, conflicts, hospital_profiles")
    bare.at("00:00")
    await bare.hospital("H-2", "市二院")
    await bare.hospital("H-1", "县医院")
    await bare.hospital("H-3", "中医院")
    await bare.home("F-001", hospital="H-1")
    bare.desk("家-1", facility="F-001")
    bare.desk("县值班室", region="370613")
    bare.person("护士小李", ("voice", "13800000001"))
    bare.person("王院长", ("voice", "13800000003"))
    bare.person("值班员老赵", ("voice", "13800000005"))
    bare.shift("家-1", "carer", "护士小李")
    bare.shift("家-1", "head", "王院长")
    bare.shift("县值班室", "duty_officer", "值班员老赵")
    await bare.rosters()
    bare.clocks_run = clocks_run
    return Ward(bare)


async def test_the_night_from_a_low_reading_to_a_hospital_bed(ward: Ward) -> None:
    story = ward.story
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    assert story.heard("护士小李") == ["03:00 alarm voice"]
    assert await ward.stage() == "suggested"  # what is worth calling P1 is worth asking a hospital

    await story.does("accept", "护士小李", comment="已到床旁")
    await story.until("03:05")
    await ward.says("requested", "王院长")
    assert await ward.stage() == "requested · H-1"  # the paired hospital, though another was registered first

    await story.until("03:12")
    await ward.posts("accepted", hospital="H-1", actor="急诊张医生", bed="急诊3")
    await story.until("03:25")
    await ward.says("departed", "护士小李", transport="救护车")
    await story.until("03:50")
    await ward.posts("arrived")
    await story.until("04:05")
    await ward.posts("admitted", bed="呼吸12床")
    assert await ward.stage() == "admitted · H-1"
    found = await ward.referral()
    assert [story.clock(found.times[one]) for one in ("suggested", "requested", "accepted")] == [
        "03:00",
        "03:05",
        "03:12",
    ]
    assert [story.clock(found.times[one]) for one in ("departed", "arrived", "admitted")] == ["03:25", "03:50", "04:05"]
    assert found.bed == "呼吸12床"
    assert await ward.stalled() == []

    story.at("+1 04:05")
    await clocks_run(story)
    assert await ward.stage() == "closed · admitted"  # a day later nobody's page shows who it was


async def test_a_referral_declined_twice_reaches_the_third_hospital(ward: Ward) -> None:
    story = ward.story
    story.at("10:00")
    await ward.says("requested", "王院长")
    await story.until("10:10")
    await ward.posts("declined", hospital="H-1", reason="无床位")
    assert await ward.stage() == "requested · H-2"
    await story.until("10:15")
    await ward.says("declined", "市二院值班", hospital="H-2", reason="无呼吸机")
    assert await ward.stage() == "requested · H-3"
    assert await ward.asked() == ["10:00 H-1 declined", "10:10 H-2 declined", "10:15 H-3 waiting"]
    await story.until("10:40")
    assert await ward.stalled() == []  # each hospital has its own half hour

    await ward.posts("declined", hospital="H-3")
    await story.until("10:41")
    assert await ward.stalled() == ["转诊B-1：中医院无法接收，已无其他医院可联系。请协调床位，必要时拨打120"]
    assert story.heard("护士小李") == ["10:40 alarm voice"]
    await story.until("10:51")
    # Nobody at the hospitals is in a roster: the desk was rung each time, having no other way; then like any other P1.
    asked = [f"{at} referral_asked voice" for at in ("10:00", "10:10", "10:15")]
    assert story.heard("值班员老赵") == [*asked, "10:50 escalation voice"]

    await ward.says("called_120", "值班员老赵", reason="已无床位")
    await story.until("10:52")
    assert await ward.stage() == "closed · called_120"
    assert await ward.stalled() == []


async def test_no_answer_moves_on_to_the_next_hospital_and_the_desk_hears_of_it(ward: Ward) -> None:
    story = ward.story
    story.at("10:00")
    await ward.posts("requested")
    await story.until("10:29")
    assert (await ward.stage(), await ward.stalled()) == ("requested · H-1", [])
    await story.until("10:30")
    assert await ward.stage() == "requested · H-2"
    assert await ward.asked() == ["10:00 H-1 timed_out", "10:30 H-2 waiting"]
    assert await ward.stalled() == ["转诊B-1：县医院30分钟内未答复。请电话催问，或联系下一家医院"]
    assert story.heard("护士小李") == ["10:30 alarm voice"]

    await story.until("10:35")
    await ward.says("accepted", "市二院急诊", hospital="H-2")
    await story.until("10:36")
    assert (await ward.stage(), await ward.stalled()) == ("accepted · H-2", [])
    assert story.heard("护士小李") == ["10:30 alarm voice", "10:35 all_clear voice"]


async def test_a_stage_that_was_skipped_and_recorded_late_was_never_overdue(ward: Ward) -> None:
    story = ward.story
    story.at("10:00")
    await ward.posts("requested")
    await story.until("10:31")
    assert await ward.asked() == ["10:00 H-1 timed_out", "10:30 H-2 waiting"]
    assert len(await ward.stalled()) == 1

    # They had left at 10:20, told so by telephone, and write it down only now.
    await ward.says("departed", "护士小李", at="10:20")
    await story.until("10:32")
    assert await ward.asked() == ["10:00 H-1 waiting"]
    assert (await ward.stage(), await ward.stalled()) == ("departed · H-1", [])
    assert story.heard("护士小李") == ["10:30 alarm voice", "10:31 all_clear voice"]  # told so, since they were told


async def test_steps_said_in_any_order_and_by_either_way_end_in_the_same_referral(ward: Ward) -> None:
    story = ward.story
    steps = [("requested", "10:00"), ("declined", "10:10"), ("accepted", "10:20"), ("departed", "10:40")]
    ends = []
    for number, order in enumerate(itertools.islice(itertools.permutations(steps), 0, 24, 3)):
        resident = f"R-{number}"
        one = Ward(story, resident, code=f"C-{number}")
        one._posted = 100 * number
        story.at("11:00")
        for way, (step, at) in enumerate(order):
            if (way + number) % 2:
                await one.posts(step, at=at)  # type: ignore[arg-type]
            else:
                await one.says(step, "王院长", at=at)  # type: ignore[arg-type]
        await clocks_run(story)
        ends.append((await one.stage(), tuple(await one.asked())))
        assert await one.stalled() == []
    assert set(ends) == {("departed · H-2", ("10:00 H-1 declined", "10:10 H-2 accepted"))}


async def test_a_step_taken_back_was_never_said(ward: Ward) -> None:
    story = ward.story
    story.at("10:00")
    await ward.posts("requested")
    await ward.posts("died", actor="误录")
    assert await ward.stage() == "closed · died"
    await ward.corrects("died")
    assert await ward.stage() == "requested · H-1"


async def test_a_suggestion_ends_with_its_alert_or_with_another_referral(ward: Ward) -> None:
    story = ward.story
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:01")
    suggested = Ward(story)
    assert await suggested.stage() == "suggested"
    await Ward(story, code="OWN-1").posts("requested")
    assert await suggested.stage() == "closed · cancelled"
    rows = await (await story.connection.execute("select count(*) from referrals where ended_at is null")).fetchone()
    assert rows == (1,)

    story.at("04:00").resident("R-08").rests(spo2=86)
    await story.until("04:01")
    other = Ward(story, "R-08")
    assert await other.stage() == "suggested"
    for minute in ("04:02", "04:03", "04:04"):
        story.at(minute).rests(spo2=97)
        await story.until(minute)
    await story.until("04:40")
    assert await other.stage() == "closed · cancelled"  # nobody need decide what is over


async def test_nobody_decides_whether_to_refer(ward: Ward) -> None:
    story = ward.story
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:05")
    await story.does("accept", "护士小李", comment="在处理")
    await story.until("04:04")
    assert await ward.stalled() == []
    await story.until("04:06")
    code = (await ward.referral()).code
    assert await ward.stalled() == [f"转诊{code}：建议转诊后60分钟仍未决定。请决定转诊或就地治疗，并登记"]
    await ward.says("treated_in_place", "张医生", reason="吸氧后血氧恢复，家属知情")
    await story.until("04:08")
    assert (await ward.stage(), await ward.stalled()) == ("closed · treated_in_place", [])
    async with transaction(story.connection):
        found = await ward.referral()
    assert found.ending is not None
    assert (found.ending.actor, found.ending.reason) == ("张医生", "吸氧后血氧恢复，家属知情")
