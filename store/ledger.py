"""The ledger: how far each partition has been stored, moved in the transaction that stored it.

The group's committed offset is only a hint. The cluster id is part of the key
because a broker that lost its disk starts again at 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("ledger")

TopicPartition = tuple[str, int]


class Entry(Struct, frozen=True):
    """One partition's row."""

    next_offset: int
    seen_until: Millis | None  # everything sent before has been seen; None: never looked
    told_until: int = 0  # the database was set back: what lies below, and was sent before `told_before`, was told of
    told_before: Millis | None = None

    def was_told(self, offset: int, appended_at: Millis) -> bool:
        """People were told of this message before the database was set back."""
        # An offset alone says nothing of a topic that was made anew since.
        return self.told_before is not None and offset < self.told_until and appended_at < self.told_before

    @property
    def has_caught_up(self) -> bool:
        """Nothing is left to be read again."""
        if self.told_before is None or self.next_offset >= self.told_until:
            return True
        return self.seen_until is not None and self.seen_until >= self.told_before


class Ledger(Struct, frozen=True):
    """The ledger of one consumer group on one cluster."""

    cluster_id: str
    group: str

    async def lock(self, connection: Connection, partitions: Iterable[int]) -> dict[TopicPartition, Entry]:
        """The rows of all topics of these partitions, locked until the transaction ends."""
        return await self._entries(connection, "lock_ledger", partitions=sorted(set(partitions)))

    async def read(self, connection: Connection) -> dict[TopicPartition, Entry]:
        """All rows, without a lock."""
        return await self._entries(connection, "read_ledger")

    async def claim(self, connection: Connection, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, Entry]:
        """Locks the rows of the partitions named, made with these offsets where there was none; all their topics."""
        await self._write(connection, "claim_ledger", offsets, offsets=list(offsets.values()))
        return await self.lock(connection, [partition for _, partition in offsets])

    async def move(self, connection: Connection, offsets: Mapping[TopicPartition, int]) -> None:
        """The next offsets are these, backwards too; the caller holds the locks and made the comparison."""
        await self._write(connection, "move_ledger", offsets, offsets=list(offsets.values()))

    async def see(self, connection: Connection, seen: Mapping[TopicPartition, Millis]) -> None:
        """Everything sent before these times has been seen; the caller holds the locks."""
        await self._write(connection, "see_until", seen, times=[Moment(at) for at in seen.values()])

    async def note_told(self, connection: Connection, told: Mapping[TopicPartition, int], before: Millis) -> None:
        """Up to these offsets people were told of what was sent before; the caller holds the locks."""
        await self._write(connection, "note_told", told, offsets=list(told.values()), before=Moment(before))

    async def forget_told(self, connection: Connection, places: Iterable[TopicPartition]) -> None:
        """What comes is new; the caller holds the locks."""
        await self._write(connection, "forget_told", list(places))

    async def _entries(self, connection: Connection, name: str, **values: Any) -> dict[TopicPartition, Entry]:
        cursor = await connection.execute(_SQL[name], {"cluster": self.cluster_id, "group": self.group, **values})
        return {(topic, partition): Entry(*facts) for topic, partition, *facts in await cursor.fetchall()}

    async def _write(self, connection: Connection, name: str, keys: Collection[TopicPartition], **values: Any) -> None:
        topics, partitions = zip(*keys, strict=True) if keys else ((), ())
        if topics:
            named = {"topics": list(topics), "partitions": list(partitions)}
            await connection.execute(_SQL[name], {"cluster": self.cluster_id, "group": self.group, **named, **values})
