"""A dispatch on A4 with page numbers, its Chinese font inside."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from dashboards.dispatch.document import Document, Table, shown
from dashboards.dispatch.ministry import Brief
from dashboards.fonts import has_wide_brackets, needed_font

_TEMPLATES: Final = resources.files("dashboards.dispatch") / "templates"


def pdf(document: Document) -> bytes:
    """Pages that any reader opens; NoFont where no installed font has Chinese characters."""
    values = {
        "language": document.language,
        "title": document.title,
        "head": document.head,
        "sections": [
            {"title": one.title, "sentences": one.sentences, "tables": [_sheet(table) for table in one.tables]}
            for one in document.sections
        ],
    }
    return typeset("dispatch.typ", values)


def brief_pdf(brief: Brief) -> bytes:
    """The ministry edition on one page; NoFont as above."""
    return typeset("ministry.typ", brief)


def typeset(template: str, values: object) -> bytes:
    """A template filled; the values travel as JSON, never as markup."""
    import typst

    path = needed_font()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(path.parent)])
    source = (_TEMPLATES / template).read_bytes()
    inputs = {
        "document": msgspec.json.encode(values).decode(),
        "font": _family(fonts, path),
        "wide-brackets": "yes" if has_wide_brackets(path) else "no",
    }
    # The fonts are chosen by file: without one Typst draws boxes and says nothing.
    return typst.compile(source, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs, format="pdf")


def _family(fonts: object, path: Path) -> str:
    """The family of the file; of a collection the face for simplified characters."""
    families: list[str] = [one.family for one in fonts.fonts() if one.path and Path(one.path) == path]  # type: ignore[attr-defined]
    return next((one for one in families if one.endswith(" SC")), families[0])


def _sheet(table: Table) -> dict[str, object]:
    return {
        "columns": table.columns,
        "rows": [[shown(cell) for cell in row] for row in table.rows],
        "widths": table.widths(),
        "numeric": table.numeric(),
    }
