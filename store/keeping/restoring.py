"""A backup's rows are in an empty database, as they were, and the schema is today's.

1. the backup is whole, and of a version this program knows
2. the database is one that nobody uses
3. the schema is made as it was when the backup was taken
4. all rows come in one transaction: a restore that is stopped leaves the database empty, and workers wait
5. what was shipped since is applied, as an upgrade would have done
"""

from __future__ import annotations

from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any, Final

import psycopg
from psycopg import sql

from store import migrate
from store.errors import StoreError, translated
from store.keeping.folder import Backup, BadBackup, Manifest, Part, compare_rows
from store.keeping.snapshot import SQL, columns, opened, rows_in
from store.keeping.tables import TABLES

_USED: Final = {"facilities", "accounts", "ledger", "observations", "views"}
"""Of these one holds a row as soon as somebody works with a database."""


def prepare(url: str, manifest: Manifest) -> None:
    """The database is empty and has the schema of the backup. Raises StoreError where it cannot be."""
    unknown = migrate.unknown(manifest.migrations)
    if unknown:
        raise BadBackup(
            f"the backup is of a newer version ({manifest.program}, {unknown[0]}): restore it with that one, or upgrade"
        )
    with translated(), opened(url, "restore") as connection:
        there = {name for (name,) in connection.execute(SQL["tables_there"])}
        ahead = set(migrate.applied(connection)) - set(manifest.migrations)
        is_used = there >= _USED and _is_used(connection)
        foreign = there - set(TABLES)
    if foreign or is_used:
        what = f"it has a table {min(foreign)}" if foreign else "facilities, accounts or positions are in it"
        raise StoreError(f"the database is not empty ({what}): a backup goes into a new one, as `createdb` makes it")
    if ahead:
        raise StoreError(
            f"the database was already brought to a newer schema than the backup's ({min(ahead)}): "
            "restore into a new one, which is upgraded afterwards"
        )
    migrate.migrate(url, set(manifest.migrations))


def load(url: str, backup: Backup, passed: Callable[[int], object]) -> None:
    """All rows are there, and sequences go on; told how many came. Raises BadBackup where they are not as listed."""
    parts = {part.table: part for part in backup.manifest.parts}
    with translated(), opened(url, "restore") as connection, connection.transaction():
        there = [name for (name,) in connection.execute(SQL["tables_there"])]
        # Triggers mark what must be counted again, or forbid a change: what they would do is itself in the backup.
        quiet = [table for (table,) in connection.execute(SQL["tables_with_triggers"])]
        for table in quiet:
            _run(connection, "alter table {} disable trigger user", [table])
        _run(connection, "truncate {} cascade", there)  # what migrations put in; and whoever comes now waits for us
        if _is_used(connection):
            raise StoreError("somebody began to use the database: restore into one that nobody uses")
        for table in _in_order(connection, there):
            if table in parts:
                _load(connection, backup, parts[table], passed)
        for table in quiet:
            _run(connection, "alter table {} enable trigger user", [table])
        for name, (last, called) in backup.manifest.sequences.items():
            connection.execute(SQL["set_sequence"], [sql.Identifier(name).as_string(), last, called])
    with translated(), opened(url, "restore") as connection:
        connection.execute("analyze")


def _load(connection: psycopg.Connection[Any], backup: Backup, part: Part, passed: Callable[[int], object]) -> None:
    missing = set(part.columns) - set(columns(connection, part.table))
    if missing:
        raise BadBackup(
            f"{part.table} has no column {min(missing)}: the manifest and the schema do not belong together"
        )
    names = sql.SQL(", ").join(map(sql.Identifier, part.columns))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(part.table), names)
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block, rows in rows_in(backup.blocks(part)):
                copy.write(block)
                passed(rows)
        compare_rows(part, cursor.rowcount)


def _in_order(connection: psycopg.Connection[Any], tables: list[str]) -> list[str]:
    """Each table after those that its rows refer to."""
    sorter = TopologicalSorter[str](dict.fromkeys(tables, ()))
    for table, other in connection.execute(SQL["references_of_tables"]):
        sorter.add(table, other)
    return list(sorter.static_order())


def _is_used(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(SQL["is_used"]).fetchone()
    return row is not None and bool(row[0])


def _run(connection: psycopg.Connection[Any], statement: str, tables: list[str]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    connection.execute(sql.SQL(statement).format(names))
