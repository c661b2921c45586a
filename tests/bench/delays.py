"""Section c: seconds from POST to the alert's row and to the webhook, at 2,000 readings a second, all by HTTP."""

from __future__ import annotations

import asyncio
import http.server
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from msgspec import Struct

from detectors.times import DAY
from ingest.decode import BACKLOG_TOPIC
from ingest.topics import ensure
from sizao.registry import register
from tests.bench.machine import Workers, free_port, row, running
from tests.bench.traffic import FACILITIES, a_minute_each, publish, reading
from tests.support.databases import migrated_database

RATE: Final = 2_000
SECONDS: Final = 30
OLD_READINGS: Final = 100_000
HOMES: Final = FACILITIES[:20]

FOUND: Final = (
    "select r.code, extract(epoch from min(t.recorded_at))::float8 from transitions t "
    "join residents r on r.id = t.resident_id where r.code like 'LOW-%' group by 1"
)


class Delays(Struct, frozen=True):
    """Seconds from POST; `missing` alerts and webhooks had not come when we stopped waiting."""

    posted: int
    alert_p50_s: float
    alert_p99_s: float
    webhook_p50_s: float
    webhook_p99_s: float
    missing: int
    old_stored: int  # of the backlog, meanwhile


def run(server: str, kafka: str, say: Callable[[str], None]) -> dict[str, Delays]:
    """Without and with a backlog."""
    found = {}
    for name, old in (("alone", 0), (f"while {OLD_READINGS:,} old readings are flushed", OLD_READINGS)):
        say(f"from POST to alert and webhook at {RATE:,} readings/s, {name}")
        found[name] = delays(server, kafka, old)
    return found


def delays(server: str, kafka: str, old: int) -> Delays:
    """A critical reading five times a second among the others, each of somebody who was well before."""
    with migrated_database(server, timescale=True) as database, _receiver() as (port, came):
        tokens = _registered(database, port)
        group = Workers(kafka, database, 1)
        ensure(kafka, group.prefix)
        gateway = free_port()
        own = {"SIZAO_GATEWAY_PORT": str(gateway), "SIZAO_WEBHOOK_SECRET": "whsec_c2VjcmV0IG9mIHRoZSBiZW5jaA=="}
        with running(group):
            group.processes += [group.run(name, own) for name in ("gateway", "sender")]
            url = f"http://127.0.0.1:{gateway}"
            _wait_until_ready(url)
            asyncio.run(_post(url, tokens, seconds=3, critical=False))  # everybody is known
            if old:
                publish(kafka, group.prefix + BACKLOG_TOPIC, _flushed(old), with_times=False)
            posted = asyncio.run(_post(url, tokens, seconds=SECONDS, critical=True))
            time.sleep(6)
            stored = row(
                database, f"select coalesce(sum(next_offset), 0)::bigint from ledger where topic = '{BACKLOG_TOPIC}'"
            )
            with psycopg.connect(database) as connection:
                found = dict(connection.execute(FOUND).fetchall())
    to_alert = sorted(found[who] - at for who, at in posted.items() if who in found)
    to_webhook = sorted(came[who] - at for who, at in posted.items() if who in came)
    return Delays(
        posted=len(posted),
        alert_p50_s=_share(to_alert, 0.5),
        alert_p99_s=_share(to_alert, 0.99),
        webhook_p50_s=_share(to_webhook, 0.5),
        webhook_p99_s=_share(to_webhook, 0.99),
        missing=2 * len(posted) - len(to_alert) - len(to_webhook),
        old_stored=int(stored[0]) * 50,
    )


def _registered(database: str, port: int) -> dict[str, str]:
    """The homes have tokens, and whoever is critical is told of by webhook."""
    folder = Path(tempfile.mkdtemp(prefix="sizao-bench-"))
    told = f"region,facility,channel,address,severity\n,,webhook,http://127.0.0.1:{port}/,P1\n"
    (folder / "recipients.csv").write_text(told)
    return asyncio.run(register(database, folder, list(HOMES)))


def _flushed(number: int) -> list[Any]:
    """What tablets send that were offline since yesterday, in arrays of 50, none of it unquiet."""
    return a_minute_each(number // 50, 50, list(HOMES), seed=3, ago=DAY)


def _wait_until_ready(url: str) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                break
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    time.sleep(4)  # the worker has its partitions


async def _post(url: str, tokens: dict[str, str], *, seconds: int, critical: bool) -> dict[str, float]:
    """Arrays of 50 at the fixed rate; when each critical reading was sent, by its resident."""
    rng = random.Random(seconds)
    posted: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def send(facility: str, events: list[dict[str, Any]]) -> None:
            await client.post("/v1/events", json=events, headers={"authorization": f"Bearer {tokens[facility]}"})

        tasks = []
        started = time.monotonic()
        for step in range(seconds * RATE // 50):
            facility = rng.choice(HOMES)
            now = round(time.time() * 1_000)
            events = [reading(rng, facility, f"R-{n:02d}", now - n) for n in range(50)]
            tasks.append(asyncio.create_task(send(facility, events)))
            if critical and step % 8 == 0:
                who = f"LOW-{step}"
                event = reading(rng, facility, who, now) | {"spo2_percent": 84.0}
                posted[who] = time.time()
                tasks.append(asyncio.create_task(send(facility, [event])))
            await asyncio.sleep(max(0.0, started + (step + 1) * 50 / RATE - time.monotonic()))
        await asyncio.gather(*tasks)
    return posted


@contextmanager
def _receiver() -> Iterator[tuple[int, dict[str, float]]]:
    """Takes webhooks and notes when each resident's came."""
    came: dict[str, float] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["content-length"])))
            came.setdefault(said["subject"]["id"], time.time())
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


def _share(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))] if ascending else float("nan")
