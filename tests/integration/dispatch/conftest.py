"""A migrated database for every module: what is frozen is in ordinary tables, with TimescaleDB and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.store.conftest import connection, server
from tests.support.databases import migrated_database

__all__ = ["connection", "database", "server"]


@pytest.fixture(scope="module")
def database(server: str) -> Iterator[str]:
    """Without the extension."""
    with migrated_database(server, timescale=False) as url:
        yield url
