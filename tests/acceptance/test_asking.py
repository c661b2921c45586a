"""A hospital hears that a bed is asked for, and the next one when it declines or does not answer."""

from __future__ import annotations

import pytest

from store import referrals, registry
from tests.acceptance.referring import Ward
from tests.acceptance.story import Story
from tests.acceptance.test_referrals import ward

__all__ = ["ward"]


@pytest.fixture
async def asking(ward: Ward) -> Ward:
    """Two of the three hospitals have somebody on duty whom we can reach."""
    story = ward.story
    for code, name, number in (("H-1", "县医院急诊", "13800000011"), ("H-2", "二院急诊", "13800000012")):
        story.desk(name, hospital=code)
        story.person(name, ("wecom", name), ("voice", number))
        story.shift(name, "doctor", name)
    story.person("值班员老赵", ("sms", "13800000005"))
    await story.rosters()
    return ward


def of_askings(story: Story, name: str) -> list[str]:
    return [line for line in story.heard(name) if "referral_asked" in line]


async def test_each_hospital_is_told_when_its_turn_comes_and_the_desk_when_nobody_there_can_be(asking: Ward) -> None:
    story = asking.story
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:05")
    await asking.says("requested", "王院长")
    await story.until("03:06")
    assert of_askings(story, "县医院急诊") == ["03:05 referral_asked voice"]
    assert of_askings(story, "二院急诊") == []
    asked = next(one for one in story.heard_all if one.message.kind == "referral_asked")
    assert "请求贵院接收转诊" in asked.message.text
    assert asked.message.facts["code"]

    await story.until("03:10")
    await asking.says("declined", "县医院急诊", hospital="H-1", reason="无床位")
    await story.until("03:11")
    assert of_askings(story, "二院急诊") == ["03:10 referral_asked voice"]
    await story.until("03:42")  # no answer for half an hour: the third one's turn, where we can reach nobody
    assert await asking.asked() == ["03:05 H-1 declined", "03:10 H-2 timed_out", "03:40 H-3 waiting"]
    assert "nobody on duty at 中医院 can be told" in await story.not_told()
    assert of_askings(story, "值班员老赵") == ["03:40 referral_asked sms"]

    await story.until("03:50")
    await asking.says("accepted", "二院急诊", hospital="H-2")
    await story.until("04:10")
    assert len(of_askings(story, "县医院急诊")) == len(of_askings(story, "二院急诊")) == 1


async def test_who_answered_before_it_could_be_sent_is_not_rung(asking: Ward) -> None:
    story = asking.story
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:05")
    await asking.says("requested", "王院长")
    await asking.says("accepted", "县医院急诊", hospital="H-1")  # the home had rung them
    await story.until("03:08")
    assert of_askings(story, "县医院急诊") == []


async def test_a_referral_without_any_alert_is_told_too_and_opens_no_alert(asking: Ward) -> None:
    story = asking.story
    story.at("10:00")
    await asking.says("requested", "王院长", reason="摔倒，疑似骨折")
    await story.until("10:01")
    assert of_askings(story, "县医院急诊") == ["10:00 referral_asked voice"]
    assert await story.open_alerts() == []


@pytest.mark.parametrize("whose", ["another home", "another resident", "nobody"])
async def test_a_referral_hangs_on_an_alert_of_its_own_resident_and_on_no_other(asking: Ward, whose: str) -> None:
    story = asking.story
    if whose == "another home":
        await story.home("F-002")
    resident = story.at("03:00").resident("R-08", facility="F-002" if whose == "another home" else "F-001")
    resident.rests(spo2=86)
    await story.until("03:05")
    alert = 987_654 if whose == "nobody" else (await story.open_alerts())[0].id
    story.restarts()
    await story.until("03:06")
    asking.code = "B-1"
    await asking.posts("requested", hospital="H-1", alert=str(alert))
    await story.until("03:07")
    home = await registry.find_facility(story.connection, "F-001")
    assert home is not None
    assert (await referrals.of_facility(story.connection, home.id, ["B-1"]))["B-1"].alert_id is None
    # What somebody wrote into a field stops nobody's asking.
    assert of_askings(story, "县医院急诊") == ["03:06 referral_asked voice"]
