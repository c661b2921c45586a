"""Section d: what 100 to 41,000 registered facilities cost, with the same events of the same active residents."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import psycopg
from msgspec import Struct

from ingest.decode import TOPICS
from ingest.partitions import partition_of
from ingest.topics import PARTITIONS, ensure
from tests.bench.machine import Workers, running, stored_messages, wait_for
from tests.bench.throughput import Throughput, measured
from tests.bench.traffic import Sent, a_minute_each, publish, stamped_by_sender
from tests.support.databases import migrated_database

SIZES: Final = (100, 1_000, 10_000, 41_000)
ACTIVE: Final = 100
RESIDENTS: Final = 54  # in every facility; 50 of them are measured in the active ones
MESSAGES: Final = 8_000
AFTER_RESTART: Final = 400

REGISTER_FACILITIES: Final = """
insert into facilities (code, provisional, partition, looked_until, due_at)
select code, false, part, now(), now() + interval '12 hours'
from unnest(%(codes)s::text[], %(parts)s::smallint[]) f (code, part)
"""
REGISTER_RESIDENTS: Final = """
insert into residents (facility_id, code, provisional)
select f.id, 'R-' || lpad(n::text, 2, '0'), false from facilities f, generate_series(0, %(last)s) n
"""


class Growth(Struct, frozen=True):
    """One size."""

    facilities: int
    throughput: Throughput
    take_over_s: float  # from the start of a new process until everything that waited is stored
    register_s: float


def run(server: str, kafka: str, say: Callable[[str], None], sizes: Sequence[int] = SIZES) -> list[Growth]:
    """Every size in turn."""
    active = [f"B-{number * 397 % 41_000:05d}" for number in range(ACTIVE)]
    made = a_minute_each(MESSAGES + AFTER_RESTART, 50, active)
    found = []
    for size in sizes:
        say(f"{size:,} facilities with {size * RESIDENTS:,} residents")
        found.append(_grown(server, kafka, size, active, made))
    return found


def _grown(server: str, kafka: str, size: int, active: list[str], made: list[Sent]) -> Growth:
    with migrated_database(server, timescale=True) as database:
        started = time.monotonic()
        _register(database, size, active)
        registered = time.monotonic() - started
        group = Workers(kafka, database, 1)
        stamped_by_sender(kafka, group.prefix)
        ensure(kafka, group.prefix)
        generator = publish(kafka, group.prefix + TOPICS[0], made[:MESSAGES])
        with running(group):
            found = measured(group, MESSAGES, 50, generator)
        publish(kafka, group.prefix + TOPICS[0], made[MESSAGES:])
        started = time.monotonic()
        with running(group):
            ended = wait_for(database, MESSAGES + AFTER_RESTART)
        assert stored_messages(database) == len(made)
    return Growth(size, found, ended - started, registered)


def _register(database: str, size: int, active: list[str]) -> None:
    """The facilities are known and looked at, the active ones among them, and nothing is due for hours."""
    others = (f"B-{number:05d}" for number in range(41_000))
    codes = [*active, *(code for code in others if code not in set(active))][:size]
    parts = [partition_of(code, PARTITIONS) for code in codes]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(REGISTER_FACILITIES, {"codes": codes, "parts": parts})
        connection.execute(REGISTER_RESIDENTS, {"last": RESIDENTS - 1})
        connection.execute("analyze")
