"""Connections as this project uses them: binary, bounded in time, with whole milliseconds for times.

The edge is here: whatever runs inside `connected`, `transaction` or `reading` leaves with
`StoreError` instead of an error of the driver.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from struct import Struct as Packing
from typing import Any, Final, Self

import psycopg
from msgspec import Struct
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format
from psycopg_pool import AsyncConnectionPool

from detectors.times import Millis, to_text
from store.errors import reaching, translated

Connection = psycopg.AsyncConnection[Any]
Pool = AsyncConnectionPool[Connection]

Y2000: Final[Millis] = 946_684_800_000
"""PostgreSQL counts microseconds from here."""

_QUAD: Final = Packing("!q")

_OPTIONS: Final = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        # A worker that was stopped in the middle gives its locks back.
        "idle_in_transaction_session_timeout": "15s",
        "timezone": "UTC",
        # Plans of short statements cost more to compile than to run.
        "jit": "off",
    }.items()
)


class Moment(Struct, frozen=True, gc=False):
    """A time on its way into the database: an integer alone would become a bigint."""

    at: Millis

    @classmethod
    def of(cls, at: Millis | None) -> Self | None:
        """The moment; None stays None."""
        return None if at is None else cls(at)


class _MomentTextDumper(Dumper):
    """Inside an array, which psycopg writes as text."""

    oid = psycopg.adapters.types["timestamptz"].oid

    def dump(self, obj: Moment) -> bytes:
        return to_text(obj.at).encode()


class _MomentDumper(Dumper):
    format = Format.BINARY
    oid = psycopg.adapters.types["timestamptz"].oid

    def dump(self, obj: Moment) -> bytes:
        return _QUAD.pack((obj.at - Y2000) * 1_000)


class _MomentLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> Millis:
        micros: int = _QUAD.unpack(data)[0]
        return micros // 1_000 + Y2000


class _IdLoader(Loader):
    """UUIDs in their canonical lower-case form, as the wire has them."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        digits = bytes(data).hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class _JsonLoader(Loader):
    """JSON as bytes, for the Struct that reads it."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)[1:]  # the first byte is the format's version


def _adapt(context: AdaptContext) -> None:
    adapters = context.adapters
    adapters.register_dumper(Moment, _MomentTextDumper)
    adapters.register_dumper(Moment, _MomentDumper)  # the last one registered is preferred
    adapters.register_loader("timestamptz", _MomentLoader)
    adapters.register_loader("uuid", _IdLoader)
    adapters.register_loader("jsonb", _JsonLoader)


class _Cursor(psycopg.AsyncCursor[Any]):
    """Results travel in binary: the loaders above know no other form."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self.format = Format.BINARY


async def connect(url: str, application_name: str) -> Connection:
    """An open connection in autocommit mode; use it inside `transaction` or `reading`."""
    with reaching():
        connection = await psycopg.AsyncConnection.connect(url, **_arguments(application_name))
    await _configure(connection)
    return connection


@asynccontextmanager
async def connected(url: str, application_name: str) -> AsyncIterator[Connection]:
    """A connection of one's own for a while, closed afterwards; driver errors leave translated."""
    connection = await connect(url, application_name)
    try:
        with translated():
            yield connection
    finally:
        await connection.close()


def is_ready(url: str) -> bool:
    """The database takes connections."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


async def open_pool(url: str, application_name: str, size: int = 4) -> Pool:
    """Connections for readers, opened when needed; close it with `await pool.close()`."""
    pool: Pool = AsyncConnectionPool(
        url,
        kwargs=_arguments(application_name),
        min_size=1,
        max_size=size,
        timeout=5,
        open=False,
        configure=_configure,
        check=AsyncConnectionPool.check_connection,
    )
    await pool.open()
    return pool


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncIterator[Connection]:
    """One transaction, committed at the end; driver errors leave translated."""
    with translated():
        async with connection.transaction():
            yield connection


@asynccontextmanager
async def reading(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool for a while; driver errors leave translated."""
    with translated():
        async with pool.connection() as connection:
            yield connection


def _arguments(application_name: str) -> dict[str, Any]:
    return {
        "autocommit": True,
        "connect_timeout": 5,
        "application_name": application_name,
        "options": _OPTIONS,
        # A peer that vanished without a word is noticed in half a minute.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 4,
    }


async def _configure(connection: Connection) -> None:
    _adapt(connection)
    connection.cursor_factory = _Cursor
