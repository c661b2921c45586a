"""Who looked at whom: a record in which every row is tied to the one before by its hash.

A row that was taken out or changed breaks the chain. Whoever may write everything could tie the whole chain anew, or
cut its end together with `view_head`: a head that is kept apart (on paper, in the log of the console on another
machine) shows that, since the chain must still pass through it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment, transaction
from store.sql import statements

_SQL: Final = statements("views")
_AT_ONCE: Final = 5_000


class View(Struct, frozen=True):
    """Somebody looked at a page that shows these residents."""

    at: Millis
    account_id: int
    login: str
    role: str
    page: str
    subjects: tuple[str, ...]  # F-001/R-07, or F-001: everybody there


class Head(Struct, frozen=True):
    """Where a chain ends."""

    id: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.id}:{self.hash.hex()}"


class ViewRow(Struct, frozen=True):
    """A row on record."""

    id: int
    view: View
    hash: bytes


def tied(before: Head, view: View) -> Head:
    """The chain with one more view at its end.

    >>> start = Head(0, b"")
    >>> one = tied(start, View(0, 1, "zhao", "desk", "/", ("F-001/R-07",)))
    >>> one.id, len(one.hash), tied(start, View(1, 1, "zhao", "desk", "/", ("F-001/R-07",))) == one
    (1, 32, False)
    """
    number = before.id + 1
    return Head(number, sha256(before.hash + msgspec.json.encode((number, view))).digest())


async def add(connection: Connection, view: View) -> Head:
    """The view is on record; two who look at once are one after the other here."""
    async with transaction(connection):
        row = await (await connection.execute(_SQL["lock_head"])).fetchone()
        assert row is not None
        head = tied(Head(*row), view)
        values = {
            "id": head.id,
            "at": Moment(view.at),
            "account": view.account_id,
            "login": view.login,
            "role": view.role,
            "page": view.page,
            "subjects": list(view.subjects),
            "hash": head.hash,
        }
        await connection.execute(_SQL["add_view"], values)
        await connection.execute(_SQL["move_head"], {"id": head.id, "hash": head.hash})
    return head


async def head(connection: Connection) -> Head:
    """Where the chain ends."""
    row = await (await connection.execute(_SQL["head"])).fetchone()
    assert row is not None
    return Head(*row)


async def all_rows(connection: Connection) -> AsyncIterator[ViewRow]:
    """The whole record from its beginning."""
    after = 0
    while True:
        values = {"after": after, "limit": _AT_ONCE}
        rows = await (await connection.execute(_SQL["views_after"], values)).fetchall()
        for row in rows:
            yield _row(row)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1][0]


async def newest(
    connection: Connection, login: str | None = None, subjects: Sequence[str] = (), limit: int = 200
) -> list[ViewRow]:
    """The newest views by an account, of one of these subjects, or both; the newest first."""
    values = {"login": login, "subjects": list(subjects), "limit": limit}
    return [_row(row) for row in await (await connection.execute(_SQL["views_of"], values)).fetchall()]


def _row(row: Sequence[object]) -> ViewRow:
    number, at, account, login, role, page, subjects, kept = row
    view = View(at, account, login, role, page, tuple(subjects))  # type: ignore[arg-type]
    return ViewRow(number, view, kept)  # type: ignore[arg-type]
