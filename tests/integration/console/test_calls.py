"""A call is written down by the page of the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from alerts.nudges import nudge
from dashboards.console.app import make_console
from dashboards.console.users import Role
from detectors.times import DAY
from store.connection import transaction
from store.erasing import Erasure, erase
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


async def test_a_case_is_opened_for_a_home_of_the_desk_and_for_no_other(
    ill: Story, client: Client, database: str
) -> None:
    csrf = await sign_in(client, database, Role.DESK, name="赵值班", region_prefix="3706")
    local = datetime.now(ZoneInfo("Asia/Shanghai"))
    call = {"csrf": csrf, "caller": "李护理员 0535-1", "words": "老人摔倒", "severity": "2", "accept": "1"}
    for code in ("F-999", "SELF-CHECK"):
        answer = await client.post("/calls", data={**call, "facility": code})
        assert (answer.status_code, "不在您的辖区" in answer.text) == (400, True)
    future = (local + timedelta(minutes=5)).isoformat()[:16]
    assert (await client.post("/calls", data={**call, "facility": "F-001", "at": future})).status_code == 400
    earlier = (local - timedelta(minutes=20)).isoformat()[:16]
    answer = await client.post("/calls", data={**call, "facility": "F-001", "at": earlier})
    assert answer.status_code == 200
    for words in ("电话报告", "老人摔倒", "赵值班已接手", "李护理员 0535-1", earlier[11:]):
        assert words in answer.text
    number = str(answer.url).rpartition("/")[2]
    done = await client.post(f"/alerts/{number}/close", data={"csrf": csrf, "words": "已送医检查"})
    assert "已送医检查" in done.text
    assert "办结" in done.text
    assert (await client.post("/alerts/1/close", data={"csrf": csrf, "words": "x"})).status_code == 400

    await sign_in(client, database, Role.VIEWER, login="viewer", region_prefix="37")
    await client.post("/calls", data={**call, "facility": "F-001", "accept": ""})
    assert "老人摔倒" not in (await client.get("/")).text, "what people say on the telephone stays near"


async def test_what_was_said_of_somebody_who_is_erased_is_not_kept(ill: Story, client: Client, database: str) -> None:
    csrf = await sign_in(client, database, Role.DESK, region_prefix="3706")
    call = {"csrf": csrf, "facility": "F-001", "caller": "李护理员", "words": "老人摔倒", "resident": "R-07"}
    answer = await client.post("/calls", data=call)
    assert "老人摔倒" in answer.text
    async with transaction(ill.connection):
        await erase(ill.connection, Erasure("F-001", "R-07", ill.now, "赵值班", "本人要求"), although_open=True)
    assert "老人摔倒" not in (await client.get(answer.url.path)).text
    assert "血氧" in (await client.get("/alerts/1")).text, "what a rule found is no free text"


async def test_a_case_of_an_infection_shows_its_clocks_until_it_is_reported(
    ill: Story, client: Client, database: str
) -> None:
    csrf = await sign_in(client, database, Role.DESK, name="赵值班", region_prefix="3706")
    call = {"csrf": csrf, "caller": "李护理员", "words": "抗原阳性1例", "facility": "F-001", "case": "1"}
    earlier = (datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=12)).isoformat()[:16]
    answer = await client.post("/calls", data={**call, "at": earlier})
    assert "机构电话报告区县民政部门和街道（乡镇）</b> · 已超时" in answer.text
    assert "自上一项报告起算" in answer.text
    assert "报告已超时" in (await client.get("/")).text
    path = f"{answer.url.path}/reported"
    given = {"csrf": csrf, "clock": "facility_told", "whom": "区民政局", "words": "阳性1例"}
    assert (await client.post(path, data={**given, "whom": ""})).status_code == 400
    text = (await client.post(path, data=given)).text
    for words in ("赵值班 → 区民政局：阳性1例", "■ 超时", "区县书面报告市级", "赵值班 · 已报告", "data-counts-to"):
        assert words in text
    assert (await client.post(path, data=given)).status_code == 400, "it is on record"


async def test_an_alert_that_no_rule_found_has_its_page_too(ill: Story, client: Client, database: str) -> None:
    async with transaction(ill.connection):
        await nudge(ill.connection, ["F-001"], ill.now // DAY, "赵值班", ill.now)
    await sign_in(client, database, Role.DESK, region_prefix="3706")
    (asked,) = [one for one in await ill.open_alerts() if one.condition == "report_missing"]
    page = await client.get(f"/alerts/{asked.id}")
    assert page.status_code == 200
    assert "机构日报尚未收到" in page.text
