"""What an import has met so far: what stands twice in a file, and what is registered and not in it.

It is kept by the database, on the connection of the import: files may name millions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from detectors.times import Millis
from store.connection import Connection, Moment
from store.registered import Key
from store.sql import statements

_SQL: Final = statements("imports")

_ABSENT: Final = {
    "hospitals": "absent_hospitals",
    "facilities": "absent_facilities",
    "units": "absent_units",
    "staff": "absent_staff",
    "residents": "absent_residents",
}

Met = tuple[Key, Millis | None]
"""(what a row is about, from when on as it says)"""


async def begin(connection: Connection) -> None:
    """Nothing has been met."""
    await connection.execute(_SQL["make_in_file"])
    await connection.execute(_SQL["empty_in_file"])


async def meet(connection: Connection, table: str, rows: Sequence[Met]) -> list[bool]:
    """Of each row, in order, whether it is met for the first time."""
    parameters = {
        "what": table,
        "first": [key[0] for key, _ in rows],
        "second": [key[1] for key, _ in rows],
        "at": [Moment.of(at) for _, at in rows],
    }
    cursor = await connection.execute(_SQL["meet"], parameters)
    left = Counter(((first, second), at) for first, second, at in await cursor.fetchall())
    fresh = []
    for met in rows:
        fresh.append(left[met] > 0)
        left[met] -= 1
    return fresh


async def absent(connection: Connection, table: str) -> list[Key]:
    """What is registered and was not met. Nothing happens to it."""
    cursor = await connection.execute(_SQL[_ABSENT[table]])
    return [(first, second) for first, second in await cursor.fetchall()]
