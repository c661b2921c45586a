"""A drill reaches its own people, says that it is one, and is outside every figure."""

from __future__ import annotations

import time

from litestar.testing import AsyncTestClient

from alerts.storms import ALIKE, SILENT_WITHIN
from dashboards.console.app import make_console
from dashboards.console.users import Role
from store import alerts, console, excess
from store.console import EVERYWHERE
from tests.acceptance.story import REGION, Story
from tests.support.accounts import sign_in

MARKS = ("【演练】", "[DRILL] ")


async def _exercise(story: Story) -> None:
    """An exercise home beside the real one, with a carer of its own."""
    await story.home("演练-1", "演练敬老院", drill=True)
    story.desk("演练组", facility="演练-1")
    story.person("演练员", ("voice", "13800000099"), ("sms", "13800000099"), ("wecom", "drill"))
    story.shift("演练组", "carer", "演练员")
    await story.rosters()


async def test_a_drill_reaches_only_its_own_people_and_every_message_says_so(story: Story) -> None:
    await _exercise(story)
    for channel in ("voice", "sms", "wecom"):  # each way is the only one in turn
        story.person("演练员", (channel, "drill"))
        await story.rosters()
        story.at("03:00").resident(f"R-{channel}", "演练-1").rests(spo2=86)
        await story.until("03:25")
        await story.does("acknowledge", "演练员")
    said = [one.message for one in story.heard_all]
    assert {one.address for one in story.heard_all} == {"drill"}, "no desk of the region, no head, no doctor"
    assert len({one.channel for one in story.heard_all}) == 3
    for message in said:
        assert any(mark in message.text for mark in MARKS), message.text
        assert message.facts["drill"] is True
    assert all(one.text.startswith(MARKS[0]) for one in said if not one.variables)
    for one in said:
        if one.variables:  # the carrier approved the text: the mark stands in what we may fill in
            assert one.variables["place"].startswith(MARKS[0])


async def test_a_drill_is_in_no_figure_no_region_and_no_storm(story: Story, database: str) -> None:
    await _exercise(story)
    story.now = round(time.time() * 1_000)
    for number in range(ALIKE + 2):
        story.resident(f"R-{number}", "演练-1").rests(spo2=86)
    await story.judged()
    await story.sends()
    counters = await console.counters(story.connection, 0, EVERYWHERE)
    assert (counters.checks, counters.urgent, counters.waiting) == (0, 0, 0)
    assert [one.code for one in await excess.members(story.connection, [REGION])] == ["F-001"]
    silent = await alerts.silent_in(story.connection, {REGION}, SILENT_WITHIN)
    assert silent == {REGION: (0, 1)}
    drills = [one for one in story.heard_all if one.message.kind == "alarm"]
    assert len(drills) == ALIKE + 2, "an exercise is told as it comes, and counts for no storm"

    async with AsyncTestClient(make_console(database)) as client:
        await sign_in(client, database, Role.DESK, region_prefix=REGION[:4])
        (first, *_) = await console.alerts(story.connection, EVERYWHERE)
        for path in ("/", f"/alerts/{first.id}", "/facilities/演练-1"):
            page = (await client.get(path)).text
            assert "【演练】" in page, path
            assert "[DRILL]" in (await client.get(path, params={"lang": "en"})).text
            await client.get(path, params={"lang": "zh"})
        story.resident("R-07", "F-001").rests(spo2=86)
        await story.judged()
        real, *_ = await console.alerts(story.connection, EVERYWHERE)
        assert not real.drill, "what is real stands first"
