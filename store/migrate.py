"""The schema is brought up to date by the files of `store/migrations`, forward only.

yoyo keeps the list of what was applied. Its own lock is a row, which a killed
process leaves behind for ever; so a session's advisory lock, which ends with
its connection, stands around it, and whoever holds that breaks the other.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib import resources
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
import yoyo

from store.errors import Contended, StoreError, reaching, translated

LOCK: Final = 0x53495A414F  # "SIZAO"; advisory locks are per database
_WAIT: Final = "120s"
_TURNS: Final = 6


def migrate(url: str, only: Collection[str] | None = None) -> list[str]:
    """Applies what is missing, one transaction per file; the names applied. Any number of processes may call it.

    `only`: those among these alone, as a database stood when not all of them were there.
    """
    names: list[str] = []
    for turn in count(1):
        try:
            with _migrations(url) as (backend, missing):
                wanted = missing if only is None else missing.filter(lambda migration: migration.id in only)
                names = names or [migration.id for migration in wanted]
                backend.apply_migrations(wanted)
        except Contended:
            # A migration locks several tables, and so does a worker, in another order: one of them was chosen to fail.
            if turn == _TURNS:
                raise
            time.sleep(turn)
        else:
            break
    return names


def pending(url: str) -> list[str]:
    """The names of what `migrate` would apply. Only reads: whoever asks may be at the wrong database."""
    with translated(), _opened(url) as reader:
        there = applied(reader)
    with _known() as known:
        return [migration.id for migration in known if migration.id not in there]


def applied(reader: psycopg.Connection[Any]) -> list[str]:
    """The names of what this database has, in order."""
    found = reader.execute("select to_regclass('_yoyo_migration') is not null").fetchone()
    if found is None or not found[0]:
        return []
    return [name for (name,) in reader.execute("select migration_id from _yoyo_migration order by migration_id")]


def unknown(names: Collection[str]) -> list[str]:
    """Those among the names that this version does not have: they are of a newer one."""
    with _known() as known:
        ours = {migration.id for migration in known}
    return sorted(set(names) - ours)


@contextmanager
def _migrations(url: str) -> Iterator[tuple[yoyo.backends.DatabaseBackend, yoyo.migrations.MigrationList]]:
    with translated(), _opened(url) as guard:
        guard.execute(f"set lock_timeout = '{_WAIT}'")
        guard.execute("select pg_advisory_lock(%s)", [LOCK])
        with yoyo.get_backend(_for_yoyo(url)) as backend:
            backend.break_lock()  # its process is gone, or we would not hold the advisory lock
            with _known() as known:
                yield backend, backend.to_apply(known)


def _opened(url: str) -> psycopg.Connection[Any]:
    with reaching():
        return psycopg.connect(url, autocommit=True, connect_timeout=5, application_name="migrate")


@contextmanager
def _known() -> Iterator[yoyo.migrations.MigrationList]:
    with resources.as_file(resources.files("store") / "migrations") as folder:
        known = yoyo.read_migrations(str(folder))
        if not known:
            raise StoreError(f"no migrations in {folder}: the installation is incomplete")
        yield known


def _for_yoyo(url: str) -> str:
    """The same database for yoyo: psycopg 3 by its scheme."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise StoreError(f"the database URL begins with postgresql://, not {parts.scheme}://")
    return urlunsplit(parts._replace(scheme="postgresql+psycopg"))
