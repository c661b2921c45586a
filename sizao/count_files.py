"""Counts of cases from a CSV file: series,date,cases[,population][,tests][,outbreak]."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from detectors.clusters.counts import Count

REQUIRED: Final = ("series", "date", "cases")
OPTIONAL: Final = ("population", "tests", "outbreak")
MOST: Final = 10**9
"""More than anybody counts; a longer number is a slip."""


class CountRow(Struct, frozen=True):
    """One line of the file."""

    line: int
    series: str
    date: str  # as written
    count: Count
    outbreak: bool | None  # None: not said


class CountFile(Struct, frozen=True):
    """A file that was read: its rows in their order, its columns, and what is wrong with it."""

    rows: list[CountRow]
    columns: frozenset[str]
    problems: list[str]

    def by_series(self) -> dict[str, list[CountRow]]:
        """The rows of each series by date; an unknown population is the last known one of the series."""
        found: dict[str, list[CountRow]] = {}
        for row in sorted(self.rows, key=lambda row: row.count.day):
            found.setdefault(row.series, []).append(row)
        return {name: list(_with_population(rows)) for name, rows in sorted(found.items())}


def read_counts(path: Path) -> CountFile:
    """The rows of a UTF-8 CSV file; every line that cannot be used has one sentence in `problems`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file)
    except UnicodeDecodeError:
        return CountFile([], frozenset(), ["the file is not UTF-8 text; save it as CSV UTF-8"])
    except csv.Error as error:
        return CountFile([], frozenset(), [f"the file is no CSV: {error}"])


def _read(file: Iterable[str]) -> CountFile:
    lines = csv.reader(file, strict=True)
    columns = [name.strip().lower() for name in next(lines, [])]
    problems = list(_header_problems(columns))
    if problems:
        return CountFile([], frozenset(columns), problems)
    rows: list[CountRow] = []
    seen: dict[tuple[str, int], int] = {}
    for cells in lines:
        number = lines.line_num
        if not any(cell.strip() for cell in cells):
            continue
        try:
            row = _row(number, columns, cells)
            first = seen.setdefault((row.series, row.count.day), number)
            if first != number:
                raise ValueError(f"series {row.series} has {row.date} already on line {first}; keep one")
            rows.append(row)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
    if not rows and not problems:
        problems.append("the file has a header and no row")
    return CountFile(rows, frozenset(columns), problems)


def _header_problems(columns: list[str]) -> Iterable[str]:
    if not columns:
        yield "the file is empty; its first line must name the columns series,date,cases"
        return
    for name in REQUIRED:
        if name not in columns:
            yield f"line 1: the column {name} is missing; needed: {', '.join(REQUIRED)}; may be: {', '.join(OPTIONAL)}"
    for name in (*REQUIRED, *OPTIONAL):
        if columns.count(name) > 1:
            yield f"line 1: the column {name} appears twice"


def _row(number: int, columns: list[str], cells: list[str]) -> CountRow:
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells where the header names {len(columns)}")
    given = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
    if not given["series"]:
        raise ValueError("series is blank")
    cases, tests = _whole(given, "cases"), _whole(given, "tests")
    if cases is not None and tests is not None and cases > tests:
        raise ValueError(f"{cases} cases are more than the {tests} tests")
    count = Count(_day(given["date"]), cases, _whole(given, "population"), tests)
    return CountRow(number, given["series"], given["date"], count, _flag(given.get("outbreak", "")))


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        raise ValueError(f"{text!r} is no date such as 2023-01-05") from None


def _whole(given: dict[str, str], name: str) -> int | None:
    text = given.get(name, "")
    if text.upper() in {"", "NA"}:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= MOST):
        raise ValueError(f"{name} {text!r} is no whole number from 0 up; leave it blank if it was not reported")
    return int(text)


def _flag(text: str) -> bool | None:
    known = {"": None, "na": None, "0": False, "1": True, "false": False, "true": True}
    if text.lower() not in known:
        raise ValueError(f"outbreak {text!r} is neither 0 nor 1 nor blank")
    return known[text.lower()]


def _with_population(rows: Iterable[CountRow]) -> Iterator[CountRow]:
    last: int | None = None
    for row in rows:
        last = last if row.count.population is None else row.count.population
        yield structs.replace(row, count=structs.replace(row.count, population=last))
