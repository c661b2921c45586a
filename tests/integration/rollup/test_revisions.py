"""A revision says for ever what it said, and is the sum of named revisions of what lies in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from dashboards.dispatch.composing import compose
from dashboards.dispatch.freezing import freeze, total
from dashboards.dispatch.reading import Basis, read, read_revision
from detectors.times import Millis
from sizao.dispatch import dispatch_command
from store import dispatches, figures, reporting
from store.connection import Connection, transaction
from store.dictionary import STORED
from store.errors import StoreError
from tests.integration.rollup.making import DAY_0, County, at

DAY = DAY_0 + 2


async def _frozen(connection: Connection, region: str, now: Millis, by: str | None = None) -> int | None:
    async with transaction(connection):
        return await freeze(connection, region, DAY, by, now)


async def _basis(connection: Connection, region: str, revision: int | None = None) -> Basis:
    async with transaction(connection):
        found = await read_revision(connection, region, DAY, revision)
    assert found is not None
    return found


async def _cutoffs(connection: Connection, *said: tuple[str, int]) -> None:
    async with transaction(connection):
        known = await reporting.in_force(connection, "", DAY_0)
        for region, cutoff in said:
            rule = structs.replace(known, region=region, valid_from=DAY_0 - 1, cutoff=cutoff)
            await reporting.decide(connection, rule)


async def _homes(county: County, *regions: str) -> None:
    """A home in each, where somebody is measured and somebody tests positive."""
    for region in regions:
        await county.home(f"home-{region}", region)
        for day in (1, 2):
            await county.said(f"home-{region}", county.reading(at(day, 9)))
            await county.report(f"home-{region}", day, at(day, 10), beds=40)
        await county.said(f"home-{region}", county.test(at(2, 8), "positive"))


async def test_county_16_00_city_16_30_province_17_00_and_one_late_county_sums_hold(connection: Connection) -> None:
    county = County(connection)
    early, late, elsewhere = "420102", "420103", "420202"
    await _cutoffs(connection, ("4201", 990), (early, 960), (late, 1_080), ("4202", 990), (elsewhere, 960))
    await _homes(county, early, late, elsewhere)
    county.now = at(2, 17)
    await county.settle()
    assert [await _frozen(connection, one, at(2, 16)) for one in (early, elsewhere)] == [1, 1]
    assert [await _frozen(connection, one, at(2, 16.5)) for one in ("420100", "420200")] == [1, 1]
    assert await _frozen(connection, "420000", at(2, 17)) == 1

    city, province = await _basis(connection, "420100"), await _basis(connection, "420000")
    assert [one.region for one in city.children] == [early]
    assert [(one.region, one.figures["positives"].value) for one in city.missing] == [(late, 1)]
    assert (city.today["facilities"].value, province.today["facilities"].value) == (1, 2)
    for one in (city, province):
        assert one.frozen is not None
        assert one.today == total(one.region, DAY, one.frozen.children)
        for name in (figure.name for figure in STORED):
            known = [child[name].value for child in one.children if child[name].value is not None]
            assert one.today[name].value == (sum(known) if known else None), name
    assert [one.code for one in province.facilities] == [f"home-{early}", f"home-{elsewhere}"]
    written = compose(city, "zh", at(2, 17))
    assert written.head[0] == "第1版 · 自动冻结·未经审核(数字冻结于 2026-05-29 16:30)"
    apart = next(one for one in written.sections if one.title.startswith("未报送地区"))
    assert [row[0] for row in apart.tables[0].rows] == [late]

    # The late county freezes; the city and the province are composed anew, and what was said first stays readable.
    county.now = at(2, 19)
    await county.settle()
    assert await _frozen(connection, late, at(2, 18)) == 1
    assert [await _frozen(connection, one, at(2, 18.1)) for one in ("420100", "420000")] == [2, 2]
    assert (await _basis(connection, "420000")).today["facilities"].value == 3
    assert not (await _basis(connection, "420000")).missing
    assert await _basis(connection, "420000", 1) == province


async def test_late_data_makes_the_next_revision_and_never_changes_one(connection: Connection) -> None:
    county = County(connection)
    await _homes(county, "430102")
    county.now = at(3, 0)
    await county.settle()
    assert [await _frozen(connection, one, at(2, 17)) for one in ("430102", "430100")] == [1, 1]
    first = await _basis(connection, "430102")
    await county.said("home-430102", county.test(at(2, 7), "positive"), resident="R-2")
    await county.settle()
    assert await _basis(connection, "430102") == first
    assert await _frozen(connection, "430100", at(3, 1)) is None  # a sum of what is frozen, and that is the same
    assert await _frozen(connection, "430102", at(3, 1), "王科长") == 2
    assert await _frozen(connection, "430102", at(3, 2)) is None  # nothing is new
    assert await _frozen(connection, "430100", at(3, 2)) == 2
    assert [(await _basis(connection, "430100", one)).today["positives"].value for one in (1, 2)] == [1, 2]
    assert await _basis(connection, "430102", 1) == first
    assert compose(await _basis(connection, "430102"), "zh", at(3, 2)).head[0].startswith("第2版 · 王科长冻结")


@pytest.mark.parametrize("change", ["update dispatches set day = 1", "delete from dispatch_children"])
async def test_the_database_lets_nobody_change_a_revision(connection: Connection, change: str) -> None:
    with pytest.raises(StoreError, match="stays as it was written"):
        async with transaction(connection):
            await connection.execute(change.encode())


async def test_what_is_frozen_where_facilities_count_is_what_the_roll_up_has(connection: Connection) -> None:
    county = County(connection)
    await _homes(county, "440103")
    county.now = at(3, 0)
    await county.settle()
    assert await _frozen(connection, "440103", at(2, 17)) == 1
    async with transaction(connection):
        draft = await read(connection, "440103", DAY)
    assert structs.replace(await _basis(connection, "440103"), frozen=None) == draft
    async with transaction(connection):
        (told,) = await figures.of_region(connection, "440103", "period", DAY, DAY)
        (head,) = await dispatches.revisions(connection, "440103", DAY, DAY)
    assert head.figures == told


async def test_the_command_writes_a_revision_as_it_was(connection: Connection, database: str, tmp_path: Path) -> None:
    county = County(connection)
    await _homes(county, "450102")
    county.now = at(3, 0)
    await county.settle()
    await _frozen(connection, "450102", at(2, 17))
    out = tmp_path / "day.csv"
    words = ["--database-url", database, "--date", "2026-05-29", "--format", "csv", "--out", str(out)]
    words += ["--region", "450102", "--revision"]
    done = await asyncio.to_thread(CliRunner().invoke, dispatch_command, [*words, "1"])
    assert done.exit_code == 0, done.output
    assert "第1版" in out.read_text("utf-8-sig")
    done = await asyncio.to_thread(CliRunner().invoke, dispatch_command, [*words, "2"])
    assert (done.exit_code, "revision 2 of 450102 on 2026-05-29 is not frozen" in done.output) == (1, True)
