"""How long does a page take with 50,000 alerts in the store? Asked as a browser asks, without its network."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from litestar.testing import AsyncTestClient
from msgspec import Struct
from psycopg.rows import dict_row

from dashboards.console.app import make_console
from dashboards.console.sessions import COOKIE
from tests.support.accounts import sign_in
from tests.support.databases import migrated_database
from tests.support.many_alerts import fill
from tests.support.paging import EXAMPLES, PAGES, SCOPES

TIMES: Final = 20


class PageTime(Struct, frozen=True):
    """Milliseconds from the request to the last byte, and how large the page is."""

    who: str
    page: str
    median_ms: float
    slowest_ms: float
    kilobytes: float


def run(server: str, say: Callable[[str], None]) -> list[PageTime]:
    """Each page TIMES times, after once without counting."""
    say("making 50,000 alerts")
    with migrated_database(server, timescale=False) as url:
        fill(url)
        say("asking for pages")
        return asyncio.run(_asked(url))


async def _asked(url: str) -> list[PageTime]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        examples: dict[str, Any] = connection.execute(EXAMPLES).fetchone() or {}
    found = []
    async with AsyncTestClient(make_console(url)) as client:
        tokens = {}
        for role, scope in SCOPES.items():
            await sign_in(client, url, role, login=role.value, **scope)
            tokens[role] = client.cookies[COOKIE]
        for role, name, path in PAGES:
            client.cookies.set(COOKIE, tokens[role])
            took, answer = [], await client.get(path.format(**examples))
            assert answer.status_code == 200, (name, answer.status_code)
            for _ in range(TIMES):
                began = time.perf_counter()
                answer = await client.get(path.format(**examples))
                took.append((time.perf_counter() - began) * 1_000)
            size = len(answer.content) / 1_000
            found.append(PageTime(role.value, name, statistics.median(took), max(took), size))
    return found
