"""Figures on record beside the same figures counted again: what the audit compares. Nothing is changed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store import parts
from store.connection import Connection
from store.dictionary import STORED
from store.sql import statements

_COLUMNS: Final = ", ".join(one.name for one in STORED).encode()
_SQL: Final = {name: text.replace(b"{columns}", _COLUMNS) for name, text in statements("recount").items()}


class Difference(Struct, frozen=True):
    """A figure on record that is another when it is counted again."""

    day: int
    part: int
    figure: str
    stored: int | None
    counted: int | None


async def recount(connection: Connection, facility_id: int, now: Millis) -> tuple[int, list[Difference]]:
    """How many settled parts of a facility were counted again, the newest, and what differs; nothing is changed.

    In the caller's transaction, and once in it.
    """
    values = {"facility": facility_id, "limit": 2 * parts.DAYS_AT_ONCE}
    row = await (await connection.execute(_SQL["settled_days"], values)).fetchone()
    if row is None or row[0] is None:
        return 0, []
    first, last = row
    bounds = {"facility": facility_id, "first": first, "last": last}
    stored = {
        (day, part): dict(zip((one.name for one in STORED), figures, strict=True))
        for day, part, *figures in await (await connection.execute(_SQL["stored_parts"], bounds)).fetchall()
    }
    made = await parts.count(connection, [parts.Stretch(facility_id, first, last, now)], now)
    counted = {(one.day, one.part): one.figures for one in made}
    return len(stored), [
        Difference(key[0], key[1], one.name, stored.get(key, {}).get(one.name), counted.get(key, {}).get(one.name))
        for key in sorted(stored.keys() | counted.keys())
        for one in STORED
        if stored.get(key, {}).get(one.name) != counted.get(key, {}).get(one.name)
    ]
