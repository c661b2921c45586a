"""What speaks for and against closing a home, or opening it again, counted over two weeks."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("closure")
Operating = Literal["restricted", "closed"]


class Facts(Struct, frozen=True):
    """Of a home or a region; None is blank. Sums are of seven periods, days of fourteen."""

    code: str
    name: str
    positives: int | None
    positives_staff: int | None
    last_positive: int | None  # day since 1970-01-01; None: none in fourteen
    hospitalised: int | None
    deaths: int | None
    tests: int | None
    checks_due: int | None
    checks_done: int | None
    days_heard: int
    antiviral_short: int | None  # homes
    operating: Operating | None = None  # as reported, or as the region's mode is; None: open


async def homes(connection: Connection, prefix: str, day: int) -> list[Facts]:
    """The homes of a region that have somebody positive or are not open, those with most new positives first."""
    values = {"prefix": prefix, "day": day}
    return [Facts(*row) for row in await (await connection.execute(_SQL["homes"], values)).fetchall()]
