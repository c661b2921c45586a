"""A dispatch as a file: a page or PDF for A4, a text or sheet for Office and WPS, or CSV that Chinese Excel reads."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Final

import jinja2

from dashboards.dispatch.document import Cell, Document
from dashboards.dispatch.ministry import Brief
from dashboards.dispatch.pdf import brief_pdf, pdf
from dashboards.dispatch.word import docx

FILES: Final = resources.files("dashboards.dispatch")
_PAGES: Final = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda name: (FILES / "templates" / name).read_text("utf-8")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is run by a spreadsheet; names come from outside."""
_NUMBERLIKE: Final = re.compile(r"\d[\d.,:/\-]*([eE]\d+)?")
"""Excel makes a number or a date of such a text and drops its zeros; a tab behind it, unseen, keeps it a text."""


def html(document: Document) -> bytes:
    """One page with its style inside; it fetches nothing."""
    return _PAGES.get_template("dispatch.html").render(document=document).encode()


def brief_html(brief: Brief) -> bytes:
    """The ministry edition as a page that prints on one sheet of A4."""
    return _PAGES.get_template("ministry.html").render(brief=brief).encode()


def as_csv(document: Document) -> bytes:
    """With a byte-order mark: without it Chinese Excel reads UTF-8 as GBK."""
    text = io.StringIO()
    csv.writer(text).writerows([_as_text(one) for one in line] for line in document.lines())
    return text.getvalue().encode("utf-8-sig")


def xlsx(document: Document) -> bytes:
    """One sheet that prints on A4; numbers are numbers, and no text is a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = "日调度情况" if document.language == "zh" else "Daily dispatch"
    headings = {document.title, *(one.title for one in document.sections)}
    for number, line in enumerate(document.lines(), 1):
        for column, value in enumerate(line, 1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type, cell.number_format = "s", "@"  # and a text it stays when somebody edits it
            elif value is not None:
                cell.number_format = "#,##0.0" if isinstance(value, float) else "#,##0"
            if value in headings:
                cell.font = Font(bold=True)
    for letter, width in {"A": 34, "B": 24, "C": 30}.items():
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


FORMATS: Final[Mapping[str, Callable[[Document], bytes]]] = {
    "html": html,
    "pdf": pdf,
    "docx": docx,
    "xlsx": xlsx,
    "csv": as_csv,
}
BRIEF_FORMATS: Final[Mapping[str, Callable[[Brief], bytes]]] = {"html": brief_html, "pdf": brief_pdf}


def _as_text(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    if cell.startswith(_FORMULA):
        return f"'{cell}"
    return f"{cell}\t" if _NUMBERLIKE.fullmatch(cell) else cell
