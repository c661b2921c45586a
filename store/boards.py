"""Who reads the boards' figures: a role of the database for each viewing province and one for the nation.

Any viewer of a board may send any SQL to its data source, so a role can read the
sums of its own region and nothing else (row level policies of migration 0221).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.errors import StoreError
from store.figures import NATION
from store.sql import statements

_SQL: Final = statements("boards")

NATIONS_ROLE: Final = "sizao_boards"


def role_of(region: str) -> str:
    """What the role of a region is called.

    >>> role_of("510000"), role_of("000000")
    ('sizao_boards_51', 'sizao_boards')
    """
    return NATIONS_ROLE if region == NATION else f"{NATIONS_ROLE}_{prefix_of(region)}"


def prefix_of(region: str) -> str:
    """With what the codes of everything in a region begin.

    >>> prefix_of("510000"), prefix_of("510100"), prefix_of("000000")
    ('51', '5101', '')
    """
    digits = region
    while digits.endswith("00"):
        digits = digits[:-2]
    return digits


async def make_role(connection: Connection, role: str, region: str, password: str) -> None:
    """The role signs in with this password and reads the figures of the region, in the caller's transaction.

    Raises StoreError when the connection's own role may not make it.
    """
    row = await (await connection.execute(_SQL["may_make_roles"])).fetchone()
    if row is None or not row[0]:
        raise StoreError("only a superuser of the database can make the boards' roles: sign in as one for this command")
    for name in ("door_statements", "role_statements"):
        wanted = await (await connection.execute(_SQL[name], _values(name, role, password))).fetchall()
        for (statement,) in wanted:
            await connection.execute(statement.encode())
    await connection.execute(_SQL["set_viewer"], {"role": role, "region": region, "prefix": prefix_of(region)})


def _values(name: str, role: str, password: str) -> dict[str, str] | None:
    return {"role": role, "password": password} if name == "role_statements" else None


class Revision(Struct, frozen=True):
    """A dispatch of a province or the nation that was frozen."""

    region: str
    day: int
    revision: int
    frozen_at: Millis
    by: str | None  # None: nobody, at the cut-off


async def revisions(connection: Connection, since: Millis) -> list[Revision]:
    """Those frozen since, in the order in which they were."""
    rows = await (await connection.execute(_SQL["revisions"], {"since": Moment(since)})).fetchall()
    return [Revision(*row) for row in rows]


async def viewers(connection: Connection) -> dict[str, str]:
    """The role of each region that views."""
    rows = await (await connection.execute(_SQL["viewers"])).fetchall()
    return dict(rows)
