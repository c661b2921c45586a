"""Nothing accepted is lost, doubled or judged otherwise, whatever is killed; on real services of our own."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from kafka.admin import KafkaAdminClient

from ingest.decode import TOPICS
from ingest.topics import ensure
from tests.faults import faults
from tests.faults.faults import Fault
from tests.faults.feeder import Feeder
from tests.faults.stream import stream
from tests.faults.trial import run
from tests.faults.verdict import judge, wait_for_lag_0
from tests.faults.world import NotUp, Services, World, services
from tests.support.needs import SHARED, needed

pytestmark = [
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(600),
    # kafka-python leaves sockets behind where it found no broker.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
KAFKA_PORT, KAFKA_PORT_OF_THREE, DATABASE_PORT = 29492, 29592, 25492
STORM: tuple[type[Fault], ...] = (
    faults.KillWorker,
    faults.Poison,
    faults.FreezeWorker,
    faults.KillDatabase,
    faults.RollWorkers,
    faults.KillBroker,
)


@pytest.fixture(autouse=True)
def _sockets_of_our_own() -> Iterator[None]:
    """What was left behind ends here, not in another test of this process."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def own() -> Iterator[Services]:
    """To be killed: nobody else uses them."""
    for name in ("kafka", "timescale"):
        if not (SHARED / "services" / name).is_file():
            needed(name, "the services are not beside the project")
    try:
        with services(KAFKA_PORT, DATABASE_PORT) as up:
            yield up
    except NotUp as error:
        needed("kafka", str(error))


def _holds(own: Services, kinds: tuple[type[Fault], ...], events: int, per_second: float) -> None:
    hit, verdict = run(own, kinds, stream(1, events), per_second, seed=1)
    print({fault.name: fault.hits for fault in hit}, f"lag 0 after {verdict.seconds_to_lag_0} s", verdict.mixture)
    verdict.holds()


def test_a_storm_of_six_faults_loses_doubles_and_changes_nothing(own: Services) -> None:
    _holds(own, STORM, 2_000, 20)


def test_a_database_set_back_is_filled_again_from_the_broker(own: Services) -> None:
    _holds(own, (faults.OlderDatabase,), 2_000, 40)


def test_markers_of_transactions_stop_nothing_and_what_was_taken_back_is_not_stored(own: Services) -> None:
    _holds(own, (faults.Markers,), 2_000, 80)


def test_each_of_three_brokers_may_die(own: Services) -> None:
    with own.with_brokers(KAFKA_PORT_OF_THREE, 3) as three:
        _holds(three, (faults.KillEachBroker,), 1_200, 20)


def test_a_topic_made_anew_is_read_from_its_beginning_with_an_alarm(own: Services) -> None:
    world = World(own)
    try:
        world.start("a")
        first, second = stream(2, 400), stream(3, 200)
        feeder = Feeder(own.servers, world.prefix, first, 200)
        feeder.start()
        feeder.finish()
        wait_for_lag_0(world)
        admin = KafkaAdminClient(bootstrap_servers=own.servers.split(","))
        names = [world.prefix + topic for topic in TOPICS]
        admin.delete_topics(names)
        world.until(lambda: not set(names) & set(admin.list_topics()), 30, "the topics are still there")
        admin.close()
        ensure(own.servers, world.prefix)
        again = Feeder(own.servers, world.prefix, second, 200)
        again.start()
        again.finish()
        seconds = wait_for_lag_0(world)
        found = judge(world, feeder.accepted | again.accepted, seconds)
        assert (found.lost, found.added, found.doubled, found.differences) == (0, 0, 0, [])
        assert world.one("select count(*) from defects where error like '%%made anew%%'") > 0
    finally:
        world.close()
