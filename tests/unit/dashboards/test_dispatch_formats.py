"""A dispatch on paper: A4, numbered pages, tables whose heading is said again, no text run as markup or formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from docx import Document as open_word
from docx.oxml.ns import qn
from PIL import Image
from pypdf import PdfReader

from dashboards import fonts
from dashboards.dispatch.document import Document, Section, Table
from dashboards.dispatch.pdf import pdf
from dashboards.dispatch.rendering import FORMATS, as_csv
from dashboards.dispatch.word import docx
from tests.support.reading_back import as_pictures, lines_of, pdf_pages, pdf_says, word_lines

MARKUP = "#strong[x] *甲* $y$ \\ <b> =1+1 {{ z }}"
LONG = Table(
    ("代码", "机构", "新增阳性老年人(按采样)", "变化"),
    tuple((f"{number:06}", "幸福里养老院" * (1 + number % 6), number * 1_234, 0.5) for number in range(120)),
)
DISPATCH = Document(
    "zh",
    "浙江省杭州市养老机构疫情防控日调度情况",
    ("草稿:未经审核", "统计时段:2026-05-28 17:00 至 2026-05-29 17:00"),
    (Section("一、总体情况", ("有数据的6家(85.7%)。",), (LONG,)), Section("二、较昨日变化", (MARKUP,))),
)
needs_a_font = pytest.mark.skipif(fonts.chinese_font() is None, reason="no font with Chinese characters is installed")


@needs_a_font
@pytest.mark.parametrize("has_wide_brackets", [True, False])
def test_a_pdf_is_a4_with_its_font_inside_and_says_everything_on_numbered_pages(
    monkeypatch: pytest.MonkeyPatch, has_wide_brackets: bool
) -> None:
    monkeypatch.setattr("dashboards.dispatch.pdf.has_wide_brackets", lambda _: has_wide_brackets)
    written = pdf(DISPATCH)
    assert pdf_says(written, DISPATCH)
    pages = PdfReader(io.BytesIO(written)).pages
    assert {tuple(round(float(one) / 72 * 25.4) for one in page.mediabox) for page in pages} == {(0, 0, 210, 297)}
    read = pdf_pages(written)
    assert len(read) > 2
    for number, text in enumerate(read, 1):
        assert f"第{number}页，共{len(read)}页" in text
    assert all("代码机构新增阳性" in text for text in read[:-1])  # the table begins anew on each page
    held = {
        str(font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object().keys())
        for page in pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert held
    assert all("/FontFile" in one for one in held)


@needs_a_font
def test_no_sign_stands_on_another() -> None:
    """Lines are pushed together to be of one length: each sign is one stroke from left to right, and stays apart."""
    signs = "".join("中" * (1 + number % 4) + "）。（中）；（" + "中" * (number % 3) + "）、" for number in range(60))
    with as_pictures():
        page = pdf(Document("zh", "一", (), (Section("二", (signs,)),)))
    ink = np.asarray(Image.open(io.BytesIO(page)).convert("L")) < 128
    rows = _runs(ink.any(axis=1))[3:-1]  # below the headings, above the number of the page
    assert len(rows) > 10
    assert sum(len(_runs(ink[first:last].any(axis=0))) for first, last in rows) == len(signs)


def _runs(marks: Any) -> Any:
    """Where what is marked begins and ends."""
    return np.flatnonzero(np.diff(np.concatenate(([0], marks, [0])).astype(int))).reshape(-1, 2)


def test_a_code_has_its_room_beside_long_texts_and_what_fits_is_as_wide_as_it_is() -> None:
    assert Table(("代码", "数"), (("510117", 1),)).widths() == [8, 6]
    wide = Table(("代码", "甲", "乙", "丙"), (("510129-0026", "长" * 99, "长" * 99, "长" * 99),)).widths()
    assert wide[0] >= len("510129-0026")
    assert 100 <= sum(wide) < 104  # whole letters


def test_a_word_text_is_a4_with_headings_and_rows_that_stay_whole() -> None:
    written = docx(DISPATCH)
    assert word_lines(written) == lines_of(DISPATCH)
    word = open_word(io.BytesIO(written))
    page = word.sections[0]
    assert [round(side.mm) for side in (page.page_width, page.page_height)] == [210, 297]
    assert [one.text for one in word.paragraphs if one.style and one.style.name == "Heading 1"] == [
        one.title for one in DISPATCH.sections
    ]
    rows = word.tables[0].rows
    assert rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)
    assert "PAGE" in page.footer._element.xml
    assert '"仿宋"' in word.styles["Normal"].element.xml


def test_a_code_in_csv_stays_a_text_in_excel() -> None:
    codes = ("007", "330105", "1E5", "3-4", "F-007", "91330100MA27", "=1+1", "")
    document = Document(
        "zh", "某地", (), (Section("一", (), (Table(("代码", "数"), tuple((one, 7) for one in codes)),)),)
    )
    rows = list(csv.reader(io.StringIO(as_csv(document).decode("utf-8-sig"))))[4:]
    assert [row[0] for row in rows] == ["007\t", "330105\t", "1E5\t", "3-4\t", "F-007", "91330100MA27", "'=1+1", ""]
    assert {row[1] for row in rows} == {"7"}


def test_without_a_font_a_pdf_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.fonts.chinese_font", lambda: None)
    with pytest.raises(fonts.NoFont, match="apt-get install fonts-wqy-microhei"):
        FORMATS["pdf"](DISPATCH)
