"""A dispatch read back from the file that it was written to."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import pairwise

from docx import Document as open_word
from docx.table import Table as WordTable
from pypdf import PdfReader

from dashboards.dispatch.document import Cell, Document, shown


def lines_of(document: Document) -> list[list[str]]:
    """What each format that people read must say, line by line."""
    return [[shown(cell) for cell in line] for line in document.lines() if line]


def word_lines(written: bytes) -> list[list[str]]:
    """The paragraphs and rows of a DOCX in their order."""
    found = []
    for one in open_word(io.BytesIO(written)).iter_inner_content():
        if isinstance(one, WordTable):
            found += [[cell.text for cell in row.cells] for row in one.rows]
        elif one.text:
            found.append([one.text])
    return found


def pdf_pages(written: bytes) -> list[str]:
    """The text of each page of a PDF, without any space: lines break where they must."""
    return [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(io.BytesIO(written)).pages]


def pdf_says(written: bytes, document: Document) -> bool:
    """Every line stands in the PDF whole, in its order."""
    text, places = "".join(pdf_pages(written)), [0]
    for line in lines_of(document):
        wanted = re.sub(r"\s", "", "".join(line))
        places.append(text.find(wanted, places[-1]))
        assert places[-1] >= 0, f"not in the PDF, or not in its place: {line}"
    return all(one <= other for one, other in pairwise(places))


@contextmanager
def as_pictures(ppi: int = 144) -> Iterator[None]:
    """Whatever is typeset meanwhile is a PNG for each page, one alone or a list."""
    import typst

    compiled = typst.compile
    typst.compile = lambda *given, **named: compiled(*given, **named | {"format": "png", "ppi": ppi})
    try:
        yield
    finally:
        typst.compile = compiled


def page_rows(page: str) -> list[list[Cell]]:
    """The rows of every table of a page, headings included; of a number its value."""
    parser = _Tables()
    parser.feed(page)
    return parser.rows


class _Tables(HTMLParser):
    """The cells of a page, row by row; of a number its value."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[Cell]] = []
        self.cell: str | None = None
        self.is_number = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell, self.is_number = "", ("class", "number") in attrs

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self.cell is not None:
            self.rows[-1].append(float(self.cell.replace(",", "")) if self.is_number else self.cell or None)
            self.cell = None
