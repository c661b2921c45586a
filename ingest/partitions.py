"""Where a facility's checks travel: the same partition of every topic, so that one worker sees them all."""

from __future__ import annotations

from functools import lru_cache

from kafka.partitioner.default import murmur2


@lru_cache(maxsize=65_536)
def partition_of(facility: str, partitions: int) -> int:
    """The partition Kafka's default partitioner gives to this key."""
    number: int = (murmur2(facility.encode()) & 0x7FFFFFFF) % partitions
    return number
