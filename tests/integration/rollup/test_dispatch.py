"""The dispatch names exactly who has something, and says the same numbers in every format."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs
from openpyxl import load_workbook

from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Cell, Document, Language
from dashboards.dispatch.pdf import pdf
from dashboards.dispatch.reading import Basis, read
from dashboards.dispatch.rendering import as_csv, html, xlsx
from dashboards.dispatch.word import docx
from dashboards.dispatch.wording import TEXTS, Wording
from dashboards.fonts import chinese_font
from sizao.dispatch import dispatch_command
from store import figures, reporting
from store.connection import Connection, transaction
from store.dictionary import FIGURES
from tests.integration.rollup.making import DAY_0, County, at
from tests.support.reading_back import lines_of, page_rows, pdf_says, word_lines

DAY = 2
TROUBLE = {"id": "1", "kind": "oxygen", "text": "吸氧机不足", "state": "open"}


async def _basis(connection: Connection, region: str) -> Basis:
    async with transaction(connection):
        found = await read(connection, region, DAY_0 + DAY)
    assert found is not None
    return found


async def _city(connection: Connection, city: str) -> None:
    """Two counties: an outbreak, a silent home, a shortage, a difficulty, quiet homes, a name that is a formula."""
    county = County(connection)
    for code in ("outbreak", "shortage", "trouble", "quiet", "=1+1"):
        await county.home(f"{code}-{city}", f"{city}02")
    for code in ("silent", "calm"):
        await county.home(f"{code}-{city}", f"{city}03")
    for day in (1, 2):
        for code in ("outbreak", "shortage", "trouble", "quiet", "=1+1", "calm"):
            await county.said(f"{code}-{city}", county.reading(at(day, 9)))
            if code not in ("shortage", "trouble"):
                await county.report(f"{code}-{city}", day, at(day, 10), nothing_to_report=True)
        await county.report(f"shortage-{city}", day, at(day, 10), medicine={"antiviral": 2}, oximeters_working=0)
        await county.report(f"trouble-{city}", day, at(day, 10), difficulties=[TROUBLE])
    for resident in ("R-1", "R-2"):
        await county.said(f"outbreak-{city}", county.test(at(2, 8), "positive"), resident=resident)
    await county.said(f"=1+1-{city}", county.test(at(2, 8), "positive"))
    county.now = at(3, 0)
    await county.settle()


def _named(document: Document, number: int) -> dict[Cell, Cell]:
    """Facility -> why, of the last table of a section."""
    section = next(one for one in document.sections if one.title.startswith(f"{'一二三四五六七八'[number - 1]}、"))
    return {row[0]: row[-1] for row in section.tables[-1].rows}


async def test_the_dispatch_names_exactly_the_homes_with_something(connection: Connection) -> None:
    await _city(connection, "3301")
    written = compose(await _basis(connection, "330100"), "zh", at(3, 0))
    assert list(_named(written, 3).items()) == [
        ("outbreak-3301", "新增阳性老年人（按采样）2人"),
        ("=1+1-3301", "新增阳性老年人（按采样）1人"),
        ("shortage-3301", "抗病毒药不足3天"),
    ]
    assert _named(written, 4) == {"silent-3301": "整个时段没有数据、日报未报"}
    assert _named(written, 7) == {"trouble-3301": "未解决困难1项"}
    assert written.title == "浙江省杭州市养老机构疫情防控日调度情况"
    assert written.head[:2] == (
        "草稿：数字为暂时数，未冻结，未经审核",
        "统计时段：2026-05-28 17:00 至 2026-05-29 17:00（北京时间）",
    )
    assert written.sections[3].tables[0].rows == (("330105", "浙江省杭州市拱墅区", 2, 1, 2, 1),)  # 330103 went on in it
    assert [one.title[0] for one in written.sections] == list("一二三四五六七八")
    assert "新增阳性老年人（按采样）3人，较昨日增加3人（1家空白）。" in written.sections[1].sentences
    assert written.sections[0].sentences[0].startswith("养老机构7家，有数据的6家（85.7%）；入住老年人")


async def test_every_number_is_of_the_dictionary_and_blank_is_not_zero(connection: Connection) -> None:
    await _city(connection, "3302")
    basis = await _basis(connection, "330200")
    written = compose(basis, "zh", at(3, 0))
    words = Wording("zh", DAY_0)
    by_name = {words.name(name): name for name in FIGURES}
    (told,) = await figures.of_region(connection, "330200", "period", DAY_0 + DAY, DAY_0 + DAY)
    rows = [
        row
        for section in written.sections
        for table in section.tables
        if table.columns[0] == "指标"
        for row in table.rows
    ]
    assert len(rows) > 50
    assert all((row[1], row[5]) == (told[by_name[str(row[0])]].value, told[by_name[str(row[0])]].blank) for row in rows)
    values = {row[0]: (row[1], row[5]) for row in rows}
    assert values["可用血氧仪"] == (0, 6)
    assert values["床位"] == (None, 7)
    assert values["去世"] == (0, 1)
    assert "新住院0人，去世0人（1家空白）。" in written.sections[0].sentences[0]
    for name in ("positives", "silent", "facilities", "reports_due"):  # its children add up to it
        assert sum(one[name].value or 0 for one in basis.children) == told[name].value


async def test_the_period_is_that_of_the_region_on_its_days(connection: Connection) -> None:
    async with transaction(connection):
        known = await reporting.in_force(connection, "330700", DAY_0)
        rule = structs.replace(known, region="3307", valid_from=DAY_0 + DAY, cutoff=16 * 60 + 30)
        await reporting.decide(connection, rule)
    await _city(connection, "3307")
    for region, ended, others in (("330700", "16:30", False), ("330000", "17:00", True)):
        written = compose(await _basis(connection, region), "zh", at(3, 0))
        assert written.head[1] == f"统计时段：2026-05-28 17:00 至 2026-05-29 {ended}（北京时间）"
        assert any("另有截止时间" in one for one in written.head) is others


async def test_what_nobody_said_is_not_told_as_none(connection: Connection) -> None:
    county = County(connection)
    await county.home("early-3308", "330802")
    county.now = at(2, 12)  # the period runs, and no report is due
    await county.settle()
    written = compose(await _basis(connection, "330800"), "zh", county.now)
    assert written.sections[2].sentences == ("没有查明需要列出的地区和机构（1家空白）。",)
    assert "尚有1家机构统计时段未结束。" in written.sections[-1].sentences
    assert "去世" not in "".join(text for one in written.sections for text in one.sentences)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_format_says_the_same(connection: Connection, language: Language) -> None:
    city = {"zh": "3303", "en": "3304"}[language]
    await _city(connection, city)
    written = compose(await _basis(connection, f"{city}00"), language, at(3, 0))
    page = html(written).decode()
    wanted = [list(row) for one in written.sections for table in one.tables for row in (table.columns, *table.rows)]
    assert page_rows(page) == wanted
    assert all(one in page.replace("&#39;", "'") for section in written.sections for one in section.sentences)
    assert "http" not in page

    sheet = load_workbook(io.BytesIO(xlsx(written))).active
    read_back = [[cell.value for cell in row] for row in sheet.iter_rows()]
    lines = [list(one) for one in written.lines()]
    assert [row[: len(line)] for row, line in zip(read_back, lines, strict=True)] == lines
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}  # no formula

    raw = as_csv(written)
    assert raw.startswith(b"\xef\xbb\xbf")
    told = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert told == [["" if one is None else _guarded(one) for one in line] for line in lines]

    assert word_lines(docx(written)) == lines_of(written)
    if chinese_font() is not None:
        assert pdf_says(pdf(written), written)
    if language == "en":
        own = {row[0] for one in written.sections for table in one.tables for row in table.rows}
        texts = [*written.head, *(text for one in written.sections for text in (one.title, *one.sentences)), *own]
        assert all(str(text).isascii() for text in texts)


def _guarded(cell: str | int | float) -> str:
    if isinstance(cell, str) and cell.isdecimal():  # a code, not a number
        return f"{cell}\t"
    return f"'{cell}" if str(cell).startswith("=") else str(cell)


async def test_the_command_writes_a_file_and_says_what_was_never_counted(
    connection: Connection, database: str, tmp_path: Path
) -> None:
    await _city(connection, "3305")
    out = tmp_path / "day.xlsx"
    words = ["--database-url", database, "--date", "2026-05-29", "--format", "xlsx", "--out", str(out)]
    done = await asyncio.to_thread(CliRunner().invoke, dispatch_command, [*words, "--region", "330500"])
    assert done.exit_code == 0, done.output
    assert load_workbook(out).active["A1"].value == "浙江省湖州市养老机构疫情防控日调度情况"
    for wrong, said in (
        (["--region", "371202"], "what was 371202 is counted as 370116: --region 370116"),
        (["--region", "330500", "--date", "2999-12-31"], "the period that ends on 2999-12-31 has not begun"),
        (["--edition", "ministry", "--at", "17:30"], "leave --date and --revision out"),
    ):
        done = await asyncio.to_thread(CliRunner().invoke, dispatch_command, [*words, *wrong])
        assert (done.exit_code in (1, 2), said in " ".join(done.output.split())) == (True, True), done.output
    done = await asyncio.to_thread(CliRunner().invoke, dispatch_command, [*words, "--region", "350200"])
    assert (done.exit_code, "nothing is counted of 350200 on 2026-05-29" in done.output) == (1, True)


def test_every_text_names_figures_of_the_dictionary() -> None:
    tables = (*TEXTS.tables.values(), *TEXTS.by_place.values())
    assert {name for names in tables for name in names} <= set(FIGURES)
