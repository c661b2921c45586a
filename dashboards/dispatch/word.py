"""A dispatch as a text that a desk goes on writing in WPS or Office."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from dashboards.dispatch.document import Document, Table, shown

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.text.run import Run

_TEXT_WIDTH_CM: Final = 17.0  # A4 less two margins of 2 cm
_HEADING, _BODY = "黑体", "仿宋"  # every Chinese WPS and Office has them; Latin letters keep their own


def docx(document: Document) -> bytes:
    """A4, styles for headings, tables whose first row is said again on each page, and page numbers."""
    from docx import Document as empty
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    word = empty()
    _lay_out(word)
    word.core_properties.title = document.title
    word.add_heading(document.title, 0).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for number, line in enumerate(document.head):
        said = word.add_paragraph()
        said.alignment = WD_ALIGN_PARAGRAPH.CENTER
        said.add_run(line).bold = number == 0
    for section in document.sections:
        word.add_heading(section.title, 1)
        for sentence in section.sentences:
            said = word.add_paragraph(sentence)
            if document.language == "zh":
                said.paragraph_format.first_line_indent = 2 * word.styles["Normal"].font.size
        if section.sentences and section.tables:
            said.paragraph_format.keep_with_next = True  # no table begins a page without what is said of it
        for table in section.tables:
            _add(word, table)
    _number_pages(word, document.language == "zh")
    written = io.BytesIO()
    word.save(written)
    return written.getvalue()


def _lay_out(word: Word) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    page = word.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin = page.bottom_margin = Cm(2.2)
    for name, font, points in (("Normal", _BODY, 11), ("Title", _HEADING, 17), ("Heading 1", _HEADING, 12.5)):
        style: Any = word.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Times New Roman", Pt(points), RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # a theme wins over a name
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), font)
    word.styles["Normal"].paragraph_format.space_after = Pt(3)
    ruled = word.styles["Title"].element.get_or_add_pPr()
    for border in ruled.findall(qn("w:pBdr")):  # the line under the titles of Office is none of ours
        ruled.remove(border)


def _add(word: Word, table: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    made = word.add_table(1 + len(table.rows), len(table.columns), "Table Grid")
    made.autofit = False
    _pad(made)
    widths = table.widths()
    for place, column in enumerate(made.columns):
        column.width = Cm(_TEXT_WIDTH_CM * widths[place] / sum(widths))
    numeric = table.numeric()
    # Cells by row: looking one up by its place counts the table again each time.
    for number, row in enumerate(made.rows):
        said = table.columns if number == 0 else tuple(map(shown, table.rows[number - 1]))
        _keep_whole(row, is_first=number == 0)
        for place, (cell, text) in enumerate(zip(row.cells, said, strict=True)):
            cell.width = made.columns[place].width
            paragraph = cell.paragraphs[0]
            _small(paragraph.add_run(text), number == 0)
            if number and numeric[place]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    word.add_paragraph()


def _pad(table: Any) -> None:
    """A millimetre beside each text: a code of six digits stays on one line."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "57")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.append(margins)


def _small(run: Run, bold: bool) -> None:
    from docx.shared import Pt

    run.font.size, run.bold = Pt(9), bold


def _keep_whole(row: Any, *, is_first: bool) -> None:
    """No row is torn between pages; the first one is said again on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_first:
        properties.append(OxmlElement("w:tblHeader"))


def _number_pages(word: Word, chinese: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = word.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, between, after = ("第 ", " 页，共 ", " 页") if chinese else ("page ", " of ", "")
    paragraph.add_run(before)
    _field(paragraph.add_run(), "PAGE")
    paragraph.add_run(between)
    _field(paragraph.add_run(), "NUMPAGES")
    paragraph.add_run(after)


def _field(run: Run, code: str) -> None:
    """A number that the reader's program fills in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", None, "end"):
        part = OxmlElement("w:instrText" if kind is None else "w:fldChar")
        if kind is None:
            part.text = code
        else:
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)
