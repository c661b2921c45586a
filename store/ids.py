"""Numbers for rows that name each other before they are written."""

from __future__ import annotations

from typing import Final, Literal

from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("ids")


async def reserve(connection: Connection, table: Literal["episodes", "alerts", "transitions"], count: int) -> list[int]:
    """`count` numbers of a table, ascending; unused ones are lost, which harms nobody."""
    cursor = await connection.execute(_SQL["reserve"], {"table": table, "count": count})
    return [number for (number,) in await cursor.fetchall()]
