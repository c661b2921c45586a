"""A carer writes a check down, and it goes the way of every reading; sent twice it is one."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from tests.acceptance.referring import Ward
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

PAGE = "/facilities/F-001/check"
ID = "0b9ad2f2-3f2c-4f4e-8a53-6a5f8d1c2b10"


@pytest.fixture
async def client(database: str, gateway: str) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(make_console(database, gateway=gateway)) as opened:
        yield opened


async def _spooled(story: Story) -> list[dict[str, Any]]:
    """Every event that the gateway has taken."""
    rows = await (await story.connection.execute("select value from spool order by 1")).fetchall()
    found = [json.loads(bytes(row[0])) for row in rows]
    return [event for one in found for event in (one if isinstance(one, list) else [one])]


async def test_a_check_by_hand_is_taken_once_and_what_is_odd_only_when_confirmed(
    ill: Story, client: AsyncTestClient[Any], database: str
) -> None:
    csrf = await sign_in(client, database, Role.FACILITY, name="王芳", facility="F-001")
    form = {"csrf": csrf, "id": ID, "resident": "R-07", "spo2_percent": "62", "pulse_per_min": "88"}
    assert 'name="id"' in (await client.get(PAGE)).text
    odd = await client.post(PAGE, data=form)
    assert odd.status_code == 400
    assert "请再看一眼" in odd.text
    assert 'value="88"' in odd.text, "nothing written is lost"
    assert await _spooled(ill) == []
    confirmed = form | {"confirmed": odd.text.split('name="confirmed" value="')[1].split('"')[0]}
    for _ in range(2):
        sent = await client.post(PAGE, data=confirmed, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}?taken=R-07")
    taken = await _spooled(ill)
    assert {one["event_id"] for one in taken} == {ID}
    assert {(one["spo2_percent"], one["resident"], one["reporter"], one["source"]) for one in taken} == {
        (62, "R-07", "王芳", "manual")
    }
    refused = await client.post(PAGE, data=form | {"resident": "13800000000", "confirmed": confirmed["confirmed"]})
    assert refused.status_code == 400, "a number of a person is refused as by the gateway"
    assert "已接收：R-07" in (await client.get(f"{PAGE}?taken=R-07")).text


async def test_a_record_that_is_wrong_is_taken_back_once_under_its_carers_name(
    ill: Story, client: AsyncTestClient[Any], database: str
) -> None:
    await Ward(ill).measures(spo2_percent=86)
    csrf = await sign_in(client, database, Role.FACILITY, name="王芳", facility="F-001")
    listed = (await client.get("/facilities/F-001")).text
    link = re.search(r"/facilities/F-001/void\?event=([0-9a-f-]+)&amp;at=(\d+)", listed)
    assert link is not None
    form = {"csrf": csrf, "event": link[1], "at": link[2]}
    assert "血氧86%" in (await client.get(link[0].replace("&amp;", "&"))).text
    asked = await client.post("/facilities/F-001/void", data=form)
    assert (asked.status_code, "请选择原因" in asked.text) == (400, True)
    for reason, whose in (("typing", "R-07"), ("wrong_resident", "")):
        sent = await client.post("/facilities/F-001/void", data=form | {"reason": reason}, follow_redirects=False)
        assert sent.headers["location"].startswith(f"{PAGE}?voided=1&resident={whose}&at=20")
    taken = [one for one in await _spooled(ill) if one["type"] == "correction"]
    assert len({one["event_id"] for one in taken}) == 1, "pressed twice it is one correction"
    assert {(one["action"], one["corrects"]["event_id"], one["reporter"]) for one in taken} == {
        ("entered_in_error", link[1], "王芳")
    }
    assert "selected" not in (await client.get(f"{PAGE}?voided=1&resident=")).text, "whose it is must be said"


async def test_who_may_only_look_enters_nothing(ill: Story, client: AsyncTestClient[Any], database: str) -> None:
    csrf = await sign_in(client, database, Role.FACILITY, rights=(), facility="F-001")
    assert (await client.get(PAGE)).status_code == 403
    assert (await client.post(PAGE, data={"csrf": csrf, "id": ID})).status_code == 403
    assert PAGE not in (await client.get("/facilities/F-001")).text
