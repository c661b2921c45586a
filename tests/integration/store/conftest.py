"""A fresh, migrated database of each kind for every module of tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import pytest

from store.connection import Connection, connect, transaction
from store.registry import lock_facilities, resident_ids
from tests.support.databases import migrated_database
from tests.support.needs import SHARED, needed


@pytest.fixture(scope="session")
def server() -> str:
    """The URL of a PostgreSQL server that has TimescaleDB."""
    given = os.environ.get("SIZAO_TEST_DATABASE_URL")
    if given:
        return given
    script = SHARED / "services" / "timescale"
    if not script.is_file():
        needed("timescale", "SIZAO_TEST_DATABASE_URL is not set and the services are not beside the project")
    done = subprocess.run([script, "up"], capture_output=True, text=True, timeout=280, check=False)
    if done.returncode != 0:
        needed("timescale", done.stderr.strip()[-300:])
    return done.stdout.split()[-1]


@pytest.fixture(scope="module", params=["timescale", "plain"])
def database(request: pytest.FixtureRequest, server: str) -> Iterator[str]:
    """A migrated database: hypertables, then ordinary tables."""
    with migrated_database(server, timescale=request.param == "timescale") as url:
        yield url


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    """An open connection."""
    opened = await connect(database, "test")
    yield opened
    await opened.close()


@pytest.fixture
async def other(database: str) -> AsyncIterator[Connection]:
    """Somebody else's connection."""
    opened = await connect(database, "other")
    yield opened
    await opened.close()


_homes = count(1)


@pytest.fixture
def new_code() -> Callable[[], str]:
    """Codes of facilities no other test has."""
    return lambda: f"F-{next(_homes):04d}"


class Ids:
    """The numbers of some facilities and residents."""

    def __init__(self, facilities: dict[str, int], residents: dict[tuple[str, str], int]) -> None:
        self.facilities = facilities
        self.residents = residents


@pytest.fixture
def known(connection: Connection) -> Callable[..., object]:
    """Makes residents known: `await known("F-1", "R-1", "R-2")` gives their numbers."""

    async def make(code: str, *residents: str) -> Ids:
        async with transaction(connection):
            found = await lock_facilities(connection, [code])
            facilities = {code: found[code].id}
            wanted = [(code, resident) for resident in residents]
            return Ids(facilities, await resident_ids(connection, wanted, facilities))

    return make
