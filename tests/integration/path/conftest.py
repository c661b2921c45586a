"""A migrated database of its own for every module."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.integration.store.conftest import server
from tests.support.databases import migrated_database
from tests.support.needs import SHARED, needed

__all__ = ["server"]


@pytest.fixture
def database(server: str) -> Iterator[str]:
    with migrated_database(server, timescale=True) as url:
        yield url


@pytest.fixture(scope="session")
def kafka() -> str:
    """The bootstrap servers of a real Kafka."""
    given = os.environ.get("SIZAO_TEST_KAFKA")
    if given:
        return given
    script = SHARED / "services" / "kafka"
    if not script.is_file():
        needed("kafka", "SIZAO_TEST_KAFKA is not set and the services are not beside the project")
    done = subprocess.run([script, "up"], capture_output=True, text=True, timeout=280, check=False)
    if done.returncode != 0:
        needed("kafka", done.stderr.strip()[-300:])
    return done.stdout.split()[-1]
