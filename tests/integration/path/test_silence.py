"""A facility that is not heard, on a real database: which silence it is, and that ours is none."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import uuid4

from msgspec import structs

from dashboards.console.facility import facility_values
from dashboards.console.words import Words
from detectors.profile import Profile
from detectors.times import HOUR, MINUTE, Millis, to_millis, to_text
from ingest.decode import TOPICS
from ingest.registry.rows import Facility
from sizao.hearing import of_county, of_ours, silences_found
from store import outages
from store.connection import connect, transaction
from store.outages import Outage
from store.registration import take_in
from store.technical import TechnicalAlert
from tests.integration.path.test_worker import FACILITY, Story, story

__all__ = ["story"]

TOLD = "select kind, severity, reason_zh from transitions where condition = 'facility_silent' order by id"


def at(story: Story, day: int, hour: float) -> Millis:
    """A local hour of a day, yesterday being -1."""
    here = Profile()
    return here.midnight(here.day_of(story.now) + day) + round(hour * HOUR)


def check(story: Story, day: int, hour: float, received: Millis | None = None) -> dict[str, Any]:
    observed = at(story, day, hour)
    return {
        "type": "check_in",
        "facility": FACILITY,
        "resident": "R-1",
        "presence": "in",
        "event_id": str(uuid4()),
        "observed_at": to_text(observed),
        "received_at": to_text(observed + MINUTE if received is None else received),
    }


async def looks_until(story: Story, day: int, hour: float) -> None:
    await story.time_passes((at(story, day, hour) - story.now) // MINUTE)


async def takes(story: Story, *events: dict[str, Any], topic: str = "check-ins.v1") -> None:
    """The broker had them when the gateway did."""
    last = to_millis(max(datetime.fromisoformat(one["received_at"]) for one in events))
    await story.takes(structs.replace(story.message(*events, topic=topic), appended_at=last))


async def has_a_rhythm(story: Story) -> None:
    """Four weeks of two rounds a day; the last contact is on the morning of the day -4."""
    rounds = [check(story, day, hour) for day in range(-40, -4) for hour in (8.1, 16.1)]
    await takes(story, *rounds, check(story, -4, 8.1))
    await looks_until(story, -4, 9)


async def test_a_flush_and_wrong_clocks_do_not_count_as_alive_and_a_restart_changes_nothing(story: Story) -> None:
    await has_a_rhythm(story)
    flush = check(story, -4, 16.1, at(story, -3, 9.5)), check(story, -3, 8.1, at(story, -3, 9.5))
    await takes(story, *flush, topic="backlog.v1")
    await looks_until(story, -3, 9.9)
    assert story.rows(TOLD) == []
    await looks_until(story, -3, 10.1)
    ((kind, severity, reason),) = story.rows(TOLD)
    assert (kind, severity, reason[:5]) == ("opened", 4, "报送中断：")
    await story.ends()
    await story.starts()
    await looks_until(story, -3, 11)
    assert len(story.rows(TOLD)) == 1
    await takes(story, check(story, -3, 20, at(story, -3, 12)))
    assert [row[:2] for row in story.rows(TOLD)] == [("opened", 4), ("worsened", 3)]
    assert story.rows(TOLD)[1][2].startswith("设备时钟异常：")
    await story.audited()
    await takes(story, check(story, -3, 16.1))
    assert [row[0] for row in story.rows(TOLD)] == ["opened", "worsened", "cleared"]
    assert story.rows("select closed_at is null from alerts where condition = 'facility_silent'") == [(False,)]
    await story.audited()


async def test_our_own_lag_is_nobodys_silence(story: Story) -> None:
    await has_a_rhythm(story)
    waiting = [check(story, day, hour) for day in (-4, -3, -2, -1) for hour in (8.1, 16.1)]
    behind = {(topic, n): at(story, -1, 20) for topic in TOPICS for n in range(24) if topic != "check-ins.v1"}
    await story.core.tick(behind)  # of one topic we are days behind
    assert story.rows(TOLD) == []
    assert story.rows("select kind from transitions where condition = 'missed_check' order by id") == []
    for one in waiting:
        await takes(story, one)
    await looks_until(story, -1, 20)
    assert story.rows(TOLD) == []
    await story.audited()


async def listens(story: Story, *times: Millis) -> None:
    """A gateway said that it listened."""
    connection = await connect(story.database, "test")
    try:
        for one in times:
            async with transaction(connection):
                await outages.beat(connection, one)
    finally:
        await connection.close()


async def test_our_own_outage_is_nobodys_silence_and_what_passes_afterwards_is(story: Story) -> None:
    await listens(story, at(story, -5, 8))
    await has_a_rhythm(story)
    await looks_until(story, -4, 18.1)
    await story.ends()
    await listens(story, *range(at(story, -3, 9.5), story.now + 3 * HOUR, 25 * MINUTE))  # since the day -5 nobody could
    await story.starts()
    await looks_until(story, -3, 18.1)
    assert story.rows(TOLD) == []
    await story.audited()
    await looks_until(story, -2, 10.1)
    assert [row[:2] for row in story.rows(TOLD)] == [("opened", 4)]
    await story.audited()


async def test_while_no_gateway_listens_nobody_is_silent(story: Story) -> None:
    await has_a_rhythm(story)
    await listens(story, at(story, -4, 12))
    await looks_until(story, -3, 18.1)
    assert story.rows(TOLD) == []
    assert story.rows("select ended_at is null from outages") == [(True,)]
    await listens(story, at(story, -3, 18.2), at(story, -3, 18.6))
    await looks_until(story, -2, 18.1)
    assert story.rows(
        "select ended_at is null from outages where coalesce(ended_at, now()) - began_at > '1 hour' order by began_at"
    ) == [(False,), (True,)]
    assert story.rows(TOLD) == [], "again nobody listens since the evening"
    await story.audited()


async def test_a_facility_that_was_registered_and_never_sends_is_never_seen(story: Story) -> None:
    connection = await connect(story.database, "test")
    try:
        async with transaction(connection):
            await take_in(connection, "facilities", [Facility("F-009")], frozenset(), story.now)
    finally:
        await connection.close()
    await story.time_passes(0)
    await story.time_passes(23 * 60)
    assert story.rows(TOLD) == []
    await story.time_passes(48 * 60)
    ((kind, severity, reason),) = story.rows(TOLD)
    assert (kind, severity, reason[:5]) == ("opened", 4, "从未报送：")
    assert story.rows("select r.kind, r.code from alerts a join residents r on r.id = a.resident_id") == [
        ("facility", "F-009")
    ]


async def says(story: Story, now: Millis) -> list[str]:
    """The facility's page and the doctor of which silence it is."""
    connection = await connect(story.database, "test")
    try:
        async with transaction(connection):
            values = await facility_values(connection, FACILITY, now)
            doctor = await silences_found(connection, now)
    finally:
        await connection.close()
    assert values is not None
    zone = values["zone"]
    return [Words(language).hearing(values["hearing"], zone) for language in ("zh", "en")] + [
        one.what for one in doctor
    ]


async def test_the_page_and_the_doctor_tell_the_four_silences_apart(story: Story) -> None:
    await has_a_rhythm(story)
    shown, english, *doctor = await says(story, at(story, -4, 9))
    assert (shown[:7], english[:12]) == ("最近一次报送：", "Last heard: ")
    assert "never seen (从未报送) 0, went silent (报送中断) 0, clock wrong (设备时钟异常) 0" in doctor[0]
    await looks_until(story, -3, 10.1)
    shown, english, *doctor = await says(story, at(story, -3, 10.1))
    assert re.fullmatch(r"报送中断：\d\d-\d\d 08:00之后没有新的记录", shown)
    assert re.fullmatch(r"went silent: nothing new since \d\d-\d\d 08:00", english)
    assert "went silent (报送中断) 1" in doctor[0]
    await takes(story, check(story, -3, 20, at(story, -3, 12)))
    await looks_until(story, -3, 12)
    shown, english, *doctor = await says(story, at(story, -3, 12.01))
    assert re.fullmatch(r"设备时钟异常：\d\d-\d\d 08:00之后没有时间正常的记录，\d\d-\d\d 12:00前后收到.*", shown)
    assert english.startswith("clock wrong: ")
    assert "clock wrong (设备时钟异常) 1" in doctor[0]
    shown, english, *doctor = await says(story, at(story, -3, 13))
    assert re.fullmatch(r"平台未监测（平台原因）：\d\d-\d\d 12:00之后平台没有接收或处理记录，.*", shown), (
        "an hour behind"
    )
    assert english.startswith("we did not look: ")
    await listens(story, at(story, -3, 12), *range(at(story, -3, 14), story.now + 3 * HOUR, 25 * MINUTE))
    await looks_until(story, -3, 14.1)
    shown, english, *doctor = await says(story, at(story, -3, 14.1))
    assert re.search(r"（平台\d\d-\d\d 12:00至\d\d-\d\d 14:00未监测，从恢复时起算）$", shown)
    assert "min in the last day" in doctor[1]


def test_a_county_that_is_offline_has_its_line(story: Story) -> None:
    county = TechnicalAlert(1, "county", "370613", 0, 60_000, 3, "county 370613 is offline: 5 of 8", 0, 7)
    found = of_county(county)
    assert (found.light, found.what) == ("red", "county offline since 1970-01-01T00:00:00.000Z: " + county.said)
    lasting = of_ours([Outage(0, None)], 60_000)
    assert (lasting.light, "no gateway takes anything in" in lasting.what) == ("red", True)
