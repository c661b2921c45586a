"""The processes a bench starts, what they say of themselves, and what the machine was doing meanwhile."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import psycopg
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families


class Workers:
    """Worker processes on a topic prefix and a database of their own."""

    def __init__(self, kafka: str, database: str, number: int) -> None:
        self.prefix = f"bench{uuid4().hex[:6]}-"
        self.kafka, self.database = kafka, database
        self.ports = [free_port() for _ in range(number)]
        self.processes: list[psutil.Popen] = []
        self._folder = Path(tempfile.mkdtemp(prefix="sizao-bench-"))

    @property
    def environment(self) -> dict[str, str]:
        """What every process of ours is told."""
        return {
            **os.environ,
            "SIZAO_KAFKA": self.kafka,
            "SIZAO_DATABASE_URL": self.database,
            "SIZAO_TOPIC_PREFIX": self.prefix,
        }

    def start(self) -> None:
        """They run; whether they read already is another matter."""
        for number, port in enumerate(self.ports):
            own = {"SIZAO_WORKER_STATE": str(self._folder / str(number)), "SIZAO_METRICS_PORT": str(port)}
            self.processes.append(self.run("worker", own, self._folder / f"{number}.log"))

    def run(self, name: str, own: dict[str, str], log: Path | None = None) -> psutil.Popen:
        """A subcommand with this environment; stopped with the workers if it is put among them."""
        with (log or Path(os.devnull)).open("ab") as errors:
            command = [sys.executable, "-m", "sizao", name]
            return psutil.Popen(command, env=self.environment | own, stdout=errors, stderr=errors)

    def stop(self) -> None:
        """All have ended."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)
        self.processes.clear()

    def count(self, name: str) -> dict[str, float]:
        """A counter by its one label ("" where it has none), summed over the workers."""
        found: dict[str, float] = {}
        for port in self.ports:
            text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    if sample.name == name:
                        label = next(iter(sample.labels.values()), "")
                        found[label] = found.get(label, 0.0) + sample.value
        return found

    @property
    def cpu_seconds(self) -> float:
        """What the workers have used so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)

    @property
    def memory_bytes(self) -> int:
        """What the largest worker holds."""
        return max(process.memory_info().rss for process in self.processes)


@contextmanager
def running(workers: Workers) -> Iterator[Workers]:
    """The workers have been started, and end with the block whatever happens in it."""
    workers.start()
    try:
        yield workers
    finally:
        workers.stop()


class Moment(Struct, frozen=True):
    """All that is compared between two moments of a run."""

    at: float
    stored: int  # messages
    worker_cpu: float
    busy: float  # seconds of CPU of the whole machine, whoever used them
    stages: dict[str, float]
    rules: float

    @classmethod
    def now(cls, workers: Workers, stored: int) -> Moment:
        """As it is; `stored` was read just before."""
        busy = psutil.cpu_times()
        return cls(
            time.monotonic(),
            stored,
            workers.cpu_seconds,
            busy.user + busy.system + busy.nice,
            workers.count("sizao_stage_seconds_total"),
            sum(workers.count("sizao_rules_run_total").values()),
        )


def row(database: str, statement: str) -> Any:
    """The first row of a statement."""
    with psycopg.connect(database) as connection:
        return connection.execute(statement).fetchone()


def stored_messages(database: str) -> int:
    """How far the ledger stands, over all partitions."""
    return int(row(database, "select coalesce(sum(next_offset), 0)::bigint from ledger")[0])


def wait_for(database: str, number: int, seconds: float = 600.0) -> float:
    """The moment at which so many messages are stored; raises TimeoutError when it takes longer."""
    limit = time.monotonic() + seconds
    while stored_messages(database) < number:
        if time.monotonic() > limit:
            raise TimeoutError(f"{stored_messages(database)} of {number} messages were stored in {seconds:.0f} s")
        time.sleep(0.05)
    return time.monotonic()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
