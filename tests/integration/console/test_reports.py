"""A carer sends the facility's report, or its zero in one tap, through the door that everything goes through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from dashboards.console import report_form
from dashboards.console.app import make_console
from dashboards.console.users import Role
from store import tokens
from store.connection import connect
from store.reports import DifficultyRow
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

PAGE = "/facilities/F-001/report"
NOW = 1_764_230_400_000  # 2025-11-27 16:00 in China


@pytest.fixture
async def client(database: str, gateway: str) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(make_console(database, gateway=gateway)) as opened:
        yield opened


async def test_a_report_and_a_zero_are_taken_and_what_is_wrong_is_said_above_the_form(
    ill: Story, client: AsyncTestClient[Any], database: str
) -> None:
    csrf = await sign_in(client, database, Role.FACILITY, facility="F-001")
    sent = await client.post(PAGE, data={"csrf": csrf, "residents": "40", "beds": ""}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}?sent=1")
    zero = await client.post(f"{PAGE}/zero", data={"csrf": csrf}, follow_redirects=False)
    assert zero.status_code == 303
    assert "已接收" in (await client.get(f"{PAGE}?sent=1")).text
    wrong = await client.post(PAGE, data={"csrf": csrf, "residents": "五十", "beds": "120"})
    assert wrong.status_code == 400
    assert "“今日在住老年人”请填整数" in wrong.text
    assert 'value="120"' in wrong.text, "nothing written is lost"
    connection = await connect(database, "test")
    facility = await ill.connection.execute("select id from facilities where code = 'F-001'")
    row = await facility.fetchone()
    assert row is not None
    made = await tokens.of_facility(connection, row[0])
    assert len(made) == 2
    assert all(one.revoked_at is not None for one in made), "a token for once is good once"
    await connection.close()


async def test_without_a_gateway_nothing_is_lost_and_it_is_said(ill: Story, database: str) -> None:
    async with AsyncTestClient(make_console(database, gateway="http://127.0.0.1:1")) as client:
        csrf = await sign_in(client, database, Role.FACILITY, facility="F-001")
        answer = await client.post(PAGE, data={"csrf": csrf, "residents": "40"})
        assert "平台暂时无法接收" in answer.text
        assert 'value="40"' in answer.text


def test_the_form_keeps_blank_and_zero_apart_and_carries_difficulties_on() -> None:
    known = [
        DifficultyRow("F-1", None, "1", "oxygen", "吸氧机不足", "open", True, NOW, NOW, None),
        DifficultyRow("F-1", None, "2", "staff", "缺护理员", "open", True, NOW, NOW, None),
        DifficultyRow("F-1", None, "3", "other", "旧事", "resolved", False, NOW, NOW, None),
    ]
    form = {
        "residents": "0",
        "beds": " ",
        "antiviral": "2",
        "operating": "open",
        "resolved_1": "on",
        "difficulty": "漏水",
    }
    event = report_form.event_of(form, "F-1", "王芳", NOW, "Asia/Shanghai", known)
    assert event["residents"] == 0
    assert "beds" not in event
    assert (event["medicine"], event["operating"], event["day"]) == ({"antiviral": 2}, "open", "2025-11-27")
    said = [(one["id"], one["state"]) for one in event["difficulties"]]
    assert said == [("1", "resolved"), ("2", "open"), ("4", "open")]
    assert "nothing_to_report" not in event
    assert report_form.zero("F-1", "王芳", NOW, "Asia/Shanghai")["nothing_to_report"] is True
