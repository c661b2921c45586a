"""After a restore the workers read again what came since the backup, on a real broker, and it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

import psycopg
import pytest
from kafka.admin import KafkaAdminClient

from ingest.decode import TOPICS
from tests.faults.feeder import Feeder
from tests.faults.stream import EventKey, stream
from tests.faults.verdict import judge, wait_for_lag_0
from tests.faults.world import Services, World
from tests.integration.keeping.test_backup import backed_up, run

pytestmark = [
    pytest.mark.xdist_group("kafka"),
    # kafka-python leaves sockets behind where it found no broker.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


class Shared:
    """Services that others use too: nothing of them is stopped here."""

    def __init__(self, servers: str, server: str) -> None:
        self.servers, self.server = servers, server


AWorld = TypeVar("AWorld", bound=World)


@contextmanager
def in_world(kind: type[AWorld], kafka: str, server: str) -> Iterator[AWorld]:
    """A world on services that others use too: its database and its topics are gone afterwards, and nothing else."""
    made = kind(cast(Services, Shared(kafka, server)))
    database = made.database
    try:
        yield made
    finally:
        made.close()
        admin = KafkaAdminClient(bootstrap_servers=kafka.split(","))
        admin.delete_topics([made.prefix + topic for topic in TOPICS])
        admin.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"drop database {database.rsplit('/', 1)[1]} with (force)")


@pytest.fixture
def world(kafka: str, server: str) -> Iterator[World]:
    with in_world(World, kafka, server) as made:
        yield made


def test_what_came_since_the_backup_is_read_again_and_changes_nothing(
    world: World, new_database: Callable[..., str], tmp_path: Path
) -> None:
    fed: set[EventKey] = set()
    world.start("worker")
    for number in (1, 2):
        feeder = Feeder(world.services.servers, world.prefix, stream(number, 150), 100)
        feeder.start()
        feeder.finish()
        fed |= feeder.accepted
        wait_for_lag_0(world)
        if number == 1:
            folder = backed_up(world.database, tmp_path / "b")
    before = judge(world, fed, 0)
    world.stop("worker")
    world.database = new_database()
    done = run("restore", folder, "--database-url", world.database)
    assert done.exception is None, done.output
    assert world.lag() > 0, "something came since the backup"
    world.start("worker")
    after = judge(world, fed, wait_for_lag_0(world))
    assert (after.lost, after.added, after.doubled, after.differences) == (0, 0, 0, [])
    assert (after.events, after.episodes, after.digest) == (before.events, before.episodes, before.digest)
