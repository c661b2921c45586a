"""The siren of an open inbox wakes somebody, as long as it is open and was tested in this shift."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.sessions import COOKIE
from dashboards.console.users import Role
from detectors.times import HOUR, MINUTE, Millis
from sizao.on_call import on_call
from store import sirens
from store.connection import transaction
from tests.acceptance.story import REGION, Story
from tests.support.accounts import sign_in
from tests.support.browser import chromium, served

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


async def _doctor(story: Story, now: Millis) -> list[tuple[str, str]]:
    async with transaction(story.connection):
        return [(one.light, one.what) for one in await on_call(story.connection, now)]


async def test_the_doctor_counts_an_inbox_that_can_be_heard_and_says_why_another_does_not(
    ill: Story, client: Client, database: str
) -> None:
    ill.desk("县值班室", region=REGION)
    ill.person("赵值班", ("wecom", "desk"))
    for hours in ("08:00-20:00", "20:00-08:00"):
        ill.shift("县值班室", "duty_officer", "赵值班", hours)
    await ill.rosters()
    now = round(time.time() * 1_000)
    ((light, what),) = await _doctor(ill, now)
    assert (light, what) == ("red", "P1 ladders without a waking channel: 1, as F-001")

    csrf = await sign_in(client, database, Role.DESK, login="zhao", name="赵值班", region_prefix=REGION)
    await client.post("/siren", data={"csrf": csrf})
    assert [one[0] for one in await _doctor(ill, now)] == ["red"], "open, and never tested"
    await client.post("/siren", data={"csrf": csrf, "test": "1"})
    now = round(time.time() * 1_000)
    ((light, what),) = await _doctor(ill, now)
    assert light == "green"
    assert "by the siren of an open inbox alone: 1, as F-001" in what

    found = await _doctor(ill, now + 10 * MINUTE)
    assert [one[0] for one in found] == ["red", "yellow"]
    assert "the inbox of 赵值班 was last heard 10 min ago: it is closed, or its sound is off" in found[1][1]

    (account,) = await (await ill.connection.execute("select id from accounts where login = 'zhao'")).fetchall()
    later = now + 26 * HOUR  # tested yesterday, and open ever since: nobody of this shift has heard it
    async with transaction(ill.connection):
        await sirens.tested(ill.connection, account[0], later - 23 * HOUR)
        await sirens.goes_on(ill.connection, account[0], later)
    found = await _doctor(ill, later)
    assert found[0][0] == "red"
    assert found[1][1] == "the inbox of 赵值班 is open, and its sound was not tested in this shift"


async def test_the_page_is_red_until_its_sound_was_tested_and_then_says_that_it_can_be_heard(
    ill: Story, database: str, tmp_path: Path
) -> None:
    jar: Any = SimpleNamespace(cookies=httpx.Cookies())
    await sign_in(jar, database, Role.DESK, login="zhao", name="赵值班", region_prefix=REGION)

    async def heard() -> int:
        return len(await sirens.tested_since(ill.connection, ill.now))

    with served(database) as address, chromium(tmp_path) as browser:
        browser.get(f"{address}/healthz")
        browser.add_cookie({"name": COOKIE, "value": jar.cookies[COOKIE]})
        browser.get(address)
        assert "muted" in browser.find_element("tag name", "body").get_attribute("class").split()
        assert await heard() == 0
        browser.find_element("id", "siren-test").click()
        for _ in range(50):
            if await heard():
                break
            await asyncio.sleep(0.1)
        assert await heard() == 1
        classes = browser.find_element("tag name", "body").get_attribute("class").split()
        assert "ringing" in classes
        assert "muted" not in classes
