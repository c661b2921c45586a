"""A dispatch as a value: every format is written from the same one, so their numbers are equal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Language = Literal["zh", "en"]
Cell = str | int | float | None
"""None is blank, and never zero."""


def shown(cell: Cell) -> str:
    """As people read it: thousands apart, blank as nothing."""
    return "" if cell is None else cell if isinstance(cell, str) else f"{cell:,}"


class Table(Struct, frozen=True):
    """Rows under their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def numeric(self) -> list[bool]:
        """Which columns hold nothing but numbers and blanks."""
        return [not any(isinstance(row[place], str) for row in self.rows) for place in range(len(self.columns))]

    def widths(self) -> list[int]:
        """The columns' shares of a page, in letters: by the longest text, and a heading may take three lines."""
        return [
            min(40, max([6, -(-_letters(name) // 3), *(_letters(shown(row[place])) for row in self.rows)]))
            for place, name in enumerate(self.columns)
        ]


class Section(Struct, frozen=True):
    """A heading, what is said in words, and the tables behind it."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()


class Document(Struct, frozen=True):
    """The dispatch of a region and a reporting period."""

    language: Language
    title: str
    head: tuple[str, ...]  # state, period and time of writing
    sections: tuple[Section, ...]

    def lines(self) -> Iterator[tuple[Cell, ...]]:
        """As the lines of one sheet, an empty one before each section."""
        yield (self.title,)
        yield from ((one,) for one in self.head)
        for section in self.sections:
            yield ()
            yield (section.title,)
            yield from ((one,) for one in section.sentences)
            for table in section.tables:
                yield table.columns
                yield from table.rows


def _letters(text: str) -> int:
    """Chinese characters are as wide as two letters."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
