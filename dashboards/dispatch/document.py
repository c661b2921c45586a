"""A dispatch as a value: every format is written from the same one, so their numbers are equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

_LINE: Final = 100
"""Letters of a table's text that stand side by side on A4."""
_PIECES: Final = re.compile(r"[!-~]+")

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
        """The columns' shares of a page, in letters: by the longest text, and a heading may take three lines.

        What is too wide together gives way where a line may break: a code keeps its place.
        """
        columns = [[shown(row[place]) for row in self.rows] for place in range(len(self.columns))]
        wanted = [
            min(40, max([6, -(-_letters(name) // 3), *map(_letters, texts), *map(_unbroken, texts)]))
            for name, texts in zip(self.columns, columns, strict=True)
        ]
        least = [min(24, max([6, *map(_unbroken, texts)])) for texts in columns]
        over, room = sum(wanted) - _LINE, sum(wanted) - sum(least)
        if over <= 0 or room <= 0:
            return wanted
        return [want - over * (want - few) // room for want, few in zip(wanted, least, strict=True)]


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


def _unbroken(text: str) -> int:
    """The longest piece that no line breaks, and a little room."""
    return 2 + max([len(one) for one in _PIECES.findall(text)], default=0)


def _letters(text: str) -> int:
    """Chinese characters are as wide as two letters."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
