"""Services of our own to be killed, real processes under the real supervisor, and what can be asked of them."""

from __future__ import annotations

import asyncio
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from kafka import KafkaConsumer, TopicPartition

from ingest.decode import TOPICS
from ingest.topics import PARTITIONS, ensure
from sizao.migrate import prepare
from sizao.registry import register
from sizao.supervisor import Child
from tests.support.needs import SHARED

SESSION_SECONDS: Final = 6
HEARTBEAT_SECONDS: Final = 1.5
SECRET: Final = "whsec_c2VjcmV0IG9mIHRoZSBmYXVsdHM="


class NotUp(Exception):
    """The services cannot be started here."""


class Services:
    """A broker or three, and a database server, on ports of their own."""

    def __init__(self, kafka_port: int, database_port: int, brokers: int = 1) -> None:
        self._env = {**os.environ, "SIZAO_KAFKA_PORT": str(kafka_port), "SIZAO_PG_PORT": str(database_port)}
        self.brokers = brokers
        self.servers = ""
        self.server = ""

    def up(self) -> None:
        """Both answer, with nothing in them."""
        try:
            self.wipe()
            self.servers = self.kafka("up", "--brokers", str(self.brokers))
            self.server = self.timescale("up")
        except RuntimeError as error:
            raise NotUp(str(error)) from error

    def wipe(self) -> None:
        """Both are gone."""
        self.kafka("wipe")
        self.timescale("wipe")

    def kafka(self, *words: str) -> str:
        return self._run("kafka", *words)

    def timescale(self, *words: str) -> str:
        return self._run("timescale", *words)

    def _run(self, name: str, *words: str) -> str:
        script = str(SHARED / "services" / name)
        done = subprocess.run([script, *words], env=self._env, capture_output=True, text=True, timeout=280, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{name} {' '.join(words)}: {done.stderr.strip()[-400:]}")
        return done.stdout.split()[-1] if done.stdout.strip() else ""

    @contextmanager
    def with_brokers(self, kafka_port: int, number: int) -> Iterator[Services]:
        """The same database server beside a cluster of its own."""
        other = Services(kafka_port, 0, number)
        other._env["SIZAO_PG_PORT"] = self._env["SIZAO_PG_PORT"]
        other.server = self.server
        try:
            other.kafka("wipe")
            other.servers = other.kafka("up", "--brokers", str(number))
            yield other
        finally:
            other.kafka("wipe")


@contextmanager
def services(kafka_port: int, database_port: int, brokers: int = 1) -> Iterator[Services]:
    """Up for a while, gone afterwards."""
    made = Services(kafka_port, database_port, brokers)
    try:
        made.up()
        yield made
    finally:
        made.wipe()


class Receiver:
    """Takes webhooks, and counts how often each came."""

    def __init__(self) -> None:
        self.came: Counter[str] = Counter()
        self.before_answering: Callable[[str], None] = lambda key: None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                key = self.headers["webhook-id"]
                receiver.came[key] += 1
                receiver.before_answering(key)
                try:
                    self.send_response(204)
                    self.end_headers()
                except OSError:
                    pass  # whoever asked is gone

            def log_message(self, *args: object) -> None:
                """Silent."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class World:
    """One database, one set of topics, workers and a sender, watched as `sizao run` watches its own."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.name = uuid4().hex[:8]
        self.prefix = f"f{self.name}-"
        self.database = urlunsplit(urlsplit(services.server)._replace(path=f"/faults_{self.name}"))
        self.folder = Path(tempfile.mkdtemp(prefix="sizao-faults-"))
        self.receiver = Receiver()
        self.children: dict[str, Child] = {}
        self._claims_before: dict[str, int] = {}  # by processes of this name before the one that runs
        self.said: list[str] = []  # by the supervisor
        self._hands = threading.RLock()
        self._ended = threading.Event()
        with psycopg.connect(services.server, autocommit=True) as admin:
            admin.execute(f"create database faults_{self.name}")
        with psycopg.connect(self.database, autocommit=True) as inside:
            inside.execute("create extension timescaledb")
        prepare(self.database)
        (self.folder / "recipients.csv").write_text(
            f"region,facility,channel,address,severity\n,,webhook,{self.receiver.url},P2\n"
        )
        asyncio.run(register(self.database, self.folder, []))
        ensure(services.servers, self.prefix)
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    # ------------------------------------------------------------ processes

    @property
    def env(self) -> dict[str, str]:
        """What every process is told."""
        return {
            "SIZAO_KAFKA": self.services.servers,
            "SIZAO_DATABASE_URL": self.database,
            "SIZAO_TOPIC_PREFIX": self.prefix,
            "SIZAO_WEBHOOK_SECRET": SECRET,
            "SIZAO_SESSION_TIMEOUT": str(SESSION_SECONDS),
            "SIZAO_HEARTBEAT": str(HEARTBEAT_SECONDS),
        }

    def start(self, name: str, *words: str) -> None:
        """The module with its words runs, and again whenever it exits; default: a worker of this name."""
        module = list(words) or ["sizao", "worker"]
        env = {
            **self.env,
            "SIZAO_WORKER_INSTANCE": f"{self.name}-{name}",
            "SIZAO_WORKER_STATE": str(self.folder / f"{name}.state"),
        }
        child = Child(name, [sys.executable, "-m", *module], env, self.log_of(name))
        with self._hands:
            self.children[name] = child
            self._claims_before[name] = self.logged(name, "partitions_claimed")
            child.start()

    def stop(self, name: str) -> float:
        """It was asked to stop and has; how many seconds it took."""
        with self._hands:
            child = self.children.pop(name)
        started = time.monotonic()
        child.stop()
        return time.monotonic() - started

    def pid(self, name: str) -> int:
        """Its process, once it runs."""
        return self.until(lambda: self.children[name].pid, 30, f"{name} does not run")

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def logged(self, name: str, text: str) -> int:
        """How often the process wrote this."""
        path = self.log_of(name)
        return path.read_text("utf-8", "replace").count(text) if path.exists() else 0

    def has_joined(self, name: str) -> bool:
        """The process that runs under this name now has had partitions."""
        with self._hands:
            is_running = self.children[name].pid is not None
            return is_running and self.logged(name, "partitions_claimed") > self._claims_before[name]

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            with self._hands:
                for name, child in self.children.items():
                    claims, pid = self.logged(name, "partitions_claimed"), child.pid
                    if said := child.look():
                        self.said.append(said)
                    if child.pid != pid:
                        self._claims_before[name] = claims

    def close(self) -> None:
        """Everything of this world has ended."""
        self._ended.set()
        self._watching.join()
        for name in list(self.children):
            self.stop(name)
        self.receiver.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------ questions

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, connect_timeout=3) as connection:
            return connection.execute(statement, parameters).fetchall()

    def one(self, statement: str, *parameters: Any) -> Any:
        return self.rows(statement, *parameters)[0][0]

    def lag(self) -> int:
        """Messages that are not stored, by the ends of the topics and the ledger."""
        found = self.rows("select topic, partition, next_offset from ledger")
        ledger = {(topic, partition): offset for topic, partition, offset in found}
        consumer = KafkaConsumer(bootstrap_servers=self.services.servers.split(","), request_timeout_ms=10_000)
        try:
            places = [TopicPartition(self.prefix + topic, number) for topic in TOPICS for number in range(PARTITIONS)]
            ends = consumer.end_offsets(places)
        finally:
            consumer.close()
        return sum(
            abs(end - ledger.get((place.topic.removeprefix(self.prefix), place.partition), 0))
            for place, end in ends.items()
        )

    def until(self, true: Callable[[], Any], seconds: float = 60, otherwise: str = "not in time") -> Any:
        """What it says once it says something true; errors of services that are away are waited through."""
        limit = time.monotonic() + seconds
        while True:
            try:
                if found := true():
                    return found
            except Exception as error:
                if time.monotonic() > limit:
                    raise AssertionError(otherwise) from error
            assert time.monotonic() < limit, otherwise
            time.sleep(0.2)
