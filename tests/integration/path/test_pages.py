"""What a carer reads on the facility's page, in both languages, from a real database."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.claiming import claim_of
from dashboards.console.users import Role
from detectors.tiers import Condition
from detectors.times import HOUR, MINUTE, to_text
from ingest.registry.rows import Resident, Staff
from sizao.registry_import import tables_of
from store import checks, fates, registration
from store.connection import Connection, connect, transaction
from tests.integration.path.test_worker import FACILITY, Story, binding
from tests.support.accounts import sign_in


@pytest.fixture
async def story(database: str) -> AsyncIterator[Story]:
    made = Story(database)
    await made.starts()
    yield made
    await made.ends()


async def test_the_page_asks_for_repeats_and_says_who_is_not_judged_and_why(story: Story) -> None:
    story.now = round(time.time() * 1_000) // MINUTE * MINUTE - HOUR
    low = story.reading(0, "R-7", spo2_percent=91)
    unbound = {**story.reading(1, spo2_percent=86, device="OX-9"), "resident": None}
    bound = {**story.reading(2, spo2_percent=97.5, device="OX-1"), "resident": None}
    staff = {**story.reading(3, spo2_percent=95, staff="S-1"), "resident": None}
    skewed = {**story.reading(4, "R-6", spo2_percent=97), "sent_at": to_text(story.now - 3 * HOUR)}
    taken = story.message(low, unbound, bound, staff, skewed)
    await story.takes(taken, story.message(binding(story, "R-8", -5), topic="check-ins.v1"))
    await story.takes(story.message(b'{"type":"dream","facility":"F-001","observed_at":"2026-01-01T00:00:00Z"}'))
    async with reading_of(story.database) as connection:
        people = Resident(
            FACILITY, "R-5", "3F", "12", 1938, conditions=Condition(0), vaccination="full", responsible="S-1"
        )
        given = frozenset(Resident.__struct_fields__)
        await registration.take_in(connection, "staff", [Staff(FACILITY, "S-1", "王芳")], given, story.now)
        await registration.take_in(connection, "residents", [people], given, story.now, tables_of)
    chinese, english = await pages(story.database, f"/facilities/{FACILITY}")
    for words in (
        "待复测确认 R-7 静息低血氧：请在",
        "待认领(测量记录)",
        "OX-9",
        "S-1 测量记录",
        "工作人员，不参与研判",
        "R-8",
        "97.5%",
        "设备时钟异常",
        "当前版本尚不能识别",
        "待登记 只在测量记录中出现",
        "R-5 3F 12 ▲ 黄",
        "80岁及以上，无基础疾病，已全程接种（分级表） 王芳",
    ):
        assert words in chinese
    for words in (
        "Confirming: measure again R-7 Resting hypoxia: before",
        "Unbound readings",
        "staff: not judged",
        "▲ yellow",
    ):
        assert words in english
    assert not re.search("[一-鿿]", re.sub("中文|王芳|某人", "", english)), "one language at a time"


async def test_a_claimed_reading_is_judged_at_once_and_waits_no_more(story: Story) -> None:
    story.now = round(time.time() * 1_000) // MINUTE * MINUTE - 20 * MINUTE
    unbound = [{**story.reading(at, spo2_percent=84, device="OX-9"), "resident": None} for at in (0, 1)]
    await story.takes(story.message(*unbound, story.reading(2, "R-7", pulse_per_min=70)))
    assert story.rows("select * from alerts") == []
    async with reading_of(story.database) as connection:
        (waiting, before) = await fates.unbound(connection, 1, story.now - HOUR)
        found = await checks.original(connection, 1, before.event_id, before.observed_at)
        assert found is not None
    claim = {**claim_of(found, FACILITY, "R-7", "reading", "王芳"), "received_at": to_text(story.now + 19 * MINUTE)}
    await story.takes(story.message(claim, topic="check-ins.v1"), story.message(claim, topic="check-ins.v1"))
    assert story.rows("select severity, condition from alerts") == [(1, "hypoxia")]
    async with reading_of(story.database) as connection:
        assert await checks.original(connection, 1, found.event_id, found.observed_at) is None
        (left,) = await fates.unbound(connection, 1, story.now - HOUR)
        assert left.event_id == waiting.event_id
        (looked,) = await checks.looked_after(connection, 1, story.now + HOUR)
        assert (looked.resident, looked.checked_at, looked.presence) == ("R-7", story.now + 2 * MINUTE, "in")
    await story.audited()


@asynccontextmanager
async def reading_of(database: str) -> AsyncIterator[Connection]:
    """A transaction of its own."""
    opened = await connect(database, "test")
    async with transaction(opened):
        yield opened
    await opened.close()


async def pages(database: str, path: str) -> list[str]:
    """The page as plain text, in Chinese and in English."""
    async with AsyncTestClient(make_console(database)) as client:
        await sign_in(client, database, Role.FACILITY, facility=FACILITY)
        answers: list[Any] = [await client.get(path, params={"lang": language}) for language in ("zh", "en")]
    assert [answer.status_code for answer in answers] == [200, 200]
    return [" ".join(unescape(re.sub("<[^>]*>", " ", answer.text)).split()) for answer in answers]
