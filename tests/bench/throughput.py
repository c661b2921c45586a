"""Sections a and b: readings a second from topic to committed row, beside raw COPY of the same rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psutil
from msgspec import Struct

from ingest.decode import TOPICS, decode_message
from ingest.topics import ensure
from store.connection import connect, transaction
from store.copying import COLUMNS, copy_of
from store.rows import ObservationRow
from tests.bench.machine import Moment, Workers, row, running, stored_messages, wait_for
from tests.bench.traffic import FACILITIES, Sent, a_minute_each, publish, stamped_by_sender
from tests.support.databases import migrated_database

FIRST_SHARE = 0.1
"""Measured from when this much is stored: before it processes start and facilities are met for the first time."""

RUNS = (("arrays of 50", 50, 12_000), ("single events", 1, 60_000))


class Throughput(Struct, frozen=True):
    """One run. What is per reading is in microseconds."""

    readings_per_s: float
    transitions: int
    alerts: int
    rules_per_reading: float
    worker_cpu_us: float
    machine_busy: float  # 0..1: all cores, everybody
    memory_mb: float  # of the largest worker
    generator_cpu_s: float
    stages_us: dict[str, float]  # one worker's time, whatever it waited for


def throughput(server: str, kafka: str, made: list[Sent], size: int, workers: int) -> Throughput:
    """Publishes everything first, then lets the workers go: the generator's own work is not in the figure."""
    with migrated_database(server, timescale=True) as database:
        group = Workers(kafka, database, workers)
        stamped_by_sender(kafka, group.prefix)
        ensure(kafka, group.prefix)
        generator = publish(kafka, group.prefix + TOPICS[0], made)
        with running(group):
            return measured(group, len(made), size, generator)


def measured(group: Workers, number: int, size: int, generator: float, before: int = 0) -> Throughput:
    """Follows running workers through `number` messages; `before` were stored already."""
    wait_for(group.database, before + round(number * FIRST_SHARE))
    first = Moment.now(group, stored_messages(group.database))
    wait_for(group.database, before + number)
    last = Moment.now(group, before + number)
    readings = (last.stored - first.stored) * size
    seconds = last.at - first.at
    told = "select (select count(*) from transitions), (select count(*) from alerts)"
    transitions, alerts = row(group.database, told)
    return Throughput(
        readings_per_s=readings / seconds,
        transitions=transitions,
        alerts=alerts,
        rules_per_reading=(last.rules - first.rules) / readings,
        worker_cpu_us=(last.worker_cpu - first.worker_cpu) / readings * 1e6,
        machine_busy=(last.busy - first.busy) / seconds / (psutil.cpu_count() or 1),
        memory_mb=group.memory_bytes / 1e6,
        generator_cpu_s=generator,
        stages_us={
            stage: (spent - first.stages.get(stage, 0.0)) / readings * 1e6 for stage, spent in last.stages.items()
        },
    )


def raw_copy(server: str, made: list[Sent]) -> float:
    """Rows a second: COPY BINARY of the same rows straight into the same table, 5,000 a transaction."""
    rows = [one for sent in made for one in decode_message(sent.value, key=None, received_at=sent.at).rows]
    with migrated_database(server, timescale=True) as database:
        return asyncio.run(_copied(database, rows))


async def _copied(database: str, rows: list[ObservationRow]) -> float:
    facilities = {row.facility: number for number, row in enumerate(rows)}
    people = {(row.facility, row.resident or ""): number for number, row in enumerate(rows)}
    statement = f"copy observations ({COLUMNS}) from stdin (format binary)".encode()
    connection = await connect(database, "bench")
    started = asyncio.get_running_loop().time()
    for first in range(0, len(rows), 5_000):
        stream = copy_of(rows[first : first + 5_000], facilities, people)
        async with transaction(connection), connection.cursor().copy(statement) as into:
            await into.write(stream)
    seconds = asyncio.get_running_loop().time() - started
    await connection.close()
    return len(rows) / seconds


def run(server: str, kafka: str, say: Callable[[str], None]) -> tuple[float, dict[str, Throughput]]:
    """Raw COPY in rows a second, and every run by its name."""
    found: dict[str, Throughput] = {}
    raw = 0.0
    for shape, size, number in RUNS:
        say(f"making {number * size:,} readings in {shape}")
        made = a_minute_each(number, size, FACILITIES)
        if size > 1:
            say("raw COPY BINARY")
            raw = raw_copy(server, made[: 200_000 // size])
        for workers in (1, 2):
            name = f"{shape}, {workers} worker{'s' if workers > 1 else ''}"
            say(name)
            found[name] = throughput(server, kafka, made, size, workers)
    return raw, found
