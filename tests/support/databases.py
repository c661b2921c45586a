"""How a test gets a database of its own in a moment."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

from store.migrate import migrate
from tests.support.needs import needed


@contextmanager
def fresh_database(server: str, *, timescale: bool) -> Iterator[str]:
    """The URL of an empty database, gone afterwards."""
    with psycopg.connect(server, autocommit=True) as admin:
        name = _create_empty(server, admin, timescale=timescale)
        try:
            yield _url(server, name)
        finally:
            admin.execute(f"drop database {name} with (force)")


@contextmanager
def migrated_database(server: str, *, timescale: bool) -> Iterator[str]:
    """The URL of a database with today's schema, gone afterwards."""
    template, name = _template(server, timescale=timescale), _name()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}")
        try:
            yield _url(server, name)
        finally:
            admin.execute(f"drop database {name} with (force)")


@cache
def _template(server: str, *, timescale: bool) -> str:
    """A migrated database that is only copied: migrating costs several times what copying does.

    Nobody may connect to it, else TimescaleDB's scheduler would, and what somebody is connected to cannot be copied.
    """
    with psycopg.connect(server, autocommit=True) as admin:
        name = _create_empty(server, admin, timescale=timescale)
        atexit.register(_drop, server, name)
        migrate(_url(server, name))
        admin.execute(f"alter database {name} allow_connections false")
        admin.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", [name])
    return name


def _create_empty(server: str, admin: psycopg.Connection, *, timescale: bool) -> str:
    offered = admin.execute("select from pg_available_extensions where name = 'timescaledb'").fetchone()
    if timescale and offered is None:
        needed("timescale", "the server does not offer the extension")
    name = _name()
    admin.execute(f"create database {name}")
    if timescale:
        with psycopg.connect(_url(server, name), autocommit=True) as inside:
            inside.execute("create extension timescaledb")
    return name


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


def _name() -> str:
    return f"sizao_test_{uuid4().hex[:12]}"


def _url(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
