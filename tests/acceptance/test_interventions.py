"""Found, recognised, intervened, referred: the four times of a night, and of a county."""

from __future__ import annotations

import pytest

from alerts.acting import Actor, NotAllowed, Outcome
from alerts.intervening import Done, intervene
from store import alerts, interventions
from store.connection import transaction
from tests.acceptance.referring import Ward
from tests.acceptance.story import REGION, Story


async def done(story: Story, name: str, what: Done, actor: Actor | None = None) -> Outcome:
    (alert,) = await story.open_alerts()
    async with transaction(story.connection):
        return await intervene(story.connection, alert.id, actor or Actor(name), what, story.now)


async def test_what_was_done_is_on_record_with_its_own_time_and_stops_no_signal(story: Story) -> None:
    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:09")
    await done(story, "护士小李", Done("oxygen", "2 L/min", at=story.moment("03:04")))
    await done(story, "护士小李", Done("repeat_measurement", "88%"))
    await done(story, "张医生", Done("doctor_by_phone"))
    (alert,) = await story.open_alerts()
    told = [
        (story.clock(one.at), one.actor, one.kind, one.detail)
        for one in await interventions.of_alert(story.connection, alert.id)
    ]
    assert told == [
        ("03:04", "护士小李", "oxygen", "2 L/min"),
        ("03:09", "护士小李", "repeat_measurement", "88%"),
        ("03:09", "张医生", "doctor_by_phone", None),
    ]
    assert (await alerts.actions_of(story.connection, alert.id))[0].action == "oxygen"
    assert await story.line() == "提醒中 · 责任待认领"  # oxygen given is not a resident saved

    assert not (await done(story, "护士小李", Done("medicine", at=story.moment("03:10")))).done, "it is still to come"
    with pytest.raises(NotAllowed):
        await done(story, "", Done("medicine"), Actor("看客", frozenset()))


async def test_the_four_times_are_read_by_region_and_drills_are_none(story: Story) -> None:
    await story.home("F-DRILL", drill=True)
    story.at("03:00").resident("R-07").rests(spo2=91)
    await story.until("03:10")  # nobody measured again: told as P2
    story.at("03:30").rests(spo2=90)
    await story.until("03:31")
    await done(story, "护士小李", Done("oxygen", at=story.moment("03:20")))
    await done(story, "张医生", Done("doctor_on_site"))
    story.at("03:50")
    await Ward(story).says("requested", "王院长")
    story.resident("R-1", "F-DRILL").rests(spo2=80)
    await story.until("03:51")

    since, until = story.moment("00:00"), story.moment("23:59")
    (one,) = await interventions.timings(story.connection, REGION[:2], since, until)
    times = [one.found_at, one.recognised_at, one.intervened_at, one.referred_at]
    assert [story.clock(at or 0) for at in times] == ["03:00", "03:10", "03:20", "03:50"]
    assert one.severity == 1
    (county,) = await interventions.times_by_region(story.connection, REGION[:2], since, until)
    assert (county.region, county.alerts, county.intervened, county.referred) == (REGION, 1, 1, 1)
    assert (county.found_to_recognised_seconds, county.recognised_to_intervened_seconds) == (600, 600)
    assert (county.intervened_to_referred_seconds, county.found_to_referred_seconds) == (1_800, 3_000)
    (province,) = await interventions.times_by_region(story.connection, "", since, until, digits=2)
    assert province.region == REGION[:2]
    assert await interventions.timings(story.connection, "51", since, until) == []
