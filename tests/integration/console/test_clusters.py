"""A cluster by its pages: the list of the desk, and the steps on the page of the alert."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from tests.acceptance.story import Story
from tests.acceptance.test_clusters import found
from tests.support.accounts import sign_in

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


async def test_the_desk_verifies_the_home_acts_and_the_list_says_what_is_missing(
    ill: Story, client: Client, database: str
) -> None:
    event = await found(ill, "case_excess")
    page, path = f"/alerts/{event}", f"/alerts/{event}/event"
    csrf = await sign_in(client, database, Role.FACILITY, login="home", name="王院长", facility="F-001")
    step = {"csrf": csrf, "words": "单间隔离三人", "step": "verified"}
    refused = await client.post(path, data=step)
    assert (refused.status_code, "由值班台登记" in refused.text) == (403, True)

    csrf = await sign_in(client, database, Role.DESK, login="zhao", name="赵值班", region_prefix="3706")
    listed = (await client.get("/clusters")).text
    for words in ("病例异常增多", "待核实", "未报告疾控", "幸福敬老院"):
        assert words in listed
    step["csrf"] = csrf
    early = await client.post(path, data={**step, "step": "acted"})
    assert (early.status_code, "请先核实" in early.text) == (400, True)
    assert (await client.post(path, data={**step, "words": "电话核实，三人发热"})).status_code == 200
    told = {**step, "step": "told", "words": "口头报告", "whom": "区疾控 刘科长"}
    text = (await client.post(path, data=told)).text
    for words in ("已核实，待处置", "疾控已告知：", "赵值班 → 区疾控 刘科长", "电话核实，三人发热"):
        assert words in text
    assert "已核实，待处置" in (await client.get("/clusters")).text

    await sign_in(client, database, Role.VIEWER, login="viewer", region_prefix="37")
    assert "病例异常增多" in (await client.get("/clusters")).text
    assert (await client.get(page)).status_code == 404
