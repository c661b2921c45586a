"""A revision says for ever what it said, and is the sum of named revisions of what lies in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from dashboards.dispatch.composing import compose
from dashboards.dispatch.freezing import freeze
from dashboards.dispatch.reading import Basis, read, read_revision
from detectors.times import Millis
from sizao.dispatch import dispatch_command
from store import dispatches, figures
from store.connection import Connection, transaction
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


async def _homes(county: County, *regions: str) -> None:
    """A home in each, where somebody is measured and somebody tests positive."""
    for region in regions:
        await county.home(f"home-{region}", region)
        for day in (1, 2):
            await county.said(f"home-{region}", county.reading(at(day, 9)))
            await county.report(f"home-{region}", day, at(day, 10), beds=40)
        await county.said(f"home-{region}", county.test(at(2, 8), "positive"))


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
    assert compose(await _basis(connection, "430102"), "zh", at(3, 2)).head[1] == "王科长冻结（2026-05-30 01:00）"


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
    assert draft is not None
    assert (
        structs.replace(
            await _basis(connection, "440103"), frozen=None, course=draft.course, at=draft.at, items=(), texts={}
        )
        == draft
    )
    async with transaction(connection):
        (counted,) = await figures.of_region(connection, "440103", "period", DAY, DAY)
        (head,) = await dispatches.revisions(connection, "440103", DAY, DAY)
    assert head.figures == counted


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
