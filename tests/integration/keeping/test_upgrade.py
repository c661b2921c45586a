"""An older database becomes today's under a running worker of its own time, and today's worker goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from sizao.migrate import prepare
from store.migrate import pending
from tests.faults import world as worlds
from tests.faults.feeder import Feeder
from tests.faults.stream import EventKey, stream
from tests.faults.verdict import judge, wait_for_lag_0
from tests.faults.world import World
from tests.integration.keeping.test_read_again import in_world
from tests.support.needs import PROJECT, needed

pytestmark = [
    pytest.mark.xdist_group("kafka"),
    # kafka-python leaves sockets behind where it found no broker.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
FIRST_LATER: Final = "store/migrations/0180.hand_overs.sql"
"""The older version is the one before this file came."""


def _git(*words: str) -> bytes:
    done = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, check=False)
    if done.returncode != 0 or not done.stdout:
        needed("history", "the project's history is not here, and with it no older version")
    return done.stdout


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the older version."""
    folder = tmp_path_factory.mktemp("older")
    (added,) = _git("log", "--diff-filter=A", "--format=%H", "--", FIRST_LATER).split()
    with tarfile.open(fileobj=BytesIO(_git("archive", f"{added.decode()}~"))) as archive:
        archive.extractall(folder, filter="data")
    return folder


class OlderWorld(World):
    """Its processes are of the older version until `code` is None."""

    code: Path | None

    @property
    def env(self) -> dict[str, str]:
        then = {"PYTHONPATH": str(self.code), "PYTHONSAFEPATH": "1"}  # not the code of this folder
        return super().env | (then if self.code else {})


@pytest.fixture
def world(older: Path, kafka: str, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OlderWorld]:
    def migrate_as_then(url: str) -> None:
        words = [sys.executable, "-m", "sizao", "migrate", "--database-url", url]
        subprocess.run(words, cwd=older, env={**os.environ, "PYTHONPATH": str(older)}, check=True, capture_output=True)

    monkeypatch.setattr(worlds, "prepare", migrate_as_then)
    monkeypatch.setattr(OlderWorld, "code", older, raising=False)
    with in_world(OlderWorld, kafka, server) as made:
        yield made


@contextmanager
def _fed(world: World, fed: set[EventKey], seed: int, per_second: float) -> Iterator[None]:
    """A stream flows meanwhile; at the end all of it was accepted."""
    feeder = Feeder(world.services.servers, world.prefix, stream(seed, 150), per_second)
    feeder.start()
    yield
    feeder.finish()
    fed |= feeder.accepted


def test_an_older_database_becomes_todays_under_a_running_worker(world: OlderWorld) -> None:
    assert Path(FIRST_LATER).stem in pending(world.database)
    fed: set[EventKey] = set()
    world.start("then")
    world.until(lambda: world.logged("then", "partitions_claimed"), 60, "the older worker got nothing")
    with _fed(world, fed, 5, per_second=10):
        world.until(lambda: world.one("select count(*) from observations") > 20, 60, "nothing is stored")
        too_early = subprocess.run(
            [sys.executable, "-m", "sizao", "worker"],
            env={**os.environ, **super(OlderWorld, world).env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "run `sizao migrate` first" in too_early.stderr
        prepare(world.database)
        assert pending(world.database) == []
    with _fed(world, fed, 6, per_second=40):
        pass
    wait_for_lag_0(world)  # of the older worker, on today's schema
    world.stop("then")
    world.code = None
    world.start("now")
    with _fed(world, fed, 7, per_second=40):
        pass
    found = judge(world, fed, wait_for_lag_0(world))
    assert (found.lost, found.added, found.doubled, found.differences) == (0, 0, 0, [])
    assert world.one("select count(*) from defects") == 0
    assert found.episodes > 20
