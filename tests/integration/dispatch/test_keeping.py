"""What nobody freezes freezes by itself; people sign it, and their words never touch a figure."""

from __future__ import annotations

import asyncio
import json

import pytest
from click.testing import CliRunner
from msgspec import structs

from alerts.acting import Refused
from dashboards.dispatch.composing import compose
from dashboards.dispatch.freezing import freeze, total
from dashboards.dispatch.keeping import TooEarly, due, freeze_below, keep
from dashboards.dispatch.reading import Basis, read, read_revision
from dashboards.dispatch.signing import Act, Signer, act, possible, write
from detectors.times import Millis
from sizao.dispatches import dispatches_group
from store import dispatches, reporting, signing
from store.connection import Connection, transaction
from store.dictionary import STORED
from store.dispatches import Unfrozen
from store.errors import StoreError
from tests.integration.rollup.making import DAY_0, County, at

DAY = DAY_0 + 2
EARLY, LATE, ELSEWHERE = "420102", "420103", "420202"
WANG, LI = Signer("王科长", "wang"), Signer("李处长", "li")


async def _newest(connection: Connection, *regions: str) -> dict[str, int]:
    async with transaction(connection):
        return {one.region: one.revision for one in await dispatches.newest(connection, regions, DAY, DAY)}


async def _basis(connection: Connection, region: str, revision: int | None = None, day: int = DAY) -> Basis:
    async with transaction(connection):
        found = await read_revision(connection, region, day, revision)
    assert found is not None
    return found


async def _kept(county: County, now: Millis) -> int:
    county.now = now
    await county.settle()
    return await keep(county.connection, now)


async def _home(county: County, region: str) -> None:
    """Somebody is measured, and tests positive on the second day."""
    await county.home(f"home-{region}", region)
    for day in (1, 2, 3):
        await county.said(f"home-{region}", county.reading(at(day, 9)))
    await county.said(f"home-{region}", county.test(at(2, 8), "positive"))


async def test_everything_freezes_at_its_own_hour_and_late_data_waits_for_the_next_one(connection: Connection) -> None:
    """County 16:00, city 16:30, province 17:00, and one county at 18:00."""
    county = County(connection)
    async with transaction(connection):
        known = await reporting.in_force(connection, "", DAY_0)
        for region, cutoff in (("4201", 990), (EARLY, 960), (LATE, 1_080), ("4202", 990), (ELSEWHERE, 960)):
            await reporting.decide(connection, structs.replace(known, region=region, valid_from=DAY_0, cutoff=cutoff))
    for region in (EARLY, LATE, ELSEWHERE):
        await _home(county, region)
    every = (EARLY, LATE, ELSEWHERE, "420100", "420200", "420000", "000000")
    await _kept(county, at(2, 15.9))
    assert await _newest(connection, *every) == {}
    await _kept(county, at(2, 16))
    assert await _newest(connection, *every) == {EARLY: 1, ELSEWHERE: 1}
    await _kept(county, at(2, 16.5))
    assert await _newest(connection, *every) == {EARLY: 1, ELSEWHERE: 1, "420100": 1, "420200": 1}
    assert await _kept(county, at(2, 17)) == 2  # the province and the nation
    assert await keep(connection, at(2, 17)) == 0
    for region, facilities in (("420100", 1), ("420000", 2), ("000000", 2)):
        basis = await _basis(connection, region)
        assert basis.frozen is not None
        assert basis.today == total(region, DAY, basis.frozen.children)
        assert basis.today["facilities"].value == facilities
        assert basis.course.state == "frozen_unreviewed"
        for name in (figure.name for figure in STORED):
            known = [child[name].value for child in basis.children if child[name].value is not None]
            assert basis.today[name].value == (sum(known) if known else None), name
    city = await _basis(connection, "420100")
    assert [(one.region, one.figures["positives"].value) for one in city.missing] == [(LATE, 1)]
    written = compose(city, "zh", at(2, 17))
    assert written.head[0] == "第1版 · 自动冻结·未经审核（数字冻结于 2026-05-29 16:30）"
    apart = next(one for one in written.sections if one.title.startswith("未报送地区"))
    assert [row[0] for row in apart.tables[0].rows] == [LATE]

    # The late county freezes; a late positive comes; at the next cut-offs both are in the sums, and are said.
    await _kept(county, at(2, 18))
    await county.said(f"home-{EARLY}", county.test(at(2, 7), "positive"), resident="R-2")
    await _kept(county, at(3, 12))
    assert await _newest(connection, *every) == dict.fromkeys(every, 1)
    for hour in (16, 16.5, 17, 18):
        await _kept(county, at(3, hour))
    assert await _newest(connection, *every) == {
        **dict.fromkeys(every, 2), LATE: 1, ELSEWHERE: 1, "420200": 1
    }  # fmt: skip
    province = await _basis(connection, "420000")
    assert (province.today["facilities"].value, province.today["positives"].value) == (3, 4)
    assert not province.missing
    assert (await _basis(connection, "420000", 1)).today["positives"].value == 2
    written = compose(await _basis(connection, "420100"), "zh", at(3, 18)).sections[0]
    assert written.title == "第2版·更正说明"
    rows = {(row[0], row[2]): row[3:5] for row in written.tables[0].rows}
    assert rows[EARLY, "新增阳性老年人（按采样）"] == (1, 2)
    assert rows["420100", "新增阳性老年人（按采样）"] == (1, 3)
    assert rows[LATE, "上一版未报送，本版计入（机构数）"] == (None, 1)


async def test_a_home_that_is_not_counted_up_to_the_cut_off_is_waited_for_and_not_for_ever(
    connection: Connection,
) -> None:
    county = County(connection)
    await _home(county, "430102")
    county.now = at(2, 16)  # and nothing is counted from here on
    await county.settle()
    await keep(connection, at(2, 17.1))
    assert await _newest(connection, "430102", "430100") == {}
    await keep(connection, at(2, 17.2))
    assert await _newest(connection, "430102", "430100") == {"430102": 1, "430100": 1}
    assert (await _basis(connection, "430100")).today.running == 1


async def test_nothing_is_frozen_that_was_over_before_the_first_home_was_known(connection: Connection) -> None:
    async with transaction(connection):
        first = await dispatches.known_since(connection)
        waiting = [Unfrozen("460105", day, "460100", 0) for day in (DAY_0 - 1, DAY_0)]
        rules = await reporting.rules(connection)
    assert first == at(0, 0)
    assert [one.day for one in due(waiting, rules, at(0, 0), at(3, 0))] == [DAY_0]


async def _acted(connection: Connection, region: str, revision: int, what: Act, who: Signer, why: str = "") -> None:
    async with transaction(connection):
        await act(connection, region, DAY, revision, what, who, why, at(3, 1))


async def _wrote(connection: Connection, region: str, revision: int, text: str, who: Signer = WANG) -> None:
    async with transaction(connection):
        await write(connection, region, DAY, revision, "overview", text, who, at(3, 1))


async def test_words_and_states_go_their_way_by_name_and_never_touch_a_figure(connection: Connection) -> None:
    county = County(connection)
    region = "440103"
    await _home(county, region)
    county.now = at(3, 0)
    await county.settle()
    await _wrote(connection, region, 0, "平稳。")
    await _acted(connection, region, 0, "submit", WANG)
    with pytest.raises(Refused, match="not frozen"):
        await _acted(connection, region, 0, "issue", LI)
    async with transaction(connection):
        assert await freeze(connection, region, DAY, None, at(2, 17)) == 1  # what was submitted stays submitted
    first = await _basis(connection, region)
    assert first.course.state == "in_review"
    with pytest.raises(Refused, match="newer revision"):
        await _wrote(connection, region, 0, "迟了")
    with pytest.raises(Refused, match="returned first"):
        await _wrote(connection, region, 1, "迟了")
    with pytest.raises(Refused, match="why"):
        await _acted(connection, region, 1, "return", LI)
    await _acted(connection, region, 1, "return", LI, "请说明阳性来源")
    await _wrote(connection, region, 1, "平稳;1例阳性为返院人员。")
    await _acted(connection, region, 1, "submit", WANG)
    with pytest.raises(Refused, match="somebody else"):
        await _acted(connection, region, 1, "issue", WANG)
    await _acted(connection, region, 1, "issue", LI)
    await _acted(connection, region, 1, "report", LI)
    signed = await _basis(connection, region)
    assert possible(signed.course) == ()
    assert [one.state for one in signed.course.steps] == [
        "in_review", "returned", "in_review", "issued", "reported"
    ]  # fmt: skip
    assert signed.frozen == first.frozen
    written = compose(signed, "zh", at(3, 1))
    assert written.head[0] == "第1版 · 已上报（数字冻结于 2026-05-29 17:00）"
    assert "李处长签发（2026-05-30 01:00）" in written.head[1]
    assert written.sections[0].sentences[-1] == "平稳;1例阳性为返院人员。"

    # A correction begins unreviewed with the words of the one before, which stays as it was signed.
    await county.said(f"home-{region}", county.test(at(2, 7), "positive"), resident="R-2")
    county.now = at(3, 2)
    await county.settle()
    async with transaction(connection):
        assert await freeze(connection, region, DAY, None, at(3, 17)) == 2
    assert (await _basis(connection, region)).course.state == "frozen_unreviewed"
    await _wrote(connection, region, 2, "更正:2例阳性。")
    assert (await _basis(connection, region, 1)) == signed
    for table in ("dispatch_steps", "dispatch_notes"):
        with pytest.raises(StoreError, match="stays as it was written"):
            async with transaction(connection):
                await connection.execute(f"delete from {table}".encode())


async def test_somebody_may_ask_for_the_next_revision_of_a_region_and_all_in_it(
    connection: Connection, database: str
) -> None:
    county = County(connection)
    await _home(county, "450102")
    county.now = at(3, 0)
    await county.settle()
    with pytest.raises(TooEarly, match="goes on until"):
        await freeze_below(connection, "450000", DAY, "王科长", at(2, 16.9))
    words = ["--database-url", database, "--region", "450000", "--date", "2026-05-29"]

    async def run(*command: str) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, dispatches_group, [*command[:1], *words, *command[1:]])
        assert done.exit_code == 0, done.output
        return done.output

    assert "3 revisions are frozen" in await run("freeze", "--by", "王科长")
    assert "nothing is new" in await run("freeze", "--by", "王科长")
    await county.said("home-450102", county.test(at(2, 7), "positive"), resident="R-2")
    await county.settle()
    assert "3 revisions are frozen" in await run("freeze", "--by", "王科长")
    listed = [json.loads(line) for line in (await run("list", "--json")).splitlines()]
    assert [(one["revision"], one["state"], one["frozen_by"]) for one in listed] == [
        (2, "draft", "王科长"), (1, "draft", "王科长")
    ]  # fmt: skip
    told = [json.loads(line) for line in (await run("differences", "--json")).splitlines()]
    assert {
        "region": "450100", "figure": "positives", "then": {"value": 1, "blank": 0}, "now": {"value": 2, "blank": 0}
    } in told  # fmt: skip


async def test_a_draft_has_the_words_that_are_in_it(connection: Connection) -> None:
    county = County(connection)
    await _home(county, "460105")
    county.now = at(2, 12)
    await county.settle()
    await _wrote(connection, "460105", 0, "  \n正在核实。\n")
    async with transaction(connection):
        draft = await read(connection, "460105", DAY)
    assert draft is not None
    assert compose(draft, "zh", county.now).sections[0].sentences[-1] == "正在核实。"
    async with transaction(connection):
        assert (await signing.course(connection, "460105", DAY, 0)).state == "draft"
