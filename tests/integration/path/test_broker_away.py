"""The broker is killed for a while under a steady writer: 202 is said only of what it has."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from kafka import KafkaConsumer, TopicPartition

from sizao.registry import register
from tests.support.needs import SHARED, needed

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(280)]
PORT = "29392"
AWAY_SECONDS = 15


def _kafka(*words: str) -> str:
    env = {**os.environ, "SIZAO_KAFKA_PORT": PORT}
    script = str(SHARED / "services" / "kafka")
    return subprocess.run([script, *words], env=env, capture_output=True, text=True, check=True, timeout=200).stdout


@pytest.fixture
def broker() -> Iterator[str]:
    """A broker of our own, to be killed."""
    if not (SHARED / "services" / "kafka").is_file():
        needed("kafka", "the services are not beside the project")
    _kafka("wipe")
    yield _kafka("up").split()[-1]
    _kafka("wipe")


def test_nothing_accepted_is_lost_and_nothing_else_is_called_accepted(
    database: str, broker: str, tmp_path: Path
) -> None:
    (tmp_path / "facilities.csv").write_text("facility\nF-1\n")
    token = asyncio.run(register(database, tmp_path, ["F-1"]))["F-1"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "SIZAO_KAFKA": broker, "SIZAO_DATABASE_URL": database, "SIZAO_GATEWAY_PORT": str(port)}
    with (tmp_path / "log").open("wb") as log:
        gateway = subprocess.Popen([sys.executable, "-m", "sizao", "gateway"], env=env, stdout=log, stderr=log)
    try:
        accepted, statuses = asyncio.run(_write(f"http://127.0.0.1:{port}", token))
    finally:
        gateway.terminate()
        gateway.wait(20)
    there = _ids(broker)
    assert statuses[503] > 0, "the broker was never away"
    assert set(statuses) <= {202, 503}
    assert len(accepted) > 50
    assert accepted <= there, "202 was said of an event the broker does not have"


async def _write(url: str, token: str) -> tuple[set[str], dict[int, int]]:
    """Steady single events, while the broker is killed and comes back; (accepted ids, answers by status)."""
    accepted: set[str] = set()
    statuses: dict[int, int] = {}
    limits = httpx.Limits(max_connections=None)  # every request of the outage waits for its own answer
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, timeout=60, headers=headers, limits=limits) as client:
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            try:
                if (await client.get("/healthz")).status_code == 200:
                    break
            except httpx.HTTPError:
                await asyncio.sleep(0.2)

        async def one() -> None:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            event: dict[str, Any] = {"type": "reading", "facility": "F-1", "resident": "R-1", "observed_at": at}
            answer = await client.post("/v1/events", json={**event, "spo2_percent": 97})
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if answer.status_code == 202:
                accepted.add(answer.json()["results"][0]["event_id"])

        async def writer() -> None:
            tasks = []
            while not stop.is_set():
                tasks.append(asyncio.create_task(one()))
                await asyncio.sleep(0.05)
            await asyncio.gather(*tasks)

        stop = asyncio.Event()
        writing = asyncio.create_task(writer())
        await asyncio.sleep(4)
        await asyncio.to_thread(_kafka, "kill", "1")
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(_kafka, "start", "1")
        await asyncio.sleep(5)
        stop.set()
        await writing
    return accepted, statuses


def _ids(broker: str) -> set[str]:
    """Every event id in the topic."""
    consumer = KafkaConsumer(bootstrap_servers=broker.split(","), enable_auto_commit=False)
    places = [TopicPartition("readings.v1", number) for number in consumer.partitions_for_topic("readings.v1") or ()]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    found: set[str] = set()
    limit = time.monotonic() + 30
    while time.monotonic() < limit and any(consumer.position(place) < end for place, end in ends.items()):
        for messages in consumer.poll(timeout_ms=500).values():
            for message in messages:
                said = msgspec.json.decode(message.value)
                found |= {event["event_id"] for event in (said if isinstance(said, list) else [said])}
    consumer.close()
    return found
