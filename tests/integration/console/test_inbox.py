"""What a person on call does from the pages: seen, going, cannot, quiet; singly and many at once; and the live list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.routes import stream
from dashboards.console.users import Role
from detectors.times import MINUTE
from store import console
from store.connection import open_pool
from store.console import Seen, Wanted
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

Client = AsyncTestClient[Litestar]


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


async def _does(client: Client, csrf: str, number: int, action: str, **form: Any) -> int:
    path = f"/alerts/{number}/{action}"
    return (await client.post(path, data={"csrf": csrf, **form}, follow_redirects=False)).status_code


async def test_each_answer_is_on_the_page_with_its_actor_and_reason(ill: Story, client: Client, database: str) -> None:
    csrf = await sign_in(client, database, Role.DESK, name="赵值班", region_prefix="3706")
    (alert,) = await ill.open_alerts()
    assert await _does(client, csrf, alert.id, "reject") == 400, "a reason is wanted"
    assert await _does(client, csrf, alert.id, "reject", reason="正在抢救另一位老人") == 303
    (after,) = await ill.open_alerts()
    assert (after.responsibility, after.signal) == ("rejected", "on")
    assert await _does(client, csrf, alert.id, "accept", comment="已联系机构") == 303
    (after,) = await ill.open_alerts()
    assert (after.responsibility, after.responsible, after.signal) == ("accepted", "赵值班", "acknowledged")
    assert await _does(client, csrf, alert.id, "snooze", minutes="30") == 400, "a reason is wanted"
    assert await _does(client, csrf, alert.id, "snooze", minutes="99999", reason="正在吸氧") == 303
    (after,) = await ill.open_alerts()
    assert after.snoozed_until is not None
    assert after.snoozed_until - after.last_transition_at < 24 * 60 * MINUTE, "capped by its severity"
    page = (await client.get(f"/alerts/{alert.id}")).text
    for words in ("赵值班 · 已退回", "正在抢救另一位老人", "赵值班 · 已接手", "已联系机构", "暂停提醒", "正在吸氧"):
        assert words in page
    assert "取消暂停" in page
    assert await _does(client, csrf, alert.id, "wake") == 303
    assert "赵值班 · 恢复提醒" in (await client.get(f"/alerts/{alert.id}")).text


async def test_a_desk_enters_what_somebody_answered_on_the_telephone(ill: Story, client: Client, database: str) -> None:
    csrf = await sign_in(client, database, Role.DESK, name="赵值班", region_prefix="3706")
    (alert,) = await ill.open_alerts()
    assert await _does(client, csrf, alert.id, "accept", for_whom="护士小李", comment="电话确认，正在床边") == 303
    (after,) = await ill.open_alerts()
    assert (after.responsible, after.signal) == ("护士小李", "acknowledged")
    page = (await client.get(f"/alerts/{alert.id}")).text
    assert "护士小李已接手" in page
    assert "护士小李 (代为登记：赵值班) · 已接手" in page


async def test_nobody_but_a_desk_acts_in_anothers_name(ill: Story, client: Client, database: str) -> None:
    csrf = await sign_in(client, database, Role.FACILITY, name="护士小周", facility="F-001")
    (alert,) = await ill.open_alerts()
    assert await _does(client, csrf, alert.id, "accept", for_whom="王院长") == 303
    assert [one.responsible for one in await ill.open_alerts()] == ["护士小周"]


async def test_the_alert_page_has_the_code_and_numbers_to_ring(ill: Story, client: Client, database: str) -> None:
    await sign_in(client, database, Role.DESK, region_prefix="3706")
    (alert,) = await ill.open_alerts()
    page = (await client.get(f"/alerts/{alert.id}")).text
    assert f" {alert.code}</b>" in page
    assert 'href="tel:05356100000"' in page
    assert 'href="tel:120"' in page


async def test_many_are_seen_at_once_and_one_of_elsewhere_is_left_alone(
    ill: Story, client: Client, database: str
) -> None:
    await ill.home("F-002")
    ill.resident("R-08").rests(spo2=85)
    ill.resident("R-09", "F-002").rests(spo2=84)
    await ill.judged()
    csrf = await sign_in(client, database, Role.FACILITY, facility="F-001")
    numbers = [str(one.id) for one in await ill.open_alerts()]
    data = {"csrf": csrf, "alert": numbers, "comment": "已到床旁"}
    assert (await client.post("/inbox/acknowledge", data=data, follow_redirects=False)).status_code == 303
    signals = sorted(one.signal for one in await ill.open_alerts())
    assert signals == ["acknowledged", "acknowledged", "on"]


async def test_filters_choose_what_the_list_shows(ill: Story, client: Client, database: str) -> None:
    await ill.home("F-002", name="夕阳红养老院")
    ill.resident("R-09", "F-002").rests(spo2=84)
    await ill.judged()
    await sign_in(client, database, Role.DESK, region_prefix="3706")
    for query, shown in (
        ("", {"R-07", "R-09"}),
        ("?facility=F-002", {"R-09"}),
        ("?facility=夕阳红养老院", {"R-09"}),
        ("?condition=fever", set()),
        ("?condition=nonsense&worst=x", {"R-07", "R-09"}),
        ("?unanswered=1&worst=1", {"R-07", "R-09"}),
    ):
        page = (await client.get(f"/fragments/overview{query}")).text
        assert {who for who in ("R-07", "R-09") if who in page} == shown, query
    (first, *_) = await ill.open_alerts()
    await ill.does("accept", "护士小李", who=[first.id])
    answered = (await client.get("/fragments/overview?unanswered=1")).text
    assert len({who for who in ("R-07", "R-09") if who in answered}) == 1


async def test_a_page_that_stays_open_hears_of_a_change_and_only_of_what_its_reader_sees(
    ill: Story, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LOOKS_EVERY_SECONDS", 0.01)
    pool = await open_pool(database, "test")
    try:
        near, far = Seen(regions=("3706",)), Seen(regions=("51",))
        lists = stream.Lists(pool)
        here, there = await lists.digest(near, Wanted()), await lists.digest(far, Wanted())
        changes = stream._changes(lists, near, Wanted())
        assert (await anext(changes)).event == "changed"
        assert (await anext(changes)).event == "same"
        (alert,) = await ill.open_alerts()
        await ill.does("acknowledge", "护士小李", who=[alert.id])
        assert (await asyncio.wait_for(anext(changes), 5)).event == "changed"
        await changes.aclose()
        assert await lists.digest(near, Wanted()) != here
        assert await lists.digest(far, Wanted()) == there
    finally:
        await pool.close()


async def test_many_open_pages_of_one_scope_are_one_question(
    ill: Story, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def counted(connection: Any, seen: Seen, wanted: Wanted) -> list[Any]:
        asked.append(seen)
        await asyncio.sleep(0.01)
        return []

    monkeypatch.setattr(console, "alerts", counted)
    pool = await open_pool(database, "test")
    try:
        lists = stream.Lists(pool)
        pages = [lists.digest(Seen(regions=(region,)), Wanted()) for region in ("3706", "51") for _ in range(20)]
        assert len(set(await asyncio.gather(*pages))) == 1
        assert len(asked) == 2
    finally:
        await pool.close()


async def test_the_clock_that_runs_out_first_is_first_of_one_severity(ill: Story, database: str) -> None:
    ill.resident("R-08").rests(spo2=85)
    await ill.judged()
    first, second = sorted(await ill.open_alerts(), key=lambda one: one.id)
    await ill.connection.execute(
        "update alerts set next_escalation_at = now() + case id when %s then 5 else 1 end * interval '1 min'",
        (first.id,),
    )
    found = await console.alerts(ill.connection, Seen(regions=("37",)))
    assert [one.id for one in found] == [second.id, first.id]


async def test_a_page_that_cannot_ring_is_a_technical_alert_until_it_can(
    ill: Story, client: Client, database: str
) -> None:
    async def says(sound: str, csrf: str) -> int:
        return (await client.post("/siren", headers={"x-csrf": csrf}, data={"sound": sound})).status_code

    csrf = await sign_in(client, database, Role.DESK, login="zhao", name="赵值班", region_prefix="3706")
    assert "告警链路 尚未验证" in (await client.get("/technical")).text
    assert "没有声音的值班页" not in (await client.get("/technical")).text
    for _ in range(2):
        assert await says("off", csrf) == 200
    page = (await client.get("/technical")).text
    assert "没有声音的值班页 赵值班" in page
    assert "<td>2</td>" in page, "one alert, however often it is said"
    await sign_in(client, database, Role.DESK, login="qian", name="钱值班", region_prefix="51")
    assert "赵值班" not in (await client.get("/technical")).text, "who sits elsewhere is nobody's matter"
    await sign_in(client, database, Role.OPERATOR, login="ops", name="运维", region_prefix="")
    assert "没有声音的值班页 赵值班" in (await client.get("/technical")).text
    csrf = await sign_in(client, database, Role.DESK, login="zhao-2", name="赵值班", region_prefix="3706")
    assert await says("", csrf) == 200
    assert "没有声音的值班页" not in (await client.get("/technical")).text
