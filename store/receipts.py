"""Receipts: a telling is answered once, by whom it reached."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("receipts")


class Answerable(Struct, frozen=True):
    """A telling that somebody may answer."""

    delivery_id: int
    alert_id: int
    person: str
    answer: str | None  # given before


async def telling(connection: Connection, delivery_id: int) -> Answerable | None:
    """By its number."""
    return await _one(connection, "telling", id=delivery_id)


async def telling_by_key(connection: Connection, key: str) -> Answerable | None:
    """By the key that its message carried."""
    return await _one(connection, "telling_by_key", key=key)


async def telling_by_reply(connection: Connection, number: str, code: str) -> Answerable | None:
    """By the number that answers and the code that it names: two facilities may have the same code."""
    return await _one(connection, "telling_by_reply", number=number, code=code)


async def answer(connection: Connection, delivery_id: int, given: str, at: Millis) -> bool:
    """The telling is answered; False when it was before."""
    values = {"id": delivery_id, "answer": given, "at": Moment(at)}
    return (await connection.execute(_SQL["answer"], values)).rowcount == 1


async def _one(connection: Connection, name: str, **values: Any) -> Answerable | None:
    row = await (await connection.execute(_SQL[name], values)).fetchone()
    return None if row is None else Answerable(*row)
