"""Names of files, headings and words as people write them (`headings.toml`), and the one name we have for each."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final
from unicodedata import normalize

TABLES: Final = ("hospitals", "facilities", "units", "staff", "residents", "recipients")
"""In the order in which they are taken in: a facility names its hospital, a resident the responsible person."""

_BRACKETS: Final = re.compile(r"\([^)]*\)$")


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((resources.files("ingest.registry") / "headings.toml").read_text("utf-8"))


def file_names(table: str) -> tuple[str, ...]:
    """What the file of a table may be called, without its ending."""
    return (table, *_file()["files"][table])


def headings(table: str) -> dict[str, tuple[str, ...]]:
    """Column -> what it may be headed, its own name first."""
    return {name: (name, *others) for name, others in _file()[table].items()}


def words(kind: str) -> dict[str, tuple[str, ...]]:
    """Value of a closed set -> how it may be written, the value itself first."""
    return {name: (name, *others) for name, others in _file()["words"][kind].items()}


def column_of(table: str, heading: str) -> str | None:
    """The column under a heading; None: there is no such column.

    >>> column_of("facilities", "海拔（米）"), column_of("residents", " Birth_Year "), column_of("units", "?")
    ('altitude_m', 'birth_year', None)
    """
    return _found(_columns(table), heading)


def is_personal(table: str, heading: str) -> bool:
    """The column would hold what no file of this table may hold.

    >>> is_personal("residents", "身份证号"), is_personal("staff", "姓名")
    (True, False)
    """
    return _plain(heading) in {_plain(name) for name in _file()["personal"].get(table, ())}


def word(kind: str, text: str) -> str | None:
    """The value that a word stands for; None: it is none of them.

    >>> word("tier", "重点人群（红）"), word("condition", "慢阻肺"), word("tier", "蓝")
    ('red', 'chronic_lung', None)
    """
    return _found(_words(kind), text)


@cache
def _columns(table: str) -> dict[str, str]:
    return {_plain(one): name for name, all_ in headings(table).items() for one in all_}


@cache
def _words(kind: str) -> dict[str, str]:
    return {_plain(one): name for name, all_ in words(kind).items() for one in all_}


def _found(known: dict[str, str], text: str) -> str | None:
    plain = _plain(text)
    return known.get(plain) or known.get(_BRACKETS.sub("", plain))


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).split()).strip("*").casefold()
