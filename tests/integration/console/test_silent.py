"""A desk sees who is silent, also after midnight; asks them once; and no difficulty leaves its list without an end."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from detectors.times import HOUR
from store.connection import transaction
from tests.acceptance.story import Story
from tests.integration.rollup.making import CALENDAR, DAY_0, County
from tests.support.accounts import sign_in

TODAY = CALENDAR.day_of(round(time.time() * 1_000)) - DAY_0
YESTERDAY = TODAY - 1


@pytest.fixture
async def client(database: str) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


@pytest.fixture
async def county(bare: Story) -> County:
    """Of yesterday S-1 said nothing, S-2 a zero, and then somebody there was positive; S-3 has a difficulty."""
    county = County(bare.connection)
    county.now = CALENDAR.midnight(DAY_0 + YESTERDAY - 2)
    for code in ("S-1", "S-2", "S-3"):
        await county.home(code, "370613")
    began = CALENDAR.midnight(DAY_0 + YESTERDAY)
    await county.report("S-2", YESTERDAY, began + 9 * HOUR, nothing_to_report=True)
    trouble = {"id": "a1", "kind": "oxygen", "text": "吸氧机不足", "state": "open"}
    await county.report("S-3", YESTERDAY, began + 9 * HOUR, difficulties=[trouble])
    await county.said("S-2", county.test(began + 15 * HOUR, "positive"))
    county.now = round(time.time() * 1_000)
    await county.settle()
    return county


async def test_yesterdays_silent_are_listed_and_asked_once_and_a_doubtful_zero_is_named(
    county: County, client: AsyncTestClient[Any], database: str
) -> None:
    csrf = await sign_in(client, database, Role.DESK, region_prefix="3706")
    page = (await client.get("/reports")).text
    yesterday = page[page.index("（昨天）") :]
    assert "S-1" in yesterday
    assert re.search(r"零报告与当天记录不符.*S-2.*检测阳性1人", yesterday, re.DOTALL)
    date = re.search(r'name="day" value="([^"]+)"', yesterday)
    assert date is not None
    asked = [
        (await client.post("/reports/nudge", data={"csrf": csrf, "day": date[1]}, follow_redirects=False)).headers
        for _ in range(2)
    ]
    assert [one["location"] for one in asked] == ["/reports?asked=1&untold=1", "/reports?asked=0&untold=0"]
    page = (await client.get("/reports?asked=1")).text
    assert re.search(r"催报结果.*S-1.*未通知", page, re.DOTALL), "nobody is registered there, and that is said"


async def test_a_difficulty_stays_until_its_end_is_on_record(
    county: County, client: AsyncTestClient[Any], database: str
) -> None:
    csrf = await sign_in(client, database, Role.DESK, region_prefix="3706")
    path, form = "/facilities/S-3/difficulties", {"csrf": csrf, "difficulty": "a1"}
    now = round(time.time() * 1_000)
    await county.report("S-3", TODAY, now, residents=40)  # says nothing of it
    await county.settle()
    assert "还没有负责人" in (await client.get("/reports")).text
    assert (await client.post(path, data=form | {"action": "assigned"})).status_code == 400
    assert (await client.post(path, data=form | {"action": "resolved"})).status_code == 400
    await client.post(path, data=form | {"action": "assigned", "owner": "王科长"})
    page = (await client.get("/reports")).text
    assert re.search("未解决（1）.*吸氧机不足.*负责 <b>王科长", page, re.DOTALL)
    await client.post(path, data=form | {"action": "resolved", "comment": "已调拨2台"})
    assert "未解决（0）" in (await client.get("/reports")).text
    await client.post(path, data=form | {"action": "reopened", "comment": "又坏了"})
    assert "未解决（1）" in (await client.get("/reports")).text
    async with transaction(county.connection):
        rows = await (await county.connection.execute("select actor from difficulty_actions order by id")).fetchall()
    assert [name for (name,) in rows] == ["某人"] * 3
