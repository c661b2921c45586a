"""The desk reads, writes, signs and corrects a dispatch in the console, whose numbers are those of every file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from litestar.testing import AsyncTestClient
from openpyxl import load_workbook
from psycopg.rows import dict_row

from dashboards.console import dispatches as pages
from dashboards.console.app import make_console
from dashboards.console.routes import dispatches as routes
from dashboards.console.routes import freezing
from dashboards.console.users import Role
from dashboards.dispatch.asked import freeze_asked
from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Document
from dashboards.dispatch.keeping import keep
from dashboards.dispatch.reading import read_revision
from dashboards.dispatch.rendering import FORMATS
from dashboards.dispatch.wording import Wording
from dashboards.fonts import chinese_font
from dashboards.grafana.boards import boards
from store.connection import Connection, transaction
from store.dictionary import FIGURES
from tests.integration.rollup.making import CALENDAR, DAY_0, County, at
from tests.integration.rollup.provinces import filled
from tests.support.accounts import sign_in
from tests.support.reading_back import lines_of, page_rows, pdf_says, word_lines

Client = AsyncTestClient[Any]
DATE = "2026-05-29"
_counties = iter(("350102", "350103", "350104", "350105", "350111"))


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the evening of the second day."""
    for module in (routes, pages, freezing):
        monkeypatch.setattr(module, "now", lambda: at(2, 18))


@pytest.fixture
def region() -> str:
    """A county no other test has."""
    return next(_counties)


@pytest.fixture
async def county(connection: Connection, region: str) -> County:
    """Frozen at 17:00: a home where somebody is positive, and one that is silent."""
    made = County(connection)
    for code in (f"home-{region}", f"silent-{region}"):
        await made.home(code, region)
    await made.said(f"home-{region}", made.reading(at(2, 9)), made.test(at(2, 8), "positive"))
    await made.report(f"home-{region}", 2, at(2, 10), beds=1_200)
    made.now = at(2, 17)
    await made.settle()
    await keep(connection, at(2, 17))
    return made


def _page(region: str) -> str:
    return f"/dispatches/{region}/day?date={DATE}"


async def _document(connection: Connection, region: str) -> Document:
    async with transaction(connection):
        basis = await read_revision(connection, region, DAY_0 + 2)
    assert basis is not None
    return compose(basis, "zh", basis.at)


async def test_numbers_are_equal_across_every_format_and_the_page_of_a_revision(
    county: County, region: str, client: Client, database: str
) -> None:
    await sign_in(client, database, Role.VIEWER, login="reader", region_prefix="35")
    told = await _document(county.connection, region)
    rows = [list(row) for one in told.sections for table in one.tables for row in (table.columns, *table.rows)]
    assert any(1_200 in row for row in rows)
    lines = [list(line) for line in told.lines()]
    assert page_rows((await client.get(f"{_page(region)}&revision=1")).text) == rows
    for kind in FORMATS:
        if kind == "pdf" and chinese_font() is None:
            continue
        answer = await client.get(f"/dispatches/{region}/file?date={DATE}&revision=1&format={kind}")
        assert answer.status_code == 200, kind
        assert f"dispatch-{region}-{DATE}-1.{kind}" in answer.headers["content-disposition"]
        if kind == "html":
            assert page_rows(answer.text) == rows
        elif kind == "csv":
            found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            said = [[cell.rstrip("\t") for cell in line] for line in found]
            assert said == [["" if one is None else str(one) for one in line] for line in lines]
        elif kind == "xlsx":
            sheet = load_workbook(io.BytesIO(answer.content)).active
            read_back = [[cell.value for cell in row] for row in sheet.iter_rows()]
            assert [row[: len(line)] for row, line in zip(read_back, lines, strict=True)] == lines
        elif kind == "docx":
            assert word_lines(answer.content) == lines_of(told)
        else:
            assert kind == "pdf", f"{kind}: say here how it is read back"
            assert pdf_says(answer.content, told)


async def _on_boards(database: str, region: str) -> dict[str, set[float | None]]:
    """Figure -> what the panels of every board show of it for the period, by the queries that Grafana sends."""
    found: dict[str, set[float | None]] = {}
    panels = [panel for name, board in boards().items() if name != "facility.json" for panel in board["panels"]]
    async with await psycopg.AsyncConnection.connect(database, row_factory=dict_row) as viewer:
        for sql in (one["rawSql"] for panel in panels for one in panel["targets"] if "rawSql" in one):
            asked = filled(sql, region, "period", ("urban", "rural", "unknown"))
            for row in await (await viewer.execute(asked.encode())).fetchall():
                if "time" in row and CALENDAR.day_of(round(row["time"].timestamp() * 1_000)) == DAY_0 + 2:
                    for name in FIGURES.keys() & row.keys():
                        found.setdefault(name, set()).add(None if row[name] is None else float(row[name]))
    return found


async def test_the_boards_show_the_numbers_of_the_revision(county: County, region: str, database: str) -> None:
    told = await _document(county.connection, region)
    names = {Wording("zh", DAY_0).name(name): name for name in FIGURES}
    said = {
        names[str(row[0])]: row[1]
        for section in told.sections
        for table in section.tables
        if table.columns[0] == "指标"
        for row in table.rows
    }
    on_boards = await _on_boards(database, region)
    both = said.keys() & on_boards.keys()
    assert len(both) > 25
    assert {name: on_boards[name] for name in both} == {name: {said[name]} for name in both}
    assert sum(value not in (0, None) for name, value in said.items() if name in both) >= 5


async def test_a_dispatch_is_written_submitted_returned_issued_and_reported_by_its_own_region(
    county: County, region: str, client: Client, database: str
) -> None:
    csrf = await sign_in(
        client, database, Role.VIEWER, login="wang", name="王科长", region_prefix=region, rights=["dispatch"]
    )
    opened = await client.get("/dispatches", follow_redirects=False)
    assert opened.headers["location"] == f"/dispatches/{region}"
    assert "自动冻结·未经审核" in (await client.get(f"/dispatches/{region}")).text
    this = {"csrf": csrf, "date": DATE, "revision": "1"}
    figures = page_rows((await client.get(_page(region))).text)
    wrote = await client.post(
        f"/dispatches/{region}/text", data=this | {"overview": "总体<平稳>。"}, follow_redirects=True
    )
    assert "<p>总体&lt;平稳&gt;。</p>" in wrote.text
    assert page_rows(wrote.text) == figures
    assert "王科长提交审核" in (await client.post(f"/dispatches/{region}/submit", data=this)).text
    assert (await client.post(f"/dispatches/{region}/sign", data=this | {"act": "issue"})).status_code == 403
    assert (await client.get("/dispatches/350112/day")).status_code == 404
    assert (await client.get("/dispatches/350100")).status_code == 404, "a county sees only itself"

    csrf = await sign_in(client, database, Role.VIEWER, login="li", name="李处长", region_prefix="35", rights=["issue"])
    this = {"csrf": csrf, "date": DATE, "revision": "1"}
    refused = await client.post(f"/dispatches/{region}/sign", data=this | {"act": "return"})
    assert (refused.status_code, "请写明原因" in refused.text) == (409, True)
    issued = await client.post(f"/dispatches/{region}/sign", data=this | {"act": "issue"})
    assert "第1版 · 已签发" in issued.text
    assert "第1版 · 已上报" in (await client.post(f"/dispatches/{region}/sign", data=this | {"act": "report"})).text

    # Late data: the page says so, and whoever writes may have the next revision at once.
    csrf = await sign_in(
        client, database, Role.VIEWER, login="zhao", name="赵强", region_prefix=region, rights=["dispatch"]
    )
    await county.said(f"home-{region}", county.test(at(2, 7), "positive"), resident="R-2")
    await county.settle()
    assert "冻结后数据有变化" in (await client.get(_page(region))).text
    asked = await client.post(f"/dispatches/{region}/freeze", data={"csrf": csrf, "date": DATE})
    assert "已提出，等待开始。" in asked.text
    await freeze_asked(county.connection)
    assert "形成新版1个" in (await client.get(f"/dispatches/{region}/freezing?date={DATE}")).text
    assert "第2版·更正说明" in (await client.get(_page(region))).text
    assert "已有第2版" in (await client.get(f"{_page(region)}&revision=1")).text


async def test_items_are_assigned_moved_on_and_done_in_the_console(
    county: County, region: str, client: Client, database: str
) -> None:
    csrf = await sign_in(client, database, Role.DESK, login="desk", name="值班员", region_prefix=region)
    key = {"csrf": csrf}
    page = f"/dispatches/{region}"
    wanted = {"kind": "visit", "what": "走访幸福敬老院", "owner": "王科长", "due": "2026-05-30"}
    assert (await client.post(f"{page}/items", data=key | wanted | {"owner": " "})).status_code == 400
    assert "走访幸福敬老院" in (await client.post(f"{page}/items", data=key | wanted)).text
    found = await county.connection.execute("select id from dispatch_items where what = '走访幸福敬老院'")
    row = await found.fetchone()
    assert row is not None
    moved = {"act": "moved", "comment": "道路不通", "owner": "李科员", "due": "2026-05-31"}
    told = await client.post(f"/dispatch-items/{row[0]}", data=key | moved)
    assert "已转办或延期，未办结（值班员：道路不通）" in told.text
    assert "李科员" in told.text
    told = await client.post(f"/dispatch-items/{row[0]}", data=key | {"act": "done", "comment": "已到访，情况正常"})
    assert "走访幸福敬老院" not in told.text
    assert (await client.post(f"/dispatch-items/{row[0]}", data=key | moved)).status_code == 409
