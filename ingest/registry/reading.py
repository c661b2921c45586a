"""A file of the registry, read row by row: rows, and problems with their place and remedy; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from msgspec import Struct

from ingest.registry.headings import TABLES, column_of, file_names, is_personal
from ingest.registry.rows import TABLE, Facility, Recipient, Resident, Row
from ingest.registry.sheets import SUFFIXES, opened
from ingest.sentences import Refused, Sentence

Kind = TypeVar("Kind")
NO_LINE: Final = 0


class Problem(Struct, frozen=True):
    """What is wrong, where, and what to mend. A note hinders nothing."""

    file: str
    line: int  # 0: the file as a whole
    column: str  # as the file heads it; empty: the whole line
    sentence: Sentence
    weight: Literal["wrong", "note"] = "wrong"

    def __str__(self) -> str:
        where = [self.file, f"line {self.line}" if self.line else "", self.column]
        return f"{' '.join(part for part in where if part)}: {self.sentence.en}"


class Sheet:
    """An open file: which fields its columns give, what is to be said about its headings, then its rows."""

    def __init__(self, path: Path, table: str) -> None:
        """Raises Refused for a file that cannot be read as this table."""
        self.path = path
        self.table = table
        self.notes: list[Problem] = []
        self._kind = TABLE[table]
        opening = opened(path, file_names(table))
        if opening.left:
            read, left = opening.sheet, opening.left
            zh = f"工作簿有多张工作表:读取了“{read}”,未读取“{'、'.join(left)}”;如不对,请把要读取的改名为“{table}”"
            en = f"read the sheet {read}, not {', '.join(left)}; if that is wrong, call the one to be read {table}"
            self._note(NO_LINE, "", zh, en)
        self._lines = opening.lines
        number, heads = next(self._lines, (NO_LINE, []))
        self._columns = self._read_headings(number, heads)
        self.given = frozenset(self._kind.field(name) for name, _, _ in self._columns)

    def _read_headings(self, line: int, heads: list[str]) -> list[tuple[str, int, str]]:
        found: dict[str, tuple[str, int, str]] = {}
        for place, heading in enumerate(heads):
            name = column_of(self.table, heading)
            if is_personal(self.table, heading) and name is None:
                self._note(line, heading, "不得含有个人信息,此列未读取,请删除", "personal data: not read, take it out")
            elif name is None and heading:
                self._note(line, heading, "未识别的列,未读取", "no column of the registry: not read")
            elif name in found:
                raise Refused(
                    f"第 {line} 行:“{found[name][2]}”和“{heading}”是同一列,请只保留一列",
                    f"line {line}: {found[name][2]} and {heading} are the same column: keep one",
                )
            elif name is not None:
                found[name] = (name, place, heading)
        missing = [name for name, column in self._kind.columns.items() if column.is_key and name not in found]
        if missing:
            zh, en = "、".join(missing), ", ".join(missing)
            raise Refused(f"第 {line} 行缺少列:{zh},请补上", f"line {line}: the headings lack {en}: add them")
        return list(found.values())

    def _note(self, line: int, heading: str, zh: str, en: str) -> None:
        self.notes.append(Problem(self.path.name, line, heading, Sentence(zh, en), "note"))

    def __iter__(self) -> Iterator[tuple[int, Row] | Problem]:
        """(line, row), or what is wrong with a line: its first fault."""
        for line, cells in self._lines:
            try:
                yield line, self._row(cells)
            except _CellError as error:
                yield Problem(self.path.name, line, error.heading, error.sentence)

    def _row(self, cells: list[str]) -> Row:
        values: dict[str, Any] = {}
        for name, place, heading in self._columns:
            text = cells[place] if place < len(cells) else ""
            column = self._kind.columns[name]
            if not text:
                if column.is_key:
                    raise _CellError(heading, Sentence("不得为空", "must not be empty"))
                continue
            try:
                values[column.field or name] = column.convert(text)
            except Refused as error:
                raise _CellError(heading, error.sentence) from error
        row: Row = self._kind.kind(**values)
        return row


class _CellError(Exception):
    def __init__(self, heading: str, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.heading = heading
        self.sentence = sentence


def find(folder: Path, table: str) -> Path | None:
    """The file of a table in a folder, by any of its names; raises Refused where there are two."""
    wanted = {f"{name}{suffix}" for name in file_names(table) for suffix in SUFFIXES}
    found = sorted(path for path in folder.iterdir() if path.name.lower() in wanted)
    if len(found) > 1:
        names = [path.name for path in found]
        raise Refused(f"{'、'.join(names)} 是同一张表,请只保留一个", f"{' and '.join(names)} are one table: keep one")
    return found[0] if found else None


def strangers(folder: Path) -> list[str]:
    """Files of a folder that look like tables and are none of the registry's."""
    known = {name for table in TABLES for name in file_names(table)}
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix.lower() in (*SUFFIXES, ".xls", ".et") and path.stem.lower() not in known
    )


def read_facilities(path: Path) -> tuple[list[Facility], list[Problem]]:
    """Homes, and the rows that were not taken."""
    return _whole(path, "facilities", Facility)


def read_residents(path: Path) -> tuple[list[Resident], list[Problem]]:
    """Residents, and the rows that were not taken. A resident may have several rows, by valid_from."""
    return _whole(path, "residents", Resident)


def read_recipients(path: Path) -> tuple[list[Recipient], list[Problem]]:
    """Recipients, and the rows that were not taken."""
    return _whole(path, "recipients", Recipient)


def _whole(path: Path, table: str, kind: type[Kind]) -> tuple[list[Kind], list[Problem]]:
    items: Iterable[tuple[int, Row] | Problem]
    try:
        sheet = Sheet(path, table)
        items = [*sheet.notes, *sheet]
    except Refused as error:
        items = [Problem(path.name, NO_LINE, "", error.sentence)]
    problems = [one for one in items if isinstance(one, Problem)]
    return [one[1] for one in items if not isinstance(one, Problem) and isinstance(one[1], kind)], problems
