"""A running worker takes over what is activated, from its time on, and judges nothing again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from detectors.times import MINUTE, Millis
from sizao.migrate import prepare
from store import modes, rules
from store.connection import connect, transaction
from streams.catalogue import national, national_text
from streams.messages import read_all
from tests.integration.path.test_worker import Story, story

__all__ = ["story"]


def changed(version: str, *pairs: tuple[str, str]) -> str:
    """The shipped national rules with something else in them."""
    text = national_text()
    for old, new in ((f'version = "{national().version}"', f'version = "{version}"'), *pairs):
        assert old in text
        text = text.replace(old, new, 1)
    return text


LOWER = ("limit_percent = 93\nrecovered_percent = 95", "limit_percent = 90\nrecovered_percent = 92")


async def activates(story: Story, content: str, since: Millis, version: str = "2", region: str = "") -> Millis:
    connection = await connect(story.database, "test")
    try:
        async with transaction(connection):
            row = await rules.activate(connection, rules.NewRuleSet(region, version, since, content, "Li", "a trial"))
        assert row is not None
        return row.effective_from
    finally:
        await connection.close()


@pytest.fixture(autouse=True)
def in_force(database: str) -> None:
    """The shipped rules are activated by the migration."""
    prepare(database)


@pytest.fixture
def soon(story: Story) -> Millis:
    """A time later than now and than every check before: minutes of the story."""
    return round(time.time() * 1_000) // MINUTE * MINUTE + 10 * MINUTE


def minute(story: Story, at: Millis) -> int:
    return (at - story.now) // MINUTE


async def test_a_set_counts_from_its_time_on_without_a_restart(story: Story, soon: Millis) -> None:
    at = minute(story, soon)
    await story.takes(story.message(story.reading(at - 30, spo2_percent=91)))
    await activates(story, changed("2", LOWER), soon)
    await story.takes(
        story.message(story.reading(at - 1, spo2_percent=91, resident="R-1")),
        story.message(story.reading(at, "R-2", spo2_percent=91), story.reading(at + 1, "R-2", spo2_percent=91)),
        story.message(story.reading(at, "R-3", spo2_percent=90), story.reading(at + 1, "R-3", spo2_percent=90)),
    )
    await story.time_passes(at + 60)
    found = story.rows(
        "select code, rule_version, reason_en from transitions join residents r on r.id = resident_id "
        "where condition = 'hypoxia' and transitions.kind = 'opened' order by code"
    )
    assert [(who, version) for who, version, _ in found] == [("R-1", "1"), ("R-3", "1")]
    assert "at or below 93 %" in found[0][2]
    assert "at or below 90 %" in found[1][2]
    await story.audited()


async def test_what_was_judged_from_then_on_already_is_judged_again(story: Story) -> None:
    """Checks from a clock that runs a few minutes ahead are stored before the set is activated."""
    ahead = round(time.time() * 1_000) // MINUTE * MINUTE + 5 * MINUTE
    at = minute(story, ahead)
    await story.takes(story.message(story.reading(at, spo2_percent=91), story.reading(at + 1, spo2_percent=91)))
    assert story.rows("select count(*) from alerts where closed_at is null") == [(1,)]
    await activates(story, changed("2", LOWER), ahead - MINUTE)
    await story.time_passes(at + 30)
    assert story.rows("select kind from transitions where condition = 'hypoxia' order by id") == [
        ("opened",),
        ("withdrawn",),
    ]
    await story.audited()


async def test_a_rule_that_is_switched_off_ends_its_episodes_at_that_time_also_where_nothing_more_is_measured(
    story: Story, soon: Millis
) -> None:
    at = minute(story, soon)
    await story.takes(story.message(story.reading(at - 30, spo2_percent=91), story.reading(at - 29, spo2_percent=91)))
    text = national_text()
    start, end = text.index('[[rule]]\nid = "D01"'), text.index('[[rule]]\nid = "D02"')
    since = await activates(story, changed("2", (text[start:end], "")), soon)
    await story.time_passes(at + 1)
    kinds = story.rows("select kind, extract(epoch from at)::bigint * 1000, reason_en from transitions order by id")
    assert [(kind, when) for kind, when, _ in kinds[-1:]] == [("lapsed", since)]
    assert "no longer in force" in kinds[-1][2]
    await story.audited()


async def test_a_process_that_takes_over_judges_by_the_same_schedule(story: Story, soon: Millis) -> None:
    at = minute(story, soon)
    await story.takes(story.message(story.reading(at - 30, spo2_percent=91)))
    await activates(story, changed("2", LOWER), soon)
    await story.ends()
    await story.starts()
    await story.takes(story.message(story.reading(at + 5, spo2_percent=91), story.reading(at - 29, spo2_percent=91)))
    await story.time_passes(at + 60)
    assert story.rows("select severity, rule from alerts where condition = 'hypoxia'") == [(1, "D01")]
    await story.audited()


async def test_a_region_in_another_mode_is_judged_by_the_rules_of_that_mode(story: Story, soon: Millis) -> None:
    at = minute(story, soon)

    def positive(minutes: int) -> dict[str, Any]:
        event = story.reading(minutes, f"R-{minutes}") | {"type": "test_result", "test": "pcr", "result": "positive"}
        return event | {"reported_at": event["observed_at"]}

    await story.takes(story.message(positive(at - 30), topic="test-results.v1"))
    connection = await connect(story.database, "test")
    try:
        async with transaction(connection):
            await modes.decide(connection, "", "平时", soon, "国卫发〔2026〕1号", "Wang")
    finally:
        await connection.close()
    await story.takes(story.message(positive(at + 1), topic="test-results.v1"))
    assert story.rows("select count(*) from alerts where condition = 'positive_test'") == [(1,)]
    await story.audited()


async def test_an_upgrade_changes_nobodys_judgement(story: Story, database: str) -> None:
    before = story.rows("select id, version, activated_by, reason from rule_sets")
    assert before == [(1, national().version, "sizao", "shipped")]
    await activates(story, changed("2", LOWER), 0)
    for _ in range(2):
        await asyncio.to_thread(prepare, database)
    assert story.rows("select version from rule_sets order by id") == [(national().version,), ("2",)]


async def test_a_worker_that_cannot_read_the_rules_ends_and_keeps_no_message_as_a_defect(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    await activates(story, 'version = "3"\n[texts]\n[[rule]]\nid = "D99"\n', 0, version="3")
    ended: list[int] = []

    def ends(code: int) -> None:
        ended.append(code)
        raise SystemExit(code)

    monkeypatch.setattr("os._exit", ends)
    with pytest.raises(SystemExit):
        await story.core._store_patiently(read_all([story.message(story.reading(0, spo2_percent=97))]))
    assert ended == [72]
    assert story.rows("select count(*) from defects") == [(0,)]
