"""A migrated database for every module: what is frozen is in ordinary tables, with TimescaleDB and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.migrate import migrate
from tests.integration.store.conftest import connection, fresh_database, server

__all__ = ["connection", "database", "server"]


@pytest.fixture(scope="module")
def database(server: str) -> Iterator[str]:
    """Without the extension."""
    with fresh_database(server, timescale=False) as url:
        migrate(url)
        yield url
