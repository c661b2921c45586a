"""Every table as it was at one moment, while everybody goes on writing.

One transaction at repeatable read, that only reads: no row that is committed
later is seen, and no worker waits. COPY of a SELECT reads hypertables and
compressed chunks like ordinary tables, and needs no program of the server's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from store import migrate
from store.errors import StoreError, reaching, translated
from store.keeping.tables import TABLES, is_backed_up
from store.sql import statements

SQL: Final = statements("keeping")
_OPTIONS: Final = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c timezone=UTC -c jit=off"
"""Hours are allowed: a nation's raw checks are some hundred gigabytes."""


class Snapshot:
    """The database at one moment."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.made_at, self.server, self.timescaledb = self._row(SQL["snapshot_facts"])
        self.migrations = tuple(migrate.applied(connection))
        there = [name for (name,) in connection.execute(SQL["tables_there"])]
        self.foreign = [name for name in there if name not in TABLES]
        self.tables = [name for name in there if name in TABLES and is_backed_up(name)]

    def columns(self, table: str) -> tuple[str, ...]:
        """In the order in which `blocks` has them."""
        return columns(self._connection, table)

    def count(self, table: str) -> int:
        """How many rows it has."""
        statement = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
        return int(self._connection.execute(statement).fetchone()[0])  # type: ignore[index]

    def blocks(self, table: str) -> Iterator[bytes]:
        """All its rows in the text form of COPY, a row a line."""
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns(table)))
        statement = sql.SQL("copy (select {} from {}) to stdout").format(names, sql.Identifier(table))
        with translated(), self._connection.cursor().copy(statement) as copy:
            for block in copy:
                yield bytes(block)

    def sequences(self) -> dict[str, tuple[int, bool]]:
        """Where each stands: now, which is at or after the snapshot, so that no number is given twice."""
        found = {}
        for (name,) in self._connection.execute(SQL["sequences_there"]).fetchall():
            statement = sql.SQL("select last_value, is_called from {}").format(sql.Identifier(name))
            last, called = self._row(statement)
            found[name] = (last, called)
        return found

    def _row(self, statement: Any) -> Sequence[Any]:
        row = self._connection.execute(statement).fetchone()
        assert row is not None
        return row  # type: ignore[no-any-return]


def columns(connection: psycopg.Connection[Any], table: str) -> tuple[str, ...]:
    """What a row of the table holds, in order."""
    return tuple(name for (name,) in connection.execute(SQL["columns_of"], [table]))


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """The database at this moment; no migration begins meanwhile. Raises StoreError where it is not one of ours."""
    with translated(), opened(url, "backup") as connection:
        connection.execute("set lock_timeout = '120s'")
        connection.execute(SQL["hold_schema"], [migrate.LOCK])
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            found = Snapshot(connection)
            unknown = migrate.unknown(found.migrations)
            if not found.migrations:
                raise StoreError("nothing of ours is in this database: is the URL right?")
            if unknown:
                raise StoreError(f"the database is newer than this program ({unknown[0]}): use the newer one")
            yield found


def opened(url: str, name: str) -> psycopg.Connection[Any]:
    """A connection for long work."""
    with reaching():
        return psycopg.connect(url, autocommit=True, connect_timeout=5, application_name=name, options=_OPTIONS)


def rows_in(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Each block with how many rows end in it: COPY writes a line feed within a value as a backslash and an n."""
    for block in blocks:
        yield block, block.count(b"\n")
