"""A province with few deaths and many checks, counted up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from detectors.times import HOUR
from store.connection import connect
from tests.integration.rollup.making import County, at
from tests.integration.store.conftest import server
from tests.support.databases import migrated_database

__all__ = ["server"]


@pytest.fixture
def database(server: str) -> Iterator[str]:
    with migrated_database(server, timescale=False) as url:
        yield url


@pytest.fixture
async def province(database: str) -> AsyncIterator[County]:
    """Three counties; on day 2 one has a positive, one two, one six."""
    opened = await connect(database, "test")
    county = County(opened)
    for code, positives in (("370602", 1), ("370611", 2), ("370612", 6)):
        await county.home(f"F-{code}", code)
        for number in range(positives):
            county.now = at(2, 10)
            await county.said(
                f"F-{code}", county.test(at(2, 9 + number / 10), "positive"), resident=f"R-{number}", after=HOUR
            )
    county.now = at(3, 12)
    await county.settle()
    yield county
    await opened.close()
