"""A freeze that is asked for goes on when the page is closed and processes start again, and says how far it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.routes import freezing
from dashboards.console.users import Role
from dashboards.dispatch import asked
from dashboards.dispatch.asked import freeze_asked
from dashboards.dispatch.keeping import keep
from dashboards.dispatch.reading import read, read_revision
from detectors.times import MINUTE
from store import dispatches, freezes
from store.connection import Connection, connected, transaction
from store.errors import StoreError, Unavailable
from tests.integration.rollup.making import DAY_0, County, at
from tests.support.accounts import sign_in

Client = AsyncTestClient[Any]
_numbers = count()
DATE, DAY = "2026-05-29", DAY_0 + 2


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the evening of the second day."""
    for module in (freezing, asked):
        monkeypatch.setattr(module, "now" if module is freezing else "_now", lambda: at(2, 18))


async def _changed(connection: Connection, *counties: str) -> None:
    """Frozen at the cut-off; then somebody more is positive in each."""
    county = County(connection)
    for region in counties:
        await county.home(f"home-{region}", region)
        await county.said(f"home-{region}", county.reading(at(2, 9)), county.test(at(2, 8), "positive"))
    county.now = at(2, 17)
    await county.settle()
    await keep(connection, at(2, 17))
    for region in counties:
        await county.said(f"home-{region}", county.test(at(2, 7), "positive"), resident="R-2")
    await county.settle()


async def _newest(connection: Connection, *regions: str) -> dict[str, int]:
    async with transaction(connection):
        return {one.region: one.revision for one in await dispatches.newest(connection, regions, DAY, DAY)}


async def _signed_in(client: Client, database: str, name: str, prefix: str) -> dict[str, str]:
    csrf = await sign_in(
        client,
        database,
        Role.VIEWER,
        login=f"user-{next(_numbers)}",
        name=name,
        region_prefix=prefix,
        rights=["dispatch"],
    )
    return {"csrf": csrf, "date": DATE}


async def test_a_province_is_frozen_behind_a_closed_page_and_says_how_far_it_is(
    connection: Connection, database: str, client: Client
) -> None:
    every = ("360102", "360103", "360100", "360000")
    await _changed(connection, *every[:2])
    form = await _signed_in(client, database, "陈处长", "36")
    page = await client.post("/dispatches/360000/freeze", data=form)
    assert "已提出，等待开始。" in page.text
    assert 'data-live="/fragments/dispatches/360000/freezing?date=2026-05-29"' in page.text
    assert "正在冻结" in (await client.get(f"/dispatches/360000/day?date={DATE}")).text
    assert await _newest(connection, *every) == dict.fromkeys(every, 1)
    assert await freeze_asked(connection) == 4
    assert await _newest(connection, *every) == dict.fromkeys(every, 2)
    part = await client.get(f"/fragments/dispatches/360000/freezing?date={DATE}")
    assert "已完成：共4个地区，形成新版4个。" in part.text
    async with transaction(connection):
        told = await read_revision(connection, "360000", DAY)
    async with transaction(connection):
        live = await read(connection, "360000", DAY)
    assert told is not None
    assert live is not None
    assert told.today["positives"] == live.today["positives"]
    assert told.frozen is not None
    assert told.frozen.frozen_by == "陈处长"
    await client.post("/dispatches/360000/freeze", data=form)
    assert await freeze_asked(connection) == 0
    assert "数字没有变化，不形成新版" in (await client.get(f"/dispatches/360000/freezing?date={DATE}")).text


async def test_who_asks_for_what_is_being_frozen_is_told_by_whom(
    connection: Connection, database: str, client: Client
) -> None:
    await _changed(connection, "370102", "370202")
    form = await _signed_in(client, database, "孙科长", "3701")
    assert (await client.post("/dispatches/370100/freeze", data=form)).status_code == 200
    again = await client.post("/dispatches/370100/freeze", data=form)
    assert "已提出，等待开始。" in again.text, "the same again is the same"
    for prefix, region, is_refused in (("3701", "370102", True), ("37", "370000", True), ("3702", "370200", False)):
        form = await _signed_in(client, database, f"u{region}", prefix)
        answer = await client.post(f"/dispatches/{region}/freeze", data=form)
        assert (answer.status_code == 409, "山东省济南市正在冻结（孙科长于" in answer.text) == (is_refused, is_refused)
    async with transaction(connection):
        assert [one.region for one in await freezes.all_going_on(connection)] == ["370100", "370200"]
    await freeze_asked(connection)


async def test_what_a_process_did_not_end_another_one_does_and_makes_nothing_twice(
    connection: Connection, database: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = ("410102", "410103", "410100", "410000")
    await _changed(connection, *every[:2])
    await client.post("/dispatches/410000/freeze", data=await _signed_in(client, database, "周处长", "41"))
    page = f"/dispatches/410000/freezing?date={DATE}"
    frozen, come_to = asked.freeze, []

    async def dies(connection: Connection, region: str, *others: Any) -> Any:
        come_to.append(region)
        if region == "410103":
            raise Unavailable("the database is away")
        return await frozen(connection, region, *others)

    with monkeypatch.context() as broken:
        broken.setattr(asked, "freeze", dies)
        async with connected(database, "one") as first:
            with pytest.raises(Unavailable):
                await freeze_asked(first)
            assert await freeze_asked(connection) == 0, "nobody else takes it while its connection is open"
            assert "已办理1个地区，共4个；形成新版1个。" in (await client.get(page)).text
    assert come_to == ["410102", "410103"]
    monkeypatch.setattr(freezing, "now", lambda: at(2, 18) + 3 * MINUTE)
    assert "已有3分钟没有进展：汇总程序可能没有运行" in (await client.get(page)).text
    assert await freeze_asked(connection) == 3
    assert await _newest(connection, *every) == dict.fromkeys(every, 2)
    assert "共4个地区，形成新版4个。" in (await client.get(page)).text


async def test_a_region_that_cannot_be_frozen_keeps_no_other_back(
    connection: Connection, database: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _changed(connection, "500101", "500102")
    await client.post("/dispatches/500000/freeze", data=await _signed_in(client, database, "吴处长", "50"))
    frozen = asked.freeze

    async def fails(connection: Connection, region: str, *others: Any) -> Any:
        if region == "500101":
            raise StoreError("a row that cannot be")
        return await frozen(connection, region, *others)

    monkeypatch.setattr(asked, "freeze", fails)
    await freeze_asked(connection)
    newest = await _newest(connection, "500101", "500102", "500000")
    assert newest == {"500101": 1, "500102": 2, "500000": 2}
    assert "有1个地区未能冻结" in (await client.get(f"/dispatches/500000/freezing?date={DATE}")).text


async def test_a_period_that_goes_on_is_not_frozen(client: Client, database: str) -> None:
    form = await _signed_in(client, database, "郑处长", "51")
    answer = await client.post("/dispatches/510000/freeze", data=form | {"date": "2026-05-30"})
    assert (answer.status_code, "还不能冻结" in answer.text) == (409, True)
