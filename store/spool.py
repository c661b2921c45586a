"""The spool: a row is an accepted message that is not stored yet (embedded broker, whose log is in memory)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("spool")


class Spooled(Struct, frozen=True):
    """A message and its number."""

    seq: int
    topic: str
    key: str
    value: bytes
    created_at: Millis


async def add(connection: Connection, messages: Sequence[tuple[str, str, bytes]]) -> list[int]:
    """Keeps (topic, key, value) messages; their numbers, in the same order."""
    topics, keys, values = zip(*messages, strict=True) if messages else ((), (), ())
    parameters = {"topics": list(topics), "keys": list(keys), "values": list(values)}
    cursor = await connection.execute(_SQL["add_to_spool"], parameters)
    return [seq for (seq,) in await cursor.fetchall()]


async def remove(connection: Connection, seqs: Sequence[int]) -> None:
    """These messages are stored: to be called in the transaction that stores them."""
    if seqs:
        await connection.execute(_SQL["remove_from_spool"], {"seqs": list(seqs)})


async def mark_published(connection: Connection, seqs: Sequence[int], cluster_id: str) -> None:
    """The broker with this cluster id has acknowledged these messages."""
    if seqs:
        await connection.execute(_SQL["mark_published"], {"seqs": list(seqs), "cluster": cluster_id})


async def unpublished(
    connection: Connection, cluster_id: str, older_than: Millis = 0, limit: int = 1_000
) -> list[Spooled]:
    """Messages this cluster id has never acknowledged, the oldest first."""
    parameters = {"cluster": cluster_id, "age": older_than, "limit": limit}
    cursor = await connection.execute(_SQL["unpublished"], parameters)
    return [Spooled(*row) for row in await cursor.fetchall()]


async def older_than(connection: Connection, age: Millis, limit: int = 1_000) -> list[Spooled]:
    """Messages that have waited longer than `age`, published or not."""
    cursor = await connection.execute(_SQL["older_than"], {"age": age, "limit": limit})
    return [Spooled(*row) for row in await cursor.fetchall()]


async def waiting(connection: Connection) -> tuple[int, Millis | None]:
    """How many messages wait to be stored, and since when the oldest."""
    row = await (await connection.execute(_SQL["count_spool"])).fetchone()
    assert row is not None
    return row[0], row[1]
