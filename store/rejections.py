"""What was not stored is kept raw: rejections, which a sender or an upgrade can mend, and defects, which we must."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("rejections")

NotTaken = Literal["rejected", "not_yet_understood"]


class Rejection(Struct, frozen=True):
    """An event that was not taken, where it stood, and the sentence that says how to mend it."""

    fate: NotTaken
    cluster_id: str
    topic: str
    partition: int
    kafka_offset: int
    item: int  # its place in the message
    facility: str | None
    reason_zh: str
    reason_en: str
    raw: bytes


class Defect(Struct, frozen=True):
    """A fault of ours: a rule that raised, a message that nothing could store."""

    at: Millis
    error: str
    facility: str | None = None
    resident: str | None = None
    rule: str | None = None
    raw: bytes | None = None


class KeptRejection(Struct, frozen=True):
    """A rejection on record."""

    id: int
    recorded_at: Millis
    requeued_at: Millis | None
    rejection: Rejection


class KeptDefect(Struct, frozen=True):
    """A defect on record."""

    id: int
    recorded_at: Millis
    requeued_at: Millis | None
    defect: Defect


async def add(connection: Connection, rejections: Iterable[Rejection]) -> None:
    """The rejections are kept, each once."""
    values = [structs.asdict(one) for one in rejections]
    if values:
        await connection.cursor().executemany(_SQL["add_rejection"], values)


async def of_facility(connection: Connection, facility: str, since: Millis, limit: int = 1_000) -> list[KeptRejection]:
    """The newest of what was not taken of a facility's since a time, in order."""
    values = {"facility": facility, "since": Moment(since), "limit": limit}
    return list(reversed(await _kept(connection, "rejections_of", values)))


async def to_requeue(
    connection: Connection, fate: NotTaken = "not_yet_understood", after: int = 0, limit: int = 1_000
) -> list[KeptRejection]:
    """What was never fed again, in order."""
    return await _kept(connection, "rejections_to_requeue", {"fate": fate, "after": after, "limit": limit})


async def requeued(connection: Connection, ids: Iterable[int]) -> None:
    """These rejections were fed again."""
    await connection.execute(_SQL["rejections_requeued"], {"ids": list(ids)})


async def add_defects(connection: Connection, defects: Iterable[Defect]) -> None:
    """The defects are kept."""
    values = [structs.asdict(one) | {"at": Moment(one.at)} for one in defects]
    if values:
        await connection.cursor().executemany(_SQL["add_defect"], values)


async def defects_to_requeue(connection: Connection, after: int = 0, limit: int = 1_000) -> list[KeptDefect]:
    """Messages kept because of a fault of ours that were never fed again, in order."""
    cursor = await connection.execute(_SQL["defects_to_requeue"], {"after": after, "limit": limit})
    return [
        KeptDefect(number, recorded_at, requeued_at, Defect(at, error, facility, resident, rule, raw))
        for number, recorded_at, requeued_at, at, facility, resident, rule, error, raw in await cursor.fetchall()
    ]


async def defects_requeued(connection: Connection, ids: Iterable[int]) -> None:
    """These defects were fed again."""
    await connection.execute(_SQL["defects_requeued"], {"ids": list(ids)})


async def count_defects(connection: Connection, since: Millis) -> int:
    """How many faults were recorded at or after `since`."""
    row = await (await connection.execute(_SQL["count_defects"], {"since": Moment(since)})).fetchone()
    assert row is not None
    return int(row[0])


async def _kept(connection: Connection, name: str, parameters: dict[str, object]) -> list[KeptRejection]:
    cursor = await connection.execute(_SQL[name], parameters)
    return [
        KeptRejection(number, recorded_at, requeued_at, Rejection(*columns))
        for number, recorded_at, requeued_at, *columns in await cursor.fetchall()
    ]
