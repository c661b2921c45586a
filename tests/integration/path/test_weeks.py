"""Weeks of facilities on a real database: judged when their days are over, corrected, told, and answered."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec import structs

from alerts.acting import Actor, answer
from detectors.times import DAY, HOUR, MINUTE, to_text
from ingest.registry.rows import Facility
from sizao.backtest import backtest
from sizao.migrate import prepare
from store.connection import connect, transaction
from store.registration import take_in
from tests.integration.path.test_pages import pages
from tests.integration.path.test_places import Maker
from tests.integration.path.test_worker import FACILITY, Story, story

__all__ = ["story"]

FOUND = (
    "select f.code, r.kind, t.kind, t.rule from transitions t join residents r on r.id = t.resident_id "
    "join facilities f on f.id = r.facility_id where t.condition = '{}' order by t.id"
)


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("weeks.TURN_SECONDS", "weeks.SHARE", "sweep.SUM_UP_SECONDS", "sweep.SUM_UP_SHARE"):
        monkeypatch.setattr(f"streams.{name}", 0)
    monkeypatch.setattr("streams.sweep.AGAIN_SECONDS", 0)


def rounds_of(make: Maker, day: int, alike: bool, residents: int = 8) -> list[dict[str, Any]]:
    """A morning round; `alike`: one value for everybody."""
    rng, made = make.rng, []
    one = _values(rng)
    for n in range(residents):
        values = one if alike else _values(rng)
        at = make.story.now - (make.story.now + 8 * HOUR) % DAY - (30 - day) * DAY + 7 * HOUR + n * MINUTE
        event = make.event("reading", day, resident=f"R-{n}", reporter="S-1", **values)
        made.append(event | {"observed_at": to_text(at), "received_at": to_text(at + MINUTE)})
    return made


async def tried(story: Story, change: str) -> tuple[int, int]:
    """How often D27c is found in the stored weeks, then and now."""
    words = ["rule", "D27c", "--set", change, "--from", to_text(story.now - 20 * DAY), "--json"]
    env = {"SIZAO_DATABASE_URL": story.database}
    await asyncio.to_thread(prepare, story.database)
    done = await asyncio.to_thread(CliRunner().invoke, backtest, words, env=env)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    return found["then"], found["now"]


def _values(rng: random.Random) -> dict[str, Any]:
    return {
        "spo2_percent": float(rng.randint(95, 99)),
        "pulse_per_min": rng.randint(60, 88),
        "temperature_celsius": rng.randint(361, 369) / 10,
    }


async def test_values_written_for_everybody_are_found_when_the_day_is_over_and_taken_back_when_corrected(
    story: Story,
) -> None:
    make = Maker(story)
    for day in range(20, 29):
        await story.takes(story.message(*rounds_of(make, day, alike=False)))
    copied = rounds_of(make, 29, alike=True)
    await story.takes(story.message(*copied))
    await story.time_passes(0)
    await story.time_passes(1)
    condition = FOUND.format("data_to_verify")
    assert story.rows(condition) == [(FACILITY, "facility", "opened", "D27c")]
    assert await tried(story, "least_residents=20") == (1, 0), "another number of residents would not find it"
    assert story.rows("select severity, rule, reason_zh like '数据真实性待核：%' from alerts") == [(4, "D27c", True)]
    assert story.rows("select reporter from observations limit 1") == [("S-1",)]
    assert story.rows("select 1 from transitions where reason_zh || reason_en || evidence::text like '%S-1%'") == []
    ((number,),) = story.rows("select id from alerts")
    page, _ = await pages(story.database, f"/alerts/{number}")
    assert page.index("核实说明") < page.index("接手处置"), "the answer is asked for first"
    assert "早干预：" not in page, "nobody is ill"
    connection = await connect(story.database, "test")
    try:
        async with transaction(connection):
            (blank,) = await answer(connection, [number], Actor("院长"), " ", story.now)
            (answered,) = await answer(connection, [number], Actor("院长"), "设备故障，已更换", story.now)
    finally:
        await connection.close()
    assert (blank.done, answered.done) == (False, True)
    said = "select actor, action, comment from alert_actions"
    assert story.rows(said) == [("院长", "answered", "设备故障，已更换")]
    assert story.rows("select signal, acknowledged_by from alerts") == [("on", None)], "an answer is no acknowledgement"
    await story.ends()
    await story.starts()
    await story.takes(*(story.message(make.correction(one, 29.99), topic="check-ins.v1") for one in copied))
    await story.time_passes(2)
    await story.time_passes(3)
    assert [kind for _, _, kind, _ in story.rows(condition)] == ["opened", "withdrawn"]
    await story.audited()


async def test_a_sheet_that_stands_in_two_facilities_is_told_to_both(story: Story) -> None:
    make = Maker(story)
    mine = rounds_of(make, 28, alike=False)
    await story.takes(story.message(*mine))
    await story.time_passes(0)
    await story.time_passes(1)
    theirs = [one | {"facility": "F-2", "event_id": make.event("reading", 0)["event_id"]} for one in mine]
    other = structs.replace(story.message(*theirs), key="F-2")
    await story.takes(other)
    for minute in range(2, 6):
        await story.time_passes(minute)
    assert sorted(story.rows(FOUND.format("data_to_verify"))) == [
        (FACILITY, "facility", "opened", "D27g"),
        ("F-2", "facility", "opened", "D27g"),
    ]


async def test_staff_of_the_registry_without_two_tests_a_week_is_found_by_facility(story: Story) -> None:
    make = Maker(story)
    connection = await connect(story.database, "test")
    try:
        async with transaction(connection):
            await take_in(connection, "facilities", [Facility(FACILITY)], frozenset(), story.now - 40 * DAY)
            await connection.execute(
                "insert into staff_profiles (facility_id, staff, valid_from, recorded_at, name, phones) "
                "select f.id, s, now() - interval '40 days', now() - interval '40 days', s, '' "
                "from facilities f, unnest(array['S-1', 'S-2']) s"
            )
    finally:
        await connection.close()
    tested = [make.event("test_result", day, staff="S-1", test="pcr", result="negative") for day in (24, 27)]
    await story.takes(story.message(*rounds_of(make, 29, alike=False)))
    await story.takes(*(story.message(one, topic="test-results.v1") for one in tested))
    await story.time_passes(0)
    await story.time_passes(1)
    assert story.rows(FOUND.format("staff_tests")) == [(FACILITY, "facility", "opened", "D23b")]
    assert story.rows("select reason_en from transitions where rule = 'D23b'")[0][0].startswith("Of 2 registered")
