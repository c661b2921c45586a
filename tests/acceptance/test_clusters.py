"""A cluster is verified, acted upon and closed, and disease control is told: each in its turn, each in its time."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs
from psycopg.rows import namedtuple_row

from alerts.acting import Actor, NotAllowed, Refused
from alerts.alert import Place, unnumbered
from alerts.by_hand import facility_subject, numbered, on_record
from alerts.cluster_events import NewStep, say
from detectors.detector import Severity
from store import alerts, cluster_events, registry
from store.connection import transaction
from store.console import Seen
from tests.acceptance.story import REGION, Story

DESK = Actor("值班员老赵")
COUNTY = Seen(regions=(REGION,))


async def found(story: Story, condition: str = "cluster") -> int:
    """A finding about the whole home stands, as a rule would have it."""
    async with transaction(story.connection):
        home = (await registry.lock_facilities(story.connection, ["F-001"]))["F-001"]
        subject = await facility_subject(story.connection, home.id, "F-001")
        new = unnumbered(Place(home.id, subject, condition), Severity.P2, story.now, story.now)
        (row,) = await numbered(story.connection, [structs.replace(new, rule="D29", reason_zh="三例")])
        await alerts.save(story.connection, [row])
        await on_record(story.connection, [row], "opened", story.now)
    return row.id


async def timings(story: Story) -> list[Any]:
    """When the clusters of the county were found, verified and so on; drills are none."""
    cursor = story.connection.cursor(row_factory=namedtuple_row)
    return await (
        await cursor.execute("select * from cluster_timings where region = %s and not drill", [REGION])
    ).fetchall()


async def is_over(story: Story, alert: int) -> None:
    """The data say that it is over; the alert closes."""
    async with transaction(story.connection):
        row = await alerts.lock(story.connection, alert)
        assert row is not None
        await alerts.save(
            story.connection,
            [structs.replace(row, condition_state="absent", signal="off", closed_at=story.now)],
        )


async def says(story: Story, alert: int, step: str, actor: Actor = DESK, at: str | None = None, **more: str) -> None:
    """Somebody says what was done, now or a while ago."""
    when = None if at is None else story.moment(at)
    async with transaction(story.connection):
        new = NewStep(step, f"{step}：情况", more.get("whom"), when)  # type: ignore[arg-type]
        await say(story.connection, alert, actor, new, story.now)


async def listed(story: Story) -> list[int]:
    return [one.alert_id for one in await cluster_events.open_ones(story.connection, COUNTY)]


async def test_from_finding_to_closing_each_with_its_time_and_name(story: Story) -> None:
    story.at("08:00")
    event = await found(story)
    story.at("08:20")
    await says(story, event, "told", whom="区疾控 刘科长", at="08:10")
    await says(story, event, "verified")
    story.at("09:00")
    await says(story, event, "acted", Actor("王院长"), at="08:50")  # the home says what it did, a little later
    assert await listed(story) == [event]
    story.at("+1 08:00")
    await is_over(story, event)
    assert await listed(story) == [event]  # the alert is closed, the event is not
    story.at("+1 09:00")
    await says(story, event, "closed")
    assert await listed(story) == []

    (times,) = await timings(story)
    said = (times.found_at, times.told_at, times.verified_at, times.acted_at, times.closed_at)
    assert [story.clock(at or 0) for at in said] == ["08:00", "08:10", "08:20", "08:50", "09:00"]
    assert not times.discarded
    done = [(one.actor, one.action, one.comment) for one in await alerts.actions_of(story.connection, event)]
    assert done[0] == ("值班员老赵", "event_told", "区疾控 刘科长：told：情况")
    assert [one[1] for one in done[1:]] == ["event_verified", "event_acted", "event_closed"]


async def test_what_is_no_cluster_ends_when_somebody_has_looked(story: Story) -> None:
    story.at("08:00")
    event = await found(story, "case_excess")
    story.at("08:30")
    await says(story, event, "discarded")
    assert await listed(story) == []
    with pytest.raises(Refused, match="nothing more can be said"):
        await says(story, event, "acted")
    (times,) = await timings(story)
    assert (times.discarded, times.verified_at, times.acted_at) == (True, times.closed_at, None)


async def test_a_step_out_of_turn_is_refused_with_its_reason(story: Story) -> None:
    story.at("08:00")
    event = await found(story)
    story.at("08:30")
    for step, reason in (
        ("acted", "Verify it first"),
        ("closed", "Verify it first"),
        ("told", "who of disease control"),
    ):
        with pytest.raises(Refused, match=reason):
            await says(story, event, step)
    for at, reason in (("08:31", "in the future"), ("07:59", "before the step")):
        with pytest.raises(Refused, match=reason):
            await says(story, event, "verified", at=at)
    await says(story, event, "verified")
    with pytest.raises(Refused, match="verified before"):
        await says(story, event, "discarded")
    with pytest.raises(Refused, match="what was done about it first"):
        await says(story, event, "closed")
    await says(story, event, "acted")
    with pytest.raises(Refused, match="signal still stands"):
        await says(story, event, "closed")
    with pytest.raises(NotAllowed):
        await says(story, event, "told", Actor("参观者", frozenset()), whom="x")


async def test_an_alert_about_one_resident_is_no_event(story: Story) -> None:
    story.at("08:00").resident("R-07").rests(spo2=86)
    await story.until("08:01")
    with pytest.raises(Refused, match="about no cluster"):
        await says(story, 1, "verified")
    assert await listed(story) == []
