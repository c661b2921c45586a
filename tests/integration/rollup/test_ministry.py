"""The ministry edition is written of what is frozen, and says why where nothing is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboards.dispatch.composing import compose
from dashboards.dispatch.freezing import freeze
from dashboards.dispatch.reading import read, week_of
from dashboards.fonts import chinese_font
from sizao import ministry
from sizao.dispatch import dispatch_command
from store import modes
from store.connection import Connection, transaction
from tests.integration.rollup.making import DAY_0, County, at
from tests.support.reading_back import pdf_pages

DAY = DAY_0 + 2


async def _run(database: str, *words: str) -> Result:
    run = ["--database-url", database, "--date", "2026-05-29", "--edition", "ministry", *words]
    return await asyncio.to_thread(CliRunner().invoke, dispatch_command, run)


async def _county(connection: Connection, code: str) -> County:
    county = County(connection)
    await county.home(f"H-{code}", code)
    for day, residents in ((1, ("R-1",)), (2, ("R-2", "R-3"))):
        for resident in residents:
            await county.said(f"H-{code}", county.test(at(day, 8), "positive"), resident=resident)
    county.now = at(3, 0)
    await county.settle()
    return county


@pytest.mark.skipif(chinese_font() is None, reason="no font with Chinese characters is installed")
async def test_the_page_is_of_the_frozen_revision_and_until_then_a_notice(
    connection: Connection, database: str, tmp_path: Path
) -> None:
    out = tmp_path / "page.pdf"
    words = ("--region", "320102", "--format", "pdf", "--out", str(out))
    assert "该时段没有统计数据" in (await _run(database, *words)).output
    county = await _county(connection, "320102")
    done = await _run(database, *words)
    assert done.exit_code == 1
    assert "尚未冻结" in done.output
    assert "尚未冻结" in pdf_pages(out.read_bytes())[0]
    async with transaction(connection):
        await freeze(connection, "320102", DAY, None, at(2, 17))
    assert (await _run(database, *words)).exit_code == 0
    (page,) = pdf_pages(out.read_bytes())
    assert "第1版" in page
    assert "新增阳性老年人2人" in page

    await county.said("H-320102", county.test(at(2, 9), "positive"), resident="R-4")
    await county.settle()
    assert (await _run(database, *words)).exit_code == 0
    assert "新增阳性老年人2人" in pdf_pages(out.read_bytes())[0]  # late data makes another revision, not another page
    done = await _run(database, *words[:2], "--format", "csv")
    assert (done.exit_code, "html or pdf" in done.output) == (2, True)


async def test_the_line_has_the_days_that_were_counted(connection: Connection) -> None:
    await _county(connection, "320104")
    async with transaction(connection):
        basis = await read(connection, "320104", DAY)
        assert basis is not None
        week = await week_of(connection, basis)
    assert [one["positives"].value for one in week.values()][-1] == 1
    assert set(week) <= set(range(DAY - 6, DAY))


@pytest.mark.skipif(chinese_font() is None, reason="no font with Chinese characters is installed")
@pytest.mark.parametrize("reachable", [True, False])
def test_at_the_minute_the_folder_has_the_page_or_the_notice(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reachable: bool
) -> None:
    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sizao.daily.time.sleep", stop)
    url = database if reachable else "postgresql://nobody@127.0.0.1:9/nothing"
    with pytest.raises(KeyboardInterrupt):
        ministry.write_daily(url, "350102", 0, "zh", tmp_path)
    page, printed = sorted(tmp_path.iterdir())
    why = ("没有统计数据", "尚未结束") if reachable else ("数据库无法连接",)  # by the hour of the test
    for text in (page.read_text("utf-8"), pdf_pages(printed.read_bytes())[0]):
        assert any(one in text for one in why)


async def test_the_title_says_the_mode_of_the_region(connection: Connection) -> None:
    await _county(connection, "320105")
    titles = []
    for mode in (None, "平时", "封闭管理"):
        if mode is not None:
            async with transaction(connection):
                made = await modes.decide(connection, "3201", mode, at(2, 8), "民函〔2026〕1号", "王科长")  # type: ignore[arg-type]
            await connection.execute(
                "update region_modes set valid_from = to_timestamp(%s / 1000.0)"
                " where valid_from = to_timestamp(%s / 1000.0)",
                (at(2, 8 if mode == "平时" else 9), made.valid_from),
            )
        async with transaction(connection):
            basis = await read(connection, "320105", DAY)
        assert basis is not None
        titles.append(compose(basis, "zh", at(3, 0)).title)
    assert [one.removeprefix("江苏省南京市建邺区养老机构") for one in titles] == [
        "疫情防控日调度情况",
        "健康监测日调度情况",
        "封闭管理期间日调度情况",
    ]
