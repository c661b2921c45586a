"""A dispatch from its draft to the ministry's page, by the pages alone; `make day` takes its pictures.

The console is real, with a Chromium for each of three people; the homes never were.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx
import pytest
from click.testing import CliRunner

from dashboards.console.sessions import COOKIE
from dashboards.console.users import Role
from dashboards.dispatch import asked
from dashboards.dispatch.composing import compose
from dashboards.dispatch.editions import closure_pack, ministry_page
from dashboards.dispatch.keeping import keep
from dashboards.dispatch.pdf import brief_pdf, pdf
from dashboards.dispatch.reading import read_revision
from dashboards.fonts import chinese_font
from dashboards.rollup.turn import sum_some
from detectors.profile import Profile
from sizao.days import shown
from sizao.spot_checks import spot_checks_group
from store.connection import connected, transaction
from store.figures import NATION
from tests.acceptance.test_night_in_pictures import PICTURES, Screen
from tests.support.accounts import sign_in
from tests.support.browser import chromium, served
from tests.support.databases import migrated_database
from tests.support.many_homes import fill
from tests.support.reading_back import as_pictures, pdf_pages

pytestmark = pytest.mark.timeout(280)
NOW: Final = round(time.time() * 1_000)
DAY: Final = Profile().day_of(NOW) - 1
PROVINCE, COUNTY = "510000", "510107"

Seat = Callable[..., Screen]


@pytest.fixture(scope="module")
def database(server: str) -> Iterator[str]:
    """Everything up to yesterday's cut-off is frozen."""
    with migrated_database(server, timescale=False) as url:
        fill(url, NOW)
        asyncio.run(_frozen(url))
        yield url


async def _frozen(url: str) -> None:
    async with connected(url, "roll-up") as connection:
        while await sum_some(connection):
            pass
        for day in range(DAY - 7, DAY + 1):
            await keep(connection, Profile().midnight(day) + 18 * 3_600_000)


@pytest.fixture
def seat(database: str, tmp_path: Path) -> Iterator[Seat]:
    """Seats before pages: `seat("li", "李处长", region_prefix="51", rights=["issue"])`."""
    with ExitStack() as opened:
        address = opened.enter_context(served(database))

        def sits(login: str, name: str, width: int = 1_100, **scope: Any) -> Screen:
            class Jar:
                cookies = httpx.Cookies()

            jar: Any = Jar()
            asyncio.run(sign_in(jar, database, Role.VIEWER, login=login, name=name, **scope))
            (tmp_path / login).mkdir()
            return Screen(opened.enter_context(chromium(tmp_path / login)), address, jar.cookies[COOKIE], width)

        yield sits


def test_a_dispatch_is_written_signed_corrected_and_frozen_behind_the_page(
    database: str, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/dispatches/{COUNTY}/day?date={shown(DAY)}"
    clerk = seat("wang", "王科长", region_prefix=COUNTY, rights=["dispatch"])
    clerk.opens(page)
    clerk.sees("自动冻结·未经审核")
    clerk.browser.find_element("css selector", "summary").click()
    clerk.writes("overview", "康乐养老院聚集性疫情已由区疾控中心处置，密切接触者均已检测。")
    clerk.presses("保存文字")
    clerk.presses("提交审核")
    clerk.sees("待审核")

    head = seat("li", "李处长", region_prefix="51", rights=["issue", "dispatch"])
    head.opens(page)
    head.writes("comment", "数据属实，同意签发")
    head.presses("签发")
    head.sees("第1版 · 已签发")
    head.sees("王科长提交审核")
    head.is_taken("dispatch-day", height=1_500)

    # An item is assigned to somebody by hand; those of the freeze stand beside it.
    clerk.opens(f"/dispatches/{COUNTY}")
    clerk.sees("核实数据真实性并听取机构说明")
    clerk.is_taken("dispatch-region", height=1_300)

    # What came late is frozen by hand, from the counties upward, behind a page that says how far it is.
    asyncio.run(_late(database))
    frozen, come_to = asked.freeze, []

    async def slowly(connection: Any, region: str, *others: Any) -> Any:
        come_to.append(region)
        if len(come_to) == 5:
            await asyncio.sleep(5)
        return await frozen(connection, region, *others)

    monkeypatch.setattr(asked, "freeze", slowly)
    head.opens(f"/dispatches/{PROVINCE}/day?date={shown(DAY)}")
    head.presses("现在冻结为新的一版")
    head.sees("已提出，等待开始。")
    worker = Thread(target=lambda: asyncio.run(_roll_up(database)))
    worker.start()
    head.sees("已办理4个地区，共9个")
    head.is_taken("freezing", height=420)
    head.sees("已完成：共9个地区，形成新版3个")
    worker.join(20)
    head.opens(f"/dispatches/{PROVINCE}/day?date={shown(DAY)}")
    head.sees("第2版·更正说明")
    head.opens(f"{page}&revision=1")
    head.sees("第1版 · 已签发")


async def _late(database: str) -> None:
    """Somebody more was positive in a home of the county."""
    async with connected(database, "late") as connection:
        await connection.execute(
            "update facility_parts set positives = positives + 1 where day = %s and part = 0 and region = %s"
            " and facility_id = (select id from facilities where code = %s)",
            (DAY, COUNTY, f"{COUNTY}-04"),
        )
        await connection.execute("insert into stale_regions values (%s, %s)", (COUNTY, DAY))
        while await sum_some(connection):
            pass


async def _roll_up(database: str) -> None:
    async with connected(database, "roll-up") as connection:
        await asked.freeze_asked(connection)


@pytest.mark.skipif(chinese_font() is None, reason="no font with Chinese characters is installed")
def test_the_editions_on_paper(database: str) -> None:
    province, page, pack = asyncio.run(_editions(database))
    assert len(pdf_pages(brief_pdf(page))) == 1
    assert len(pdf_pages(pdf(province))) > 1
    assert any(row[0] == f"{COUNTY}-01" for one in pack.sections for table in one.tables for row in table.rows)
    if PICTURES is None:
        return
    with as_pictures(ppi=86):
        for name, written in (("dispatch", pdf(province)), ("ministry", brief_pdf(page)), ("closure", pdf(pack))):
            first: Any = written[0] if isinstance(written, list) else written
            (Path(PICTURES) / f"{name}.png").write_bytes(first)


async def _editions(database: str) -> Any:
    async with connected(database, "editions") as connection:
        async with transaction(connection):
            basis = await read_revision(connection, PROVINCE, DAY, 1)
            assert basis is not None
            page, is_produced = await ministry_page(connection, NATION, DAY, None, "zh", NOW)
            assert is_produced
        async with transaction(connection):
            pack = await closure_pack(connection, "510100", DAY, "zh", NOW)
        return compose(basis, "zh", NOW), page, pack


def test_the_list_of_an_inspector(database: str, seat: Seat) -> None:
    inspector = seat("zhao", "赵督查", region_prefix="51")

    def said(*words: str) -> str:
        command, *rest = words
        url = ["--database-url", database, "--region", PROVINCE, "--by", "李处长"]
        done = CliRunner().invoke(spot_checks_group, [command, *url, *rest])
        assert done.exit_code == 0, done.output
        return done.output

    inspector.opens("/spot-checks")
    inspector.sees("没有")
    said("inspectors", "--name", "zhao")
    said("draw", "--size", "10")
    inspector.opens("/spot-checks")
    inspector.sees("另册（限阅）：抽查建议名单（四不两直）")
    inspector.is_taken("spot-checks", height=1_100)
