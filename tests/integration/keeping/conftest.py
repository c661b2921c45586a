"""Databases of both kinds, filled in every table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.integration.keeping.filling import fill
from tests.integration.path.conftest import kafka
from tests.integration.store.conftest import server
from tests.support.databases import fresh_database, migrated_database

__all__ = ["kafka", "server"]


@pytest.fixture
def new_database(server: str) -> Iterator[Callable[..., str]]:
    """Makes databases: `new_database(timescale=True)`."""
    with ExitStack() as stack:
        yield lambda timescale=False: stack.enter_context(fresh_database(server, timescale=timescale))


@pytest.fixture(scope="module")
def hypertables(server: str) -> Iterator[str]:
    """A migrated database that has rows in every table, of TimescaleDB."""
    with migrated_database(server, timescale=True) as url:
        fill(url)
        yield url


@pytest.fixture(scope="module")
def filled(server: str) -> Iterator[str]:
    """A migrated database that has rows in every table, of plain PostgreSQL."""
    with migrated_database(server, timescale=False) as url:
        fill(url)
        yield url
