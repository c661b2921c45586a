"""The lines of a CSV or XLSX file as text, one at a time, whatever made the file.

CSV: UTF-8 with or without a byte-order mark, GB18030, UTF-16; commas,
semicolons or tabs. XLSX: the sheet that is called like the table, else the
first with anything in it; a number is written as people see it.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from msgspec import Struct

from ingest.sentences import Refused

Line = tuple[int, list[str]]
"""Number as an editor counts it, cells."""

SUFFIXES: Final = (".csv", ".xlsx")

_BLOCK: Final = 1 << 20
_FIRST: Final = 20  # lines in which a sheet that is used has something
_EXACT: Final = 10**15  # Excel keeps fifteen digits of a number
_SPACE: Final = " \t\r\n\u3000\xa0\ufeff"


class Opened(Struct, frozen=True):
    """Every line that is not empty, and of a workbook with several sheets which one they come from."""

    lines: Iterator[Line]
    sheet: str = ""
    left: tuple[str, ...] = ()  # sheets with something in them that are not read


def opened(path: Path, names: Collection[str] = ()) -> Opened:
    """The file, in a workbook the sheet with one of these names; raises Refused where it cannot be read."""
    return _xlsx(path, names) if path.suffix.lower() == ".xlsx" else Opened(_whole(_csv(path)))


def _whole(lines: Iterator[Line]) -> Iterator[Line]:
    return ((number, cells) for number, cells in lines if any(cells))


def _csv(path: Path) -> Iterator[Line]:
    with path.open(encoding=_encoding(path), newline="") as file:
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max(",\t;", key=first.count))
        try:
            for cells in reader:
                yield reader.line_num, [_from_csv(cell) for cell in cells]
        except csv.Error as error:
            raise Refused(
                f"第 {reader.line_num} 行不是有效的 CSV,请检查引号",
                f"line {reader.line_num} is no CSV ({error}): look at the quotation marks",
            ) from error


def _encoding(path: Path) -> str:
    """The first of UTF-8, GB18030 in which the whole file makes sense; UTF-16 tells itself."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        raise Refused("这是 Excel 文件,请以 .xlsx 为扩展名保存", "this is an Excel file: save it as .xlsx")
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Refused("文件编码无法识别,请存为 UTF-8", "neither UTF-8 nor GB18030: save the file as UTF-8")


def _from_csv(cell: str) -> str:
    text = cell.strip(_SPACE)
    if text.startswith('="') and text.endswith('"'):  # how Excel is told to keep leading zeros
        text = text[2:-1]
    return text.removeprefix("'").strip(_SPACE)


def _xlsx(path: Path, names: Collection[str]) -> Opened:
    from openpyxl import load_workbook  # a second of imports, only for those who bring such a file

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise Refused("文件不是有效的 .xlsx,请重新保存", "this is no valid .xlsx: save it again") from error
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs write a wrong one
    filled = [sheet for sheet in book.worksheets if _is_filled(sheet)]
    called = [sheet for sheet in filled if sheet.title.strip(_SPACE).lower() in names]
    if len(called) > 1:
        book.close()
        titles = [sheet.title for sheet in called]
        raise Refused(
            f"工作表“{'、'.join(titles)}”是同一张表,请只保留一张",
            f"the sheets {' and '.join(titles)} are one table: keep one",
        )
    chosen = (called or filled or book.worksheets)[0]
    left = tuple(sheet.title for sheet in filled if sheet is not chosen)
    return Opened(_whole(_rows(book, chosen)), chosen.title, left)


def _is_filled(sheet: Any) -> bool:
    """Among its first lines there is something: old programs add two empty sheets to each book."""
    return any(any(cell is not None for cell in row) for row in islice(sheet.iter_rows(values_only=True), _FIRST))


def _rows(book: Any, sheet: Any) -> Iterator[Line]:
    try:
        for number, row in enumerate(sheet.iter_rows(), 1):
            yield number, [_from_excel(cell) for cell in row]
    finally:
        book.close()


def _from_excel(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time.min:
        value = value.date()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip(_SPACE)


def _number(value: float, number_format: str) -> str:
    """110101.0 is 110101; with the format 00000 a 42 is 00042; where digits were lost it shows."""
    if abs(value) >= _EXACT:
        return f"{value:.14e}"
    if value != int(value):
        return repr(round(value, 10))
    text = str(int(value))
    return text.zfill(len(number_format)) if set(number_format) == {"0"} else text


def expected_rows(path: Path) -> int | None:
    """About how many rows a CSV file has, to say how far one is; None: it cannot be told cheaply."""
    if path.suffix.lower() != ".csv":
        return None
    with path.open("rb") as file:
        return max(0, sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b"")) - 1)
