"""A dispatch as a value: every format is written from the same one, so their numbers are equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Language = Literal["zh", "en"]
Cell = str | int | float | None
"""None is blank, and never zero."""


class Table(Struct, frozen=True):
    """Rows under their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


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
