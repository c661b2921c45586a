"""What goes wrong. Each fault hits once per `hit`, and proves that it did: a fault that misses proves nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from abc import ABC, abstractmethod
from typing import ClassVar, Final
from uuid import UUID

import msgspec
import psutil
from kafka import KafkaProducer

from detectors.times import HOUR, to_text
from ingest.decode import TOPICS
from tests.faults.stream import EventKey, Sent
from tests.faults.world import SESSION_SECONDS, World

AWAY_SECONDS: Final = 6.0
GONE_SECONDS: Final = 90.0
STEADY_SECONDS: Final = 8.0


class Fault(ABC):
    """One kind of trouble; `workers` are what it needs to be one."""

    name: ClassVar[str]
    workers: ClassVar[tuple[str, ...]] = ("a",)

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self.rng = rng
        self.hits = 0
        self.accepted: set[EventKey] = set()  # what it sent itself, and was acknowledged

    @abstractmethod
    def hit(self) -> None:
        """It happened, it was proved, and it is over."""

    def proved(self) -> None:
        """Raises AssertionError unless it really hit; what shows only afterwards."""
        assert self.hits > 0, f"{self.name} never hit"


class KillWorker(Fault):
    """kill -9, at any time."""

    name = "kill-worker"

    def hit(self) -> None:
        name = self.rng.choice(self.workers)
        pid = self.world.pid(name)
        os.kill(pid, signal.SIGKILL)
        self.world.until(lambda: not _runs(pid), GONE_SECONDS, f"process {pid} did not die")
        self.world.until(lambda: self.world.pid(name) != pid, GONE_SECONDS, "the supervisor did not start it again")
        self.hits += 1


class RollWorkers(Fault):
    """SIGTERM one after the other, as an upgrade does."""

    name = "roll-workers"
    workers = ("a", "b")

    def hit(self) -> None:
        for name in self.workers:
            stopped = self.world.logged(name, "worker_stopped")
            took = self.world.stop(name)
            assert self.world.logged(name, "worker_stopped") > stopped, f"worker {name} was killed after {took:.0f} s"
            self.world.start(name)
            claimed = self.world.logged(name, "partitions_claimed")
            self.world.until(
                lambda name=name, claimed=claimed: self.world.logged(name, "partitions_claimed") > claimed,
                GONE_SECONDS,
                f"worker {name} got no partition",
            )
            self.hits += 1


class JoinAndLeave(Fault):
    """A worker comes, takes its share, and goes."""

    name = "join-and-leave"

    def hit(self) -> None:
        before = self.world.logged("c", "partitions_claimed")
        self.world.start("c")
        self.world.until(
            lambda: self.world.logged("c", "partitions_claimed") > before, GONE_SECONDS, "the new worker got nothing"
        )
        time.sleep(self.rng.uniform(1, 4))
        self.world.stop("c")
        self.hits += 1


class FreezeWorker(Fault):
    """SIGSTOP beyond the session's time-out: others take over; then it wakes and believes nothing has happened."""

    name = "freeze-worker"
    workers = ("a", "b")

    def hit(self) -> None:
        frozen, other = self.rng.sample(self.workers, 2)
        # The fault before may have killed one a moment ago: while it joins, the time-out is the rebalance's.
        for name in self.workers:
            self.world.until(
                lambda name=name: self.world.has_joined(name), GONE_SECONDS, f"worker {name} does not come back"
            )
        claims = self.world.logged(other, "partitions_claimed")
        process = psutil.Process(self.world.pid(frozen))
        process.suspend()
        try:
            self.world.until(lambda: process.status() == psutil.STATUS_STOPPED, 5, "it does not stand still")
            self.world.until(
                lambda: self.world.logged(other, "partitions_claimed") > claims,
                SESSION_SECONDS + GONE_SECONDS,
                "nobody took over from the frozen worker: its session did not expire",
            )
            time.sleep(2)
        finally:
            process.resume()
        self.hits += 1


class KillDatabase(Fault):
    """SIGKILL of the server and all its backends; it recovers from its log."""

    name = "kill-database"

    def hit(self) -> None:
        retries = self._retries()
        self.world.services.timescale("kill")
        try:
            self.world.until(lambda: self._retries() > retries, GONE_SECONDS, "no worker noticed")
            time.sleep(self.rng.uniform(1, AWAY_SECONDS))
        finally:
            self.world.services.timescale("up")
        self.hits += 1

    def _retries(self) -> int:
        return sum(self.world.logged(name, "database_unavailable") for name in self.workers)


class OlderDatabase(Fault):
    """The database is set back to what it was some seconds ago; its ledger goes back with it."""

    name = "older-database"

    def hit(self) -> None:
        world = self.world
        world.services.timescale("save", "older")
        saved = world.until(self._stored)
        world.until(lambda: self._stored() > saved + 50, 60, "nothing to lose")
        time.sleep(self.rng.uniform(1, AWAY_SECONDS))
        noticed = self._noticed()
        world.services.timescale("restore", "older")
        world.until(lambda: self._noticed() > noticed, 60, "no worker noticed that the ledger went back")
        self.hits += 1

    def _noticed(self) -> int:
        words = ("ledger_went_back", "gap_read_again")
        return sum(self.world.logged(name, word) for name in self.workers for word in words)

    def _stored(self) -> int:
        return int(self.world.one("select coalesce(sum(next_offset), 0)::bigint from ledger"))


class KillBroker(Fault):
    """SIGKILL of the only broker."""

    name = "kill-broker"

    def hit(self) -> None:
        self.world.services.kafka("kill", "1")
        time.sleep(self.rng.uniform(2, AWAY_SECONDS))
        self.world.services.kafka("start", "1")
        self.hits += 1
        time.sleep(STEADY_SECONDS)  # killed again at once, it would never be back


class KillEachBroker(Fault):
    """Of three brokers one after the other."""

    name = "kill-each-broker"
    workers = ("a", "b")

    def hit(self) -> None:
        for number in ("1", "2", "3"):
            self.world.services.kafka("kill", number)
            time.sleep(self.rng.uniform(3, 6))
            self.world.services.kafka("start", number)
            self.hits += 1
            time.sleep(3)  # until it is in sync again: two may be away only one after the other


class Poison(Fault):
    """Messages nothing can read, between the others."""

    name = "poison"
    BAD: ClassVar[tuple[bytes, ...]] = (
        b"not json",
        b"",
        b"[]x",
        b"\x00\xff",
        b"[" * 100_000,
        b'{"type":"reading","facility":"F-000","resident":"R\\u0000","observed_at":"2026-01-01T00:00:00Z","pulse_per_min":70}',
        b'{"type":"reading","facility":"F-000","resident":"R","observed_at":"9999-12-31T23:59:59Z","pulse_per_min":70}',
        b'{"type":"dream","facility":"F-000","resident":"R","observed_at":"2026-01-01T00:00:00Z"}',
        b'{"type":"check_in","facility":"F-000","observed_at":"2026-01-01T00:00:00Z","presence":"in","note":"'
        + b"x" * 140_000
        + b'"}',
    )

    def hit(self) -> None:
        producer = KafkaProducer(bootstrap_servers=self.world.services.servers.split(","), acks="all")
        try:
            for value in self.BAD:
                topic = self.world.prefix + self.rng.choice(TOPICS)
                producer.send(topic, key=b"F-000", value=value).get(30)
                self.hits += 1
        finally:
            producer.close()

    def proved(self) -> None:
        super().proved()
        kept = self.world.one("select count(*) from rejections")
        assert kept == self.hits, f"{kept} of {self.hits} poisonous messages were kept"


class Markers(Fault):
    """A sender with transactions: markers leave gaps, also at the very end; what it took back was never sent."""

    name = "markers"

    def hit(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self.world.services.servers.split(","),
            transactional_id=f"{self.world.prefix}{self.hits}",
            acks="all",
        )
        try:
            producer.init_transactions()
            for number in range(8):
                producer.begin_transaction()
                sent = [self._reading(f"F-{place:03d}") for place in range(4)]
                for one in sent:
                    producer.send(self.world.prefix + one.topic, key=one.facility.encode(), value=one.value)
                producer.flush()
                if number % 2:
                    producer.abort_transaction()
                else:
                    producer.commit_transaction()
                    self.accepted.update(key for one in sent for key in one.keys)
                time.sleep(0.2)
        finally:
            producer.close()
        self.hits += 1

    def _reading(self, facility: str) -> Sent:
        at = round(time.time() * 1_000) - self.rng.randrange(HOUR)
        said = {
            "type": "reading",
            "facility": facility,
            "resident": "R-transaction",
            "event_id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "observed_at": to_text(at),
            "received_at": to_text(at + 1_000),
            "spo2_percent": self.rng.choice((86.0, 92.0, 97.0)),
        }
        return Sent(TOPICS[0], facility, (msgspec.json.encode(said),))


class Broken(Fault):
    """The worker runs with a broken part from the beginning; it hits by itself."""

    part: ClassVar[str]
    trace: ClassVar[str]  # what its log says then

    def hit(self) -> None:
        raised = lambda: self.world.logged("a", self.trace)  # noqa: E731
        self.hits = self.world.until(raised, 60, f"nothing raised in the {self.part}")


class BrokenRule(Broken):
    """A rule raises: the reading is stored, the others judge, and it is on record."""

    name, part, trace = "raise-in-rule", "rule", ""

    def hit(self) -> None:
        self.hits = self.world.until(self._on_record, 60, "no defect is on record")

    def _on_record(self) -> int:
        return int(
            self.world.one("select count(*) from defects where rule = 'D01' and error like '%%planted in a rule'")
        )


class BrokenStore(Broken):
    """An error of ours where rows are added."""

    name, part, trace = "raise-in-store", "store", "planted in the store"


class BrokenAgent(Broken):
    """Something escapes the agent: the process ends, and the supervisor starts another."""

    name, part, trace = "escape-agent", "agent", "agent_escaped"

    def proved(self) -> None:
        super().proved()
        assert any("a exited with 70" in said for said in self.world.said), "the process did not end by itself"


class KillSender(Fault):
    """Killed when the receiver has the message and nothing is recorded: sent again under its id, recorded once."""

    name = "kill-sender"

    def hit(self) -> None:
        hit: list[str] = []

        def kill(key: str) -> None:
            if not hit:
                hit.append(key)
                os.kill(self.world.pid("sender"), signal.SIGKILL)

        self.world.receiver.before_answering = kill
        (key,) = self.world.until(lambda: hit, 60, "nothing was sent")
        again = lambda: self.world.receiver.came[key] > 1  # noqa: E731
        self.world.until(again, 120, "it was not sent again under the same id")
        recorded = "select count(*) from deliveries where idempotency_key = %s and status = 'sent'"
        self.world.until(lambda: self.world.one(recorded, key) == 1, 30, "it is not recorded once")
        self.hits += 1


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
