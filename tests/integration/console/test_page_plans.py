"""With 50,000 alerts in the store no page reads all of them: what is slow at that size is a plan, not a machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from litestar.testing import AsyncTestClient
from psycopg.rows import dict_row

from dashboards.console.app import make_console
from tests.support.accounts import sign_in
from tests.support.databases import migrated_database
from tests.support.many_alerts import fill
from tests.support.paging import EXAMPLES, PAGES, SCOPES

LARGE = ("alerts", "transitions", "deliveries", "alert_actions", "observations")
SCANS = """
    select relname, seq_scan, coalesce(idx_scan, 0) from pg_stat_user_tables where relname = any(%s) order by relname
"""


@pytest.fixture(scope="module")
def winter(server: str) -> Iterator[str]:
    with migrated_database(server, timescale=False) as url:
        fill(url)
        yield url


def _scans(url: str) -> dict[str, tuple[int, int]]:
    with psycopg.connect(url) as connection:
        return {name: (whole, by_index) for name, whole, by_index in connection.execute(SCANS, [list(LARGE)])}


async def test_no_page_reads_a_large_table_as_a_whole(winter: str) -> None:
    with psycopg.connect(winter, row_factory=dict_row) as connection:
        examples: dict[str, Any] = connection.execute(EXAMPLES).fetchone() or {}
    before, found = _scans(winter), []
    for role, name, path in PAGES:
        async with AsyncTestClient(make_console(winter)) as client:
            await sign_in(client, winter, role, login=name, **SCOPES[role])
            assert (await client.get(path.format(**examples))).status_code == 200, name
        # A connection that closes hands in what it did; its server process may take a moment to end.
        after = _settled(winter)
        found += [f"{name}: {table}" for table in LARGE if after[table][0] > before[table][0]]
        before = after
    assert before["alerts"][1] > 0, "what was counted was read"
    assert not found, found


def _settled(url: str) -> dict[str, tuple[int, int]]:
    """The counts, once the console's connections are gone."""
    with psycopg.connect(url, autocommit=True) as connection:
        ours = "select count(*) from pg_stat_activity where datname = current_database() and application_name = %s"
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            row = connection.execute(ours, ["console"]).fetchone()
            if row == (0,):
                break
            time.sleep(0.02)
    return _scans(url)
