"""What an operator asks of the database first."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("health")


class Health(Struct, frozen=True):
    """The database about itself."""

    version: str
    now: Millis
    timescaledb: str | None
    timescaledb_license: str | None
    is_standby: bool
    fsync: bool
    synchronous_commit: bool
    has_copy: bool  # a standby follows, or the log is archived


async def read(connection: Connection) -> Health:
    """How the database is."""
    row = await (await connection.execute(_SQL["health"])).fetchone()
    standbys = await (await connection.execute(_SQL["standbys"])).fetchone()
    archiving = await (await connection.execute(_SQL["archiving"])).fetchone()
    assert row is not None
    assert standbys is not None
    assert archiving is not None
    version, now, timescaledb, licence, is_standby, fsync, commit = row
    has_copy = standbys[0] > 0 or archiving[0]
    return Health(version, now, timescaledb, licence, is_standby, fsync == "on", commit != "off", has_copy)
