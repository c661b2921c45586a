"""What was withheld of a day's figures in anything that left? Said later, it would solve what was sent before."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("withheld")


async def of_day(connection: Connection, day: int) -> set[tuple[str, str]]:
    """(region, figure) of a period; nobody else decides about it until the transaction ends."""
    await connection.execute(_SQL["take_time"])
    await connection.execute(_SQL["claim_day"], {"day": day})
    rows = await (await connection.execute(_SQL["withheld"], {"day": day})).fetchall()
    return {(region, figure) for figure, regions in rows for region in regions}


async def add(connection: Connection, day: int, cells: Set[tuple[str, str]]) -> None:
    """These are withheld from now on, whatever becomes of them."""
    if cells:
        regions, figures = zip(*sorted(cells), strict=True)
        await connection.execute(_SQL["withhold"], {"day": day, "regions": list(regions), "figures": list(figures)})
