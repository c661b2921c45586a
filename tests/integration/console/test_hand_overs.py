"""Handing over by the pages alone: two accounts, one record."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from store import views
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


async def _posts(client: Client, path: str, csrf: str, **form: object) -> int:
    return (await client.post(path, data={"csrf": csrf, **form}, follow_redirects=False)).status_code


async def test_two_accounts_hand_over_thing_by_thing_and_the_record_keeps_both_names(
    ill: Story, client: Client, database: str
) -> None:
    csrf = await sign_in(client, database, Role.DESK, login="zhao", name="赵值班", region_prefix="370613")
    assert await _posts(client, "/promises", csrf, words="九点给家属回电话", minutes="60") == 303
    assert await _posts(client, "/hand-overs", csrf, wanted="钱值班", note="夜里停过一次电") == 303
    number = int(re.findall(r'href="/hand-overs/(\d+)"', (await client.get("/hand-overs")).text)[0])
    page = f"/hand-overs/{number}"
    assert "所选事项由我负责" not in (await client.get(page)).text, "nobody takes over from themselves"
    assert await _posts(client, f"{page}/take", csrf, item="1") == 409

    csrf = await sign_in(client, database, Role.DESK, login="qian", name="钱值班", region_prefix="370613")
    assert "交接班待您确认" in (await client.get("/")).text
    assert "交接班：现由 护士小李、赵值班 负责" in (await client.get("/alerts/1")).text
    text = (await client.get(page)).text
    for words in ("赵值班", "夜里停过一次电", "血氧偏低", "R-07", "转诊", "承诺 · 九点给家属回电话", "确认之前仍由"):
        assert words in text
    assert await views.newest(ill.connection, "qian", ["F-001/R-07"], limit=1), "whom a record shows is on record"
    assert await _posts(client, f"{page}/send-back", csrf, item="1") == 409, "a reason is wanted"
    assert await _posts(client, f"{page}/send-back", csrf, item="1", reason="请先复测") == 303
    assert await _posts(client, f"{page}/take", csrf, item=["2", "3"]) == 303
    text = (await client.get(page)).text
    for words in ("已退回 · 钱值班", "请先复测", "已接班 · 钱值班", "已全部答复"):
        assert words in text
    assert "承诺 · 九点给家属回电话" not in (await client.get("/hand-overs")).text
    assert "九点给家属回电话" in (await client.get("/hand-overs")).text, "whoever took it over keeps the promise"
    assert "钱值班 · 退回交班" in (await client.get("/alerts/1")).text


async def test_a_desk_that_does_not_see_all_of_it_sees_none_of_it(ill: Story, client: Client, database: str) -> None:
    csrf = await sign_in(client, database, Role.DESK, login="city", name="市里", region_prefix="3706")
    assert await _posts(client, "/hand-overs", csrf) == 303
    await sign_in(client, database, Role.DESK, login="zhao", name="赵值班", region_prefix="370613")
    assert "市里" not in (await client.get("/hand-overs")).text
    assert (await client.get("/hand-overs/2")).status_code == 404
    assert (await client.get("/hand-overs/1")).status_code == 200  # of the home, which lies within
