"""An assigned item is open until somebody says what came of it, and every dispatch until then has it."""

from __future__ import annotations

import random

import pytest
from litestar.testing import AsyncTestClient

from dashboards.console.app import make_console
from dashboards.console.users import Role
from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Document
from dashboards.dispatch.freezing import freeze
from dashboards.dispatch.reading import Basis, read_revision
from detectors.times import DAY, Millis
from store import items
from store.connection import Connection, Moment, transaction
from store.errors import StoreError
from store.items import Item, NewItem
from tests.integration.rollup.making import DAY_0, County, at
from tests.support.accounts import sign_in


async def _frozen(county: County, region: str, day: int, hour: float = 17) -> Basis:
    county.now = max(county.now, at(day, hour))
    await county.settle()
    async with transaction(county.connection):
        await freeze(county.connection, region, DAY_0 + day, None, at(day, hour))
    async with transaction(county.connection):
        found = await read_revision(county.connection, region, DAY_0 + day)
    assert found is not None
    return found


async def _make(connection: Connection, region: str, day: int, what: str, **others: str) -> int:
    new = NewItem(region, DAY_0 + day, "visit", what, "王科长", at(day + 1, 17), by="李处长", **others)
    async with transaction(connection):
        return await items.add(connection, new, at(day, 12))


async def _item(connection: Connection, number: int) -> Item:
    async with transaction(connection):
        found = await items.find(connection, number)
    assert found is not None
    return found


async def _found(connection: Connection, facility: str, condition: str, when: Millis) -> None:
    """An alert about a facility is open since then."""
    async with transaction(connection):
        await connection.execute(
            "insert into alerts (facility_id, resident_id, condition, severity, rule, condition_state, signal,"
            " opened_at, last_transition_at, reason_zh, reason_en, episodes)"
            " select facility_id, r.id, %s, 4, 'D27', 'present', 'on', %s, %s, '', '', '{}'"
            " from residents r join facilities f on f.id = r.facility_id where f.code = %s limit 1",
            (condition, Moment(when), Moment(when), facility),
        )


def _section(document: Document, title: str) -> list[tuple[object, ...]]:
    section = next((one for one in document.sections if one.title == title), None)
    return [] if section is None else [row for table in section.tables for row in table.rows]


async def test_an_unfinished_item_cannot_vanish(connection: Connection) -> None:
    """Ten days of items that are made, moved on and done at random: each is told until it is done, and then once."""
    county = County(connection)
    chance, region = random.Random(7), "330102"
    await county.home("home", region)
    made: list[int] = []
    done: dict[int, int] = {}
    for day in range(1, 11):
        await county.said("home", county.reading(at(day, 9)))
        for _ in range(chance.randrange(3)):
            made.append(await _make(connection, region, day, f"第{day}日走访"))
        for number in [one for one in made if one not in done]:
            item, lot = await _item(connection, number), chance.random()
            async with transaction(connection):
                if lot < 0.3:
                    await items.finish(connection, item, "已到访", "王科长", None, at(day, 13))
                    done[number] = day
                elif lot < 0.6:
                    later = item.due_at + DAY
                    await items.move(connection, item, "李科员", later, "道路不通", "王科长", None, at(day, 14))
        told = await _frozen(county, region, day)
        mine = {one.id: one for one in told.items if one.source is None}
        assert {number for number, one in mine.items() if not one.is_done} == set(made) - set(done)
        assert {number for number, one in mine.items() if one.is_done} == {one for one in done if done[one] == day}
        written = compose(told, "zh", at(day, 18))
        opens = {int(str(row[0])) for row in _section(written, "上期未办结交办事项")}
        assert opens == {one.id for one in told.items if not one.is_done and one.day < DAY_0 + day}
        if opens:
            assert written.sections[0].title == "上期未办结交办事项"  # a dispatch opens with them
    assert done
    assert set(made) - set(done)
    # Asked again, every day tells what it told then.
    for number in set(made) - set(done):
        item = await _item(connection, number)
        async with transaction(connection):
            await items.finish(connection, item, "已到访", "王科长", None, at(12, 9))
    assert {one.id for one in (await _frozen(county, region, 10)).items if not one.is_done} >= set(made) - set(done)


async def test_an_item_outlives_the_code_of_its_region(connection: Connection, database: str) -> None:
    """莱城区 (371202) went on as 莱芜区 (370116) of another city: its desk has what was open, its city counts it."""
    county = County(connection)
    old = await _make(connection, "371202", 1, "走访")
    await county.home("home-3701", "370116")
    await county.said("home-3701", county.reading(at(2, 9)))
    told = await _frozen(county, "370116", 2)
    assert old in {one.id for one in told.items}
    assert compose(told, "zh", at(2, 18)).sections[0].title == "上期未办结交办事项"
    city = await _frozen(county, "370100", 2)
    assert [(one.region, one.open) for one in city.items_below] == [("370116", len(told.items))]
    async with AsyncTestClient(make_console(database)) as client:
        csrf = await sign_in(client, database, Role.DESK, login="laiwu", name="值班员", region_prefix="370116")
        assert "走访" in (await client.get("/dispatches/370116")).text
        done = {"csrf": csrf, "act": "done", "comment": "已到访"}
        assert (await client.post(f"/dispatch-items/{old}", data=done, follow_redirects=False)).status_code == 303
    assert (await _item(connection, old)).is_done


async def test_what_is_done_stays_done_and_nothing_is_taken_away(connection: Connection) -> None:
    number = await _make(connection, "330103", 1, "走访")
    item = await _item(connection, number)
    async with transaction(connection):
        await items.finish(connection, item, "已到访", "王科长", None, at(1, 13))
    with pytest.raises(StoreError, match="is done"):
        async with transaction(connection):
            await items.move(connection, item, "李科员", item.due_at, "再去一次", "王科长", None, at(1, 14))
    for table in ("dispatch_items", "dispatch_item_steps"):
        with pytest.raises(StoreError, match="stays as it was written"):
            async with transaction(connection):
                await connection.execute(f"delete from {table}".encode())


async def test_the_dispatch_names_exactly_the_seeded_homes_and_asks_for_each(connection: Connection) -> None:
    """A county: one silent, one with an outbreak, one short, one whose data is in doubt, three where nothing is."""
    county = County(connection)
    region = "330105"
    quiet = ["quiet-1", "quiet-2", "quiet-3"]
    speaking = ["outbreak", "short", "doubtful", *quiet]
    for code in ("silent", *speaking):
        await county.home(code, region)
    for day in (1, 2):
        for code in speaking:
            await county.said(code, county.reading(at(day, 9)))
            if code != "short":
                await county.report(code, day, at(day, 10), nothing_to_report=True)
        await county.report("short", day, at(day, 10), medicine={"antiviral": 1, "antipyretic": 9})
    for resident in ("R-1", "R-2", "R-3"):
        await county.said("outbreak", county.test(at(2, 8), "positive"), resident=resident)
    await _found(connection, "doubtful", "data_to_verify", at(2, 10))
    told = await _frozen(county, region, 2)
    written = compose(told, "zh", at(2, 18))
    assert {row[0] for row in _section(written, "三、重点关注地区和机构")} == {"outbreak", "short"}
    assert {row[0] for row in _section(written, "四、未报送机构")} == {"silent"}
    quality = next(one for one in written.sections if one.title == "八、数据质量说明")
    assert quality.tables[-1].rows == (("doubtful", "doubtful", "数据真实性待核"),)
    assert {(one.facility, one.kind, one.source) for one in told.items} == {
        ("silent", "call", "silent"),
        ("short", "help", "antiviral_short"),
        ("doubtful", "check", "to_verify"),
    }
    assert {(one.owner, one.due_at, one.state) for one in told.items} == {("浙江省杭州市拱墅区", at(3, 17), "open")}

    # Silent again: it is the same item, which is open.
    again = await _frozen(county, region, 3)
    assert [one.id for one in again.items if one.facility == "silent"] == [
        one.id for one in told.items if one.facility == "silent"
    ]
    assert "电话核实" in str(_section(compose(again, "zh", at(3, 18)), "上期未办结交办事项"))
    assert "call and ask" in str([one for one in compose(again, "en", at(3, 18)).sections if "still open" in one.title])


async def test_what_lies_above_counts_the_items_below_and_lists_its_own(connection: Connection) -> None:
    county = County(connection)
    await county.home("home-3402", "340202")
    await county.said("home-3402", county.reading(at(1, 9)))
    await _make(connection, "340202", 1, "走访")
    own = await _make(connection, "340200", 1, "调配氧气")
    await _frozen(county, "340202", 1)
    city = await _frozen(county, "340200", 1)
    assert [one.id for one in city.items] == [own]
    assert [(one.region, one.open) for one in city.items_below] == [("340202", 2)]  # the visit, and a missing report
