"""Somebody rings the desk: the case is open since the call, whenever it was typed."""

from __future__ import annotations

from typing import Any

import pytest

from alerts import calling
from alerts.acting import Actor, NotAllowed, Refused
from alerts.calling import Call, Opened
from alerts.referring import Scene
from detectors.detector import Severity
from detectors.times import MINUTE
from store import registry
from store.connection import transaction
from streams.archive import Archive
from tests.acceptance.referring import Ward, clocks_run
from tests.acceptance.story import Story

DESK = Actor("值班员老赵")


async def rings(story: Story, at: str, words: str = "老人喘得厉害", actor: Actor = DESK, **others: Any) -> Opened:
    """A call of `at` is typed now."""
    async with transaction(story.connection):
        home = await Archive(story.connection).load(
            (await registry.lock_facilities(story.connection, ["F-001"]))["F-001"]
        )
        call = Call("F-001", "王院长 0535-6100000", story.moment(at), words, **others)
        return await calling.phone_in(story.connection, call, Scene(home.id, home.rules), actor, story.now)


async def test_the_ladder_counts_from_the_call_and_not_from_the_typing(story: Story) -> None:
    story.at("03:12")
    opened = await rings(story, "03:01")
    await story.until("03:13")
    assert story.heard("护士小李") == ["03:12 alarm voice"]
    assert story.heard("王院长") == ["03:12 escalation voice"]  # was due at 03:04
    assert story.heard("值班员老赵") == ["03:12 escalation voice"]  # was due at 03:11
    assert story.heard("孙局长") == []
    await story.until("03:22")
    assert story.heard("孙局长") == ["03:21 escalation voice"]

    (alert,) = await story.open_alerts()
    assert (story.clock(alert.opened_at), alert.code) == ("03:01", opened.code)
    message = story.heard_all[0].message
    assert "电话报告" in message.text
    assert message.facts["code"] == opened.code
    assert "老人喘得厉害" in str(message.facts["reason"])
    assert "王院长" not in str(message.facts)  # who called stands on the page of the alert alone


async def test_a_case_is_an_alert_like_others_until_somebody_closes_it(story: Story) -> None:
    story.at("03:01")
    opened = await rings(story, "03:01")
    await story.until("03:02")
    await story.does("accept", "护士小李")
    assert await story.line() == "异常持续 · 护士小李已接手"
    await story.until("03:33")  # acknowledged for half an hour: the signal is back
    assert await story.line() == "提醒中 · 护士小李已接手"
    with pytest.raises(Refused, match="what came of it"):
        await calling.close(story.connection, opened.alert_id, Actor("护士小李"), " ", story.now)
    async with transaction(story.connection):
        await calling.close(story.connection, opened.alert_id, Actor("护士小李"), "已吸氧，好转", story.now)
    await story.until("03:40")
    assert await story.open_alerts() == []
    assert story.heard("护士小李")[-1] == "03:33 all_clear voice"


async def test_a_second_call_is_the_same_case_and_only_what_is_worse_begins_it_again(story: Story) -> None:
    story.at("10:00")
    first = await rings(story, "10:00", "老人乏力", severity=Severity.P2)
    await story.until("10:01")
    await story.does("acknowledge", "护士小周", comment=None)
    again = await rings(story, "10:01", "还是乏力", severity=Severity.P2)
    assert (again.alert_id, again.again) == (first.alert_id, True)
    assert (await story.open_alerts())[0].signal == "acknowledged"
    story.at("10:05")
    await rings(story, "10:04", "喘不上气", severity=Severity.P1)
    (alert,) = await story.open_alerts()
    assert (alert.severity, alert.signal, alert.reason_zh) == (1, "on", "电话报告：喘不上气")
    await story.until("10:08")
    assert story.heard("王院长") == ["10:07 escalation voice"]


async def test_a_referral_that_is_asked_for_runs_from_the_call(story: Story) -> None:
    await story.hospital("H-1", "县医院")
    story.clocks_run = clocks_run
    async with transaction(story.connection):
        home = (await registry.lock_facilities(story.connection, ["F-001"]))["F-001"]
        await registry.resident_ids(story.connection, [("F-001", "R-07")], {"F-001": home.id})
    ward = Ward(story)
    story.at("03:20")
    await rings(story, "03:00", resident="R-07", refer=True)
    assert await ward.stage() == "requested · H-1"
    assert await ward.asked() == ["03:00 H-1 waiting"]
    await story.until("03:29")
    assert await ward.stalled() == []
    await story.until("03:31")
    assert len(await ward.stalled()) == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"at": "03:02"}, "lies in the future"),
        ({"at": "-8 03:00"}, "more than seven days ago"),
        ({"at": "03:00", "words": "王某 13812345678 病重"}, "no identity-card or mobile number"),
        ({"at": "03:00", "resident": "R-99"}, "no resident with this code"),
        ({"at": "03:00", "refer": True}, "resident's code"),
    ],
)
async def test_a_call_that_cannot_be_is_refused_with_its_remedy(story: Story, call: Any, said: str) -> None:
    story.at("03:01")
    with pytest.raises(Refused, match=said):
        await rings(story, **call)
    assert await story.open_alerts() == []


async def test_who_may_only_look_opens_no_case(story: Story) -> None:
    story.at("03:01")
    with pytest.raises(NotAllowed):
        await rings(story, "03:00", actor=Actor("参观者", frozenset()))
    assert story.now - story.moment("03:00") == MINUTE
