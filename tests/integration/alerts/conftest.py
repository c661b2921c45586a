"""A migrated database of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.store.conftest import server
from tests.support.databases import migrated_database

__all__ = ["server"]


@pytest.fixture
def database(server: str) -> Iterator[str]:
    with migrated_database(server, timescale=False) as url:
        yield url
