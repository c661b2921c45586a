"""Phones without login: a link, a pressed key, a reply. Each answers once."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from alerts.notifiers.webhook import signature
from alerts.receipts import LASTS, BadLink, link_of, read_link
from dashboards.console.app import make_console
from dashboards.console.routes.receipts import Doors
from tests.acceptance.story import Story

SECRET = "whsec_c2l6YW8tdGVzdA=="
Client = AsyncTestClient[Litestar]


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    doors = Doors("receipt-secret", SECRET)
    async with AsyncTestClient(make_console(database, doors)) as opened:
        yield opened


async def _an_alert_now(story: Story) -> str:
    """The path of the link that somebody got."""
    story.person("王院长", ("wecom", "heads"))
    story.shift("家-1", "carer", "王院长")
    await story.rosters()
    story.now = round(time.time() * 1_000)
    story.resident("R-07").rests(spo2=86)
    await story.judged()
    await story.sends()
    (text,) = [one.message.text for one in story.heard_all if one.address == "heads"]
    found = re.search(r"https://desk.example.org(/r/\S+)", text)
    assert found
    return found[1]


def _signed(body: dict[str, Any], at: float | None = None) -> dict[str, Any]:
    content = json.dumps(body).encode()
    moment = int(time.time() if at is None else at)
    headers = {
        "webhook-id": "x",
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(SECRET, "x", moment, content),
        "content-type": "application/json",
    }
    return {"content": content, "headers": headers}


async def test_opening_a_link_changes_nothing_and_its_button_works_once(story: Story, client: Client) -> None:
    path = await _an_alert_now(story)
    for _ in range(3):  # a chat app fetches it ahead
        page = await client.get(path)
        assert page.status_code == 200
        assert page.headers["referrer-policy"] == "no-referrer"
    assert "R-07" not in page.text + path  # names nobody
    (alert,) = await story.open_alerts()
    assert f" {alert.code}" in page.text.replace("　", " ")
    assert await story.line() == "提醒中 · 责任待认领"

    assert (await client.post(path, data={"answer": "anything"})).status_code == 200
    assert await story.line() == "提醒中 · 责任待认领"
    assert "已记录" in (await client.post(path, data={"answer": "accept"})).text
    assert await story.line() == "异常持续 · 王院长已接手"
    assert "answered before" in (await client.post(path, data={"answer": "reject"})).text
    assert "您已回复过" in (await client.get(path)).text
    assert await story.line() == "异常持续 · 王院长已接手"


async def test_a_link_that_was_changed_or_is_too_old_opens_nothing(client: Client) -> None:
    link = link_of("receipt-secret", 7, 0)
    assert read_link("receipt-secret", link, LASTS - 1) == 7
    assert re.fullmatch("[a-z2-7]{40}", link)
    for other, secret, now in ((link, "receipt-secret", LASTS), (link, "other", 0), (link[::-1], "receipt-secret", 0)):
        with pytest.raises(BadLink):
            read_link(secret, other, now)
    for wrong in (link, "x", "%00", "..%2Fmetrics"):
        assert (await client.get(f"/r/{wrong}")).status_code == 404
        assert (await client.post(f"/r/{wrong}", data={"answer": "accept"})).status_code == 404
    assert (await client.get("/alerts/7", follow_redirects=False)).headers["location"].startswith("/sign-in")


async def test_a_pressed_key_rejects_and_a_reply_accepts(story: Story, client: Client) -> None:
    story.at("20:00")
    await _an_alert_now(story)
    (alert,) = await story.open_alerts()
    (call,) = [one for one in story.heard_all if one.channel == "voice"]
    assert (await client.post("/receipts/gateway", json={"id": call.message.key, "key": "1"})).status_code == 401
    old = _signed({"id": call.message.key, "key": "1"}, time.time() - 600)
    assert (await client.post("/receipts/gateway", **old)).status_code == 401  # played again
    for header in ("webhook-timestamp", "webhook-signature"):
        strange = _signed({"id": call.message.key, "key": "1"})
        strange["headers"] = strange["headers"] | {header: "²é".encode("latin-1")}
        assert (await client.post("/receipts/gateway", **strange)).status_code == 401
    for body, status in (({"id": "nobody", "key": "1"}, 404), ({"key": "9"}, 400), ({"text": "好的"}, 400)):
        assert (await client.post("/receipts/gateway", **_signed(body))).status_code == status
    pressed = await client.post("/receipts/gateway", **_signed({"id": call.message.key, "key": "2"}))
    assert pressed.json() == {"done": True, "why_not": ""}
    story.now = round(time.time() * 1_000)
    await story.sends()  # rejecting routes on at once
    (reached,) = [one for one in story.heard_all if one.channel == "sms"]
    reply = {"number": "138-0000-0004", "text": f" {str(alert.code).lower()}，1"}
    assert (await client.post("/receipts/gateway", **_signed(reply))).json()["done"]
    assert reached.address == "13800000004"
    assert await story.line() == "异常持续 · 张医生已接手"
    stranger = {"number": "13999999999", "text": f"{alert.code} 1"}
    assert (await client.post("/receipts/gateway", **_signed(stranger))).status_code == 404
