"""A migrated database of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.migrate import migrate
from tests.integration.store.conftest import fresh_database, server

__all__ = ["server"]


@pytest.fixture
def database(server: str) -> Iterator[str]:
    with fresh_database(server, timescale=False) as url:
        migrate(url)
        yield url
