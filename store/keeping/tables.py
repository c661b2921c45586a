"""The table of tables: each table of the schema has its class, and backup, retention and erasure follow it."""

from __future__ import annotations

from importlib import resources
from typing import Final, Literal

import msgspec
from msgspec import Struct


class Class(Struct, frozen=True, forbid_unknown_fields=True):
    """Tables that are kept alike."""

    zh: str
    why: str
    days: int | None = None  # how long a row is kept unless it was decided otherwise; None: no period
    backup: bool = True


class Age(Struct, frozen=True, forbid_unknown_fields=True, rename={"unit": "in"}):
    """How old a row is."""

    column: str
    unit: Literal["at", "day"]


class Table(Struct, frozen=True, forbid_unknown_fields=True, rename={"kept": "class"}):
    """How one table is kept."""

    kept: str
    age: Age | None = None
    free_text: tuple[str, ...] = ()
    person: str | None = None  # the column by which a row is a resident's; None: resident_id, else alert_id


class _File(Struct, frozen=True, forbid_unknown_fields=True, rename={"classes": "class", "tables": "table"}):
    classes: dict[str, Class]
    tables: dict[str, Table]


_FILE: Final = msgspec.toml.decode((resources.files("store") / "keeping" / "tables.toml").read_bytes(), type=_File)
CLASSES: Final = _FILE.classes
TABLES: Final = _FILE.tables


def is_backed_up(table: str) -> bool:
    """A backup holds its rows.

    >>> is_backed_up("observations"), is_backed_up("sessions")
    (True, False)
    """
    return CLASSES[TABLES[table].kept].backup
