"""Rules in force are on record: what, since when, who said so and why."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from detectors.profile import Profile
from detectors.times import DAY, HOUR, MINUTE
from store import modes, registry, rules
from store.connection import Connection, transaction
from store.errors import StoreError
from store.modes import ModeRow, with_modes

FIRST = rules.NewRuleSet("", "2026.1", 0, "# 一", "Li", "first")


@pytest.fixture
async def clean(connection: Connection) -> Connection:
    """Nothing is in force yet."""
    await connection.execute("delete from rule_sets")
    return connection


def now() -> int:
    return round(time.time() * 1_000)


async def activated(connection: Connection, new: rules.NewRuleSet) -> rules.RuleSetRow | None:
    async with transaction(connection):
        return await rules.activate(connection, new)


async def test_the_first_set_of_the_nation_counts_from_ever_and_the_next_not_before_now(clean: Connection) -> None:
    first = await activated(clean, structs.replace(FIRST, effective_from=now()))
    assert first is not None
    assert (first.effective_from, first.activated_by, first.reason) == (0, "Li", "first")
    second = structs.replace(FIRST, version="2026.2", content="# 二")
    began = now()
    for late in (0, now() - DAY):
        row = await activated(
            clean, structs.replace(second, version=f"2026.{late}", content=f"# {late}", effective_from=late)
        )
        assert row is not None
        assert row.effective_from >= began - 1_000, "what has been judged stays"
    row = await activated(clean, structs.replace(second, version="3", content="# 三", effective_from=began + DAY))
    assert row is not None
    assert row.effective_from == began + DAY
    heads = await rules.heads(clean)
    assert [head.effective_from for head in heads] == sorted(head.effective_from for head in heads)
    assert await rules.content(clean, heads[0].digest) == "# 一"


async def test_the_set_that_is_last_already_changes_nothing_and_one_that_was_left_may_come_back(
    clean: Connection,
) -> None:
    second = structs.replace(FIRST, version="2026.2", content="# 二")
    assert [await activated(clean, one) is None for one in (FIRST, FIRST, second, second, FIRST)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert [head.version for head in await rules.heads(clean)] == ["2026.1", "2026.2", "2026.1"]


async def test_a_version_never_means_two_things(clean: Connection) -> None:
    await activated(clean, FIRST)
    with pytest.raises(StoreError, match=r"version 2026\.1 is on record with another text: give"):
        await activated(clean, structs.replace(FIRST, content="# 别的"))
    assert await activated(clean, structs.replace(FIRST, region="63", content="# 高原")) is not None


async def test_a_shadow_is_in_force_for_nobody_and_takes_the_place_of_the_one_before(clean: Connection) -> None:
    await activated(clean, FIRST)
    for number in ("2", "3"):
        await activated(clean, structs.replace(FIRST, version=number, content=f"# {number}", shadow=True))
    assert [head.version for head in await rules.heads(clean)] == ["2026.1"]
    recorded = [(row.version, row.shadow, row.ended_at is None) for row in await rules.recorded(clean)]
    assert recorded == [("2026.1", False, True), ("2", True, False), ("3", True, True)]
    async with transaction(clean):
        assert await rules.end_shadow(clean, "", "Wang", "it found nothing")
        assert not await rules.end_shadow(clean, "", "Wang", "again")
    assert [row.version for row in await rules.recorded(clean) if row.shadow and row.ended_at is None] == []


async def test_a_shadow_may_look_back(clean: Connection) -> None:
    await activated(clean, FIRST)
    row = await activated(clean, structs.replace(FIRST, version="2", content="# 二", effective_from=DAY, shadow=True))
    assert row is not None
    assert row.effective_from == DAY


async def test_only_the_facilities_concerned_are_judged_again_and_from_when_the_set_counts(
    clean: Connection, known: Any, new_code: Callable[[], str]
) -> None:
    here, there = new_code(), new_code()
    for code in (here, there):
        await known(code, "R-1")
    ids = await registry.lock_facilities(clean, [here, there])
    await clean.execute(
        "insert into facility_profiles values (%s, now(), now(), '', '632525', 'Asia/Shanghai', 0, true, 'axillary', "
        "'{}', '平时', '', false)",
        [ids[here].id],
    )
    await activated(clean, FIRST)
    await clean.execute("update facilities set refold_from = null, due_at = null")
    before = await registry.lock_facilities(clean, [here, there])
    row = await activated(clean, rules.NewRuleSet("63", "63.1", now() + HOUR, "# 青海"))
    assert row is not None
    after = {code: await registry.find_facility(clean, code) for code in (here, there)}
    assert after[there] == before[there]
    mine = after[here]
    assert mine is not None
    assert (mine.refold_from, mine.due_at) == (row.effective_from, row.effective_from)
    assert mine.version == before[here].version + 1, "what workers remember of it is no longer valid"


async def test_a_region_in_a_mode_says_so_with_its_notice(clean: Connection) -> None:
    began = now()
    async with transaction(clean):
        made = await modes.decide(clean, "5101", "封闭管理", 0, "成民发〔2026〕1号", "Wang")
    assert made.valid_from >= began - 1_000
    assert [row.notice for row in await modes.modes_of(clean, "510107")] == ["成民发〔2026〕1号"]
    assert await modes.modes_of(clean, "5102") == []
    assert made in await modes.recorded(clean)


def decided(region: str, mode: Any, at: int) -> ModeRow:
    return ModeRow(region, mode, at, "notice", "Wang", at)


def test_the_mode_of_a_region_is_that_of_its_facilities_from_its_day_on() -> None:
    profiles = (Profile(mode="平时"), Profile(valid_from=HOUR, mode="疫情期间", altitude_m=3_900))
    rows = [decided("51", "封闭管理", MINUTE), decided("5101", "平时", 2 * HOUR), decided("5101", None, 3 * HOUR)]
    found = with_modes(profiles, rows)
    assert [(one.valid_from, one.mode, one.altitude_m) for one in found] == [
        (0, "平时", 0),
        (MINUTE, "封闭管理", 0),
        (HOUR, "封闭管理", 3_900),
        (2 * HOUR, "平时", 3_900),
        (3 * HOUR, "封闭管理", 3_900),
    ]
    assert with_modes(profiles, []) == profiles
