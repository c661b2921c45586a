"""`make bench`: how fast, on real Kafka and TimescaleDB, in one run. Ratios count; the machine is noisy.

    a  readings/s from topic to committed row, national rules on: arrays of 50 and
       single events, one worker and two
    b  raw COPY BINARY of the same rows into the same table, and the ratio
    c  seconds from POST to the alert's row and to the webhook, at 2,000 readings/s,
       alone and while a backlog is flushed
Traffic: 2 % unquiet readings. Nothing here is asserted.
"""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
from kafka import KafkaProducer
from rich.console import Console
from rich.table import Table

from detectors.times import to_text
from ingest.decode import BACKLOG_TOPIC, TOPICS, decode_message
from ingest.topics import ensure
from sizao.registry import register
from store.connection import connect, transaction
from store.copying import COLUMNS, copy_of
from store.migrate import migrate
from tests.integration.store.conftest import fresh_database

FACILITIES, RESIDENTS, UNQUIET = 100, 50, 0.02
out = Console(stderr=True)


def reading(rng: random.Random, facility: str, resident: str, at: int) -> dict[str, Any]:
    spo2 = 92.0 if rng.random() < UNQUIET else rng.choice((96.5, 97.0, 98.0))
    return {
        "type": "reading",
        "facility": facility,
        "resident": resident,
        "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
        "observed_at": to_text(at),
        "received_at": to_text(at + 1_000),
        "spo2_percent": spo2,
        "pulse_per_min": 65 + rng.randrange(20),
        "on_oxygen": False,
    }


def messages(rng: random.Random, number: int, size: int, start: int) -> Iterator[tuple[str, bytes]]:
    """Each resident once a minute or so; arrays hold one facility's residents."""
    for n in range(number):
        facility = f"B-{rng.randrange(FACILITIES):04d}"
        at = start + n * 60_000 * size // (FACILITIES * RESIDENTS)
        who = [rng.randrange(RESIDENTS)] if size == 1 else range(size)
        events = [reading(rng, facility, f"R-{r:02d}", at + r) for r in who]
        yield facility, json.dumps(events[0] if size == 1 else events).encode()


class Workers:
    """Worker processes on a topic prefix and a database of their own."""

    def __init__(self, kafka: str, database: str, number: int) -> None:
        self.prefix = f"bench{uuid4().hex[:6]}-"
        self.kafka, self.database, self.number = kafka, database, number
        ensure(kafka, self.prefix)
        self._folder = tempfile.mkdtemp()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        for n in range(self.number):
            env = {
                **os.environ,
                "SIZAO_KAFKA": self.kafka,
                "SIZAO_DATABASE_URL": self.database,
                "SIZAO_TOPIC_PREFIX": self.prefix,
                "SIZAO_WORKER_STATE": f"{self._folder}/{n}",
            }
            with Path(self._folder, f"{n}.log").open("wb") as log:
                self.processes.append(subprocess.Popen([sys.executable, "-m", "sizao", "worker"], env=env, stderr=log))

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)


def rows(database: str, statement: str) -> Any:
    with psycopg.connect(database) as connection:
        return connection.execute(statement).fetchone()


def throughput(server: str, kafka: str, size: int, number: int, workers: int) -> dict[str, float]:
    """Publishes everything first, then lets the workers go: the generator's own work is not in the figure."""
    rng = random.Random(1)
    with fresh_database(server, timescale=True) as database:
        migrate(database)
        group = Workers(kafka, database, workers)
        producer = KafkaProducer(bootstrap_servers=kafka.split(","), acks="all", linger_ms=20, compression_type="lz4")
        started = time.process_time()
        start = round(time.time() * 1_000) - 3_600_000
        for facility, value in messages(rng, number, size, start):
            producer.send(group.prefix + TOPICS[0], key=facility.encode(), value=value)
        producer.flush()
        producer.close()
        generator = time.process_time() - started
        group.start()
        try:
            first = None
            while True:
                stored = rows(database, "select coalesce(sum(next_offset), 0)::bigint from ledger")[0]
                now = time.monotonic()
                if first is None and stored > 0:
                    first = (now, stored)
                if stored >= number:
                    break
                time.sleep(0.05)
            assert first is not None
            seconds = now - first[0]
            transitions = rows(database, "select count(*) from transitions")[0]
            alerts = rows(database, "select count(*) from alerts")[0]
        finally:
            group.stop()
    rate = (number - first[1]) * size / seconds if seconds > 0 else float("nan")
    return {"readings_per_s": rate, "transitions": transitions, "alerts": alerts, "generator_cpu_s": generator}


def raw_copy(server: str, number: int) -> float:
    """COPY BINARY of the same rows straight into the same table, 5,000 a transaction."""
    rng = random.Random(1)
    decoded = [
        row
        for _, value in messages(rng, number // 50, 50, round(time.time() * 1_000) - 3_600_000)
        for row in decode_message(value, key=None, received_at=0).rows
    ]

    async def copy(database: str) -> float:
        facilities = {row.facility: n for n, row in enumerate(decoded)}
        people = {(row.facility, row.resident or ""): n for n, row in enumerate(decoded)}
        connection = await connect(database, "bench")
        started = time.monotonic()
        for first in range(0, len(decoded), 5_000):
            stream = copy_of(decoded[first : first + 5_000], facilities, people)
            async with transaction(connection):
                statement = f"copy observations ({COLUMNS}) from stdin (format binary)".encode()
                async with connection.cursor().copy(statement) as into:
                    await into.write(stream)
        seconds = time.monotonic() - started
        await connection.close()
        return len(decoded) / seconds

    with fresh_database(server, timescale=True) as database:
        migrate(database)
        return asyncio.run(copy(database))


@contextmanager
def receiver() -> Iterator[tuple[int, dict[str, float]]]:
    """Takes webhooks and notes when each resident's came."""
    came: dict[str, float] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["content-length"])))
            came.setdefault(said["resident"], time.time())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, came
    finally:
        server.shutdown()
        server.server_close()


def flush_backlog(kafka: str, prefix: str, number: int = 2_000) -> None:
    """What tablets send that were offline since yesterday: arrays of 50 in the backlog topic."""
    rng = random.Random(3)
    producer = KafkaProducer(bootstrap_servers=kafka.split(","), acks="all", linger_ms=20, compression_type="lz4")
    for facility, value in messages(rng, number, 50, round(time.time() * 1_000) - 86_400_000):
        producer.send(prefix + BACKLOG_TOPIC, key=facility.encode(), value=value)
    producer.flush()
    producer.close()


def latency(server: str, kafka: str, *, backlog: bool, seconds: int = 20, rate: int = 2_000) -> dict[str, float]:
    """A single critical reading now and then among 2,000 readings a second, all by HTTP."""
    with fresh_database(server, timescale=True) as database, receiver() as (port, came):
        migrate(database)
        folder = Path(tempfile.mkdtemp())
        (folder / "recipients.csv").write_text(
            f"region,facility,channel,address,severity\n,,webhook,http://127.0.0.1:{port}/,P1\n"
        )
        codes = [f"B-{n:04d}" for n in range(20)]
        tokens = asyncio.run(register(database, folder, codes))
        group = Workers(kafka, database, 1)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            gateway = probe.getsockname()[1]
        env = {
            **os.environ,
            "SIZAO_KAFKA": kafka,
            "SIZAO_DATABASE_URL": database,
            "SIZAO_TOPIC_PREFIX": group.prefix,
            "SIZAO_GATEWAY_PORT": str(gateway),
            "SIZAO_WEBHOOK_SECRET": "whsec_YmVuY2g=",
        }
        others = [
            subprocess.Popen([sys.executable, "-m", "sizao", name], env=env, stderr=subprocess.DEVNULL)
            for name in ("gateway", "sender")
        ]
        group.start()
        try:
            url = f"http://127.0.0.1:{gateway}"
            limit = time.monotonic() + 30
            while time.monotonic() < limit:
                try:
                    if httpx.get(f"{url}/readyz").status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.2)
            time.sleep(4)
            if backlog:
                flush_backlog(kafka, group.prefix)
            posted = asyncio.run(_post(url, tokens, codes, seconds, rate))
            time.sleep(6)
            with psycopg.connect(database) as connection:
                found = dict(
                    connection.execute(
                        "select r.code, extract(epoch from min(t.recorded_at))::float8 from transitions t "
                        "join residents r on r.id = t.resident_id where r.code like 'LOW-%' group by 1"
                    ).fetchall()
                )
        finally:
            for process in others:
                process.terminate()
            for process in others:
                process.wait(20)
            group.stop()
    to_alert = sorted(found[who] - at for who, at in posted.items() if who in found)
    to_webhook = sorted(came[who] - at for who, at in posted.items() if who in came)
    return {
        "posted": len(posted),
        "alert_p50_s": statistics.median(to_alert),
        "alert_p99_s": to_alert[int(len(to_alert) * 0.99)],
        "webhook_p50_s": statistics.median(to_webhook),
        "webhook_p99_s": to_webhook[int(len(to_webhook) * 0.99)],
        "missing": 2 * len(posted) - len(to_alert) - len(to_webhook),
    }


async def _post(url: str, tokens: dict[str, str], codes: list[str], seconds: int, rate: int) -> dict[str, float]:
    rng = random.Random(2)
    posted: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def send(facility: str, events: list[dict[str, Any]]) -> None:
            await client.post("/v1/events", json=events, headers={"authorization": f"Bearer {tokens[facility]}"})

        tasks = []
        started = time.monotonic()
        for step in range(seconds * rate // 50):
            facility = rng.choice(codes)
            now = round(time.time() * 1_000)
            tasks.append(
                asyncio.create_task(
                    send(
                        facility,
                        [reading(rng, facility, f"R-{n:02d}", now - n) | {"spo2_percent": 97.0} for n in range(50)],
                    )
                )
            )
            if step % 4 == 0:
                who = f"LOW-{step}"
                event = reading(rng, facility, who, now) | {"spo2_percent": 84.0}
                posted[who] = time.time()
                tasks.append(asyncio.create_task(send(facility, [event])))
            await asyncio.sleep(max(0.0, started + (step + 1) * 50 / rate - time.monotonic()))
        await asyncio.gather(*tasks)
    return posted


def main() -> None:
    """Runs everything and prints a table; figures also as JSON in bench-results.json."""
    server, kafka = os.environ["SIZAO_TEST_DATABASE_URL"], os.environ["SIZAO_TEST_KAFKA"]
    results: dict[str, Any] = {}
    out.print("raw COPY BINARY ...")
    raw = results["raw_copy_rows_per_s"] = raw_copy(server, 200_000)
    table = Table("what", "readings/s", "of raw COPY", "transitions", "alerts", "generator CPU s")
    for name, size, number, workers in (
        ("arrays of 50, 1 worker", 50, 6_000, 1),
        ("arrays of 50, 2 workers", 50, 6_000, 2),
        ("single events, 1 worker", 1, 30_000, 1),
        ("single events, 2 workers", 1, 30_000, 2),
    ):
        out.print(f"{name} ...")
        found = results[name] = throughput(server, kafka, size, number, workers)
        table.add_row(
            name,
            f"{found['readings_per_s']:,.0f}",
            f"{found['readings_per_s'] / raw:.2f}",
            str(found["transitions"]),
            str(found["alerts"]),
            f"{found['generator_cpu_s']:.1f}",
        )
    table.add_row("raw COPY BINARY", f"{raw:,.0f}", "1", "", "", "")
    out.print("from POST to alert and webhook at 2,000 readings/s ...")
    Console().print(table)
    for name, backlog in (("alone", False), ("while 100,000 old readings are flushed", True)):
        delays = results[f"delays {name}"] = latency(server, kafka, backlog=backlog)
        Console().print(name, {what: round(value, 3) for what, value in delays.items()})
    Path("bench-results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
