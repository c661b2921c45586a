"""What must hold after every fault: everything accepted is stored once, and judged as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Final

from msgspec import Struct

from detectors.times import Millis
from tests.faults.stream import EventKey
from tests.faults.world import World

LONGEST_SECONDS: Final = 300
LEAST_EPISODES: Final = 200


class Verdict(Struct):
    """What was found; a row of the soak table."""

    events: int  # accepted, each once
    episodes: int
    seconds_to_lag_0: float
    lost: int
    added: int  # stored, and never accepted
    doubled: int  # open alerts beside another, episodes opened twice, messages recorded twice
    untold: int  # deliveries that were neither sent nor have a reason
    differences: list[str]  # of the audit
    mixture: dict[str, int]
    digest: str  # of all episodes: another telling of the same story has the same

    def holds(self) -> None:
        """Raises AssertionError for anything that must not be."""
        assert self.episodes >= LEAST_EPISODES, f"only {self.episodes} episodes: the stream is too thin to prove much"
        poor = [name for name, number in self.mixture.items() if number == 0]
        assert not poor, f"the stream has no {poor}"
        assert self.lost == 0, f"{self.lost} of {self.events} accepted events are not stored"
        assert self.added == 0, f"{self.added} events are stored that nobody was told were accepted"
        assert self.doubled == 0
        assert self.untold == 0
        assert self.differences == [], self.differences[:5]


def wait_for_lag_0(world: World) -> float:
    """Seconds until everything is stored."""
    started = time.monotonic()
    try:
        world.until(lambda: world.lag() == 0, LONGEST_SECONDS)
    except AssertionError as error:
        raise AssertionError(f"lag {_lag(world)} after {LONGEST_SECONDS} s") from error
    return time.monotonic() - started


def judge(world: World, accepted: set[EventKey], seconds: float, *, audit: tuple[str, ...] = ("sizao",)) -> Verdict:
    """Compares what is stored with what was acknowledged, and audits all of it; `audit` is the module that audits."""
    _wait_for_tellings(world)
    stored = _stored(world)
    differences, episodes = _audited(world, audit)
    return Verdict(
        events=len(accepted),
        episodes=episodes,
        seconds_to_lag_0=round(seconds, 1),
        lost=len(accepted - stored.keys()),
        added=len(stored.keys() - accepted),
        doubled=sum(number - 1 for number in stored.values()) + _doubled(world),
        untold=world.one("select count(*) from deliveries where status not in ('sent', 'not_told')"),
        differences=differences,
        mixture=_mixture(world),
        digest=_digest(world),
    )


def _stored(world: World) -> dict[EventKey, int]:
    found: dict[EventKey, int] = {}
    statement = "select round(extract(epoch from observed_at) * 1000)::bigint, event_id::text from observations"
    for at, event_id in world.rows(statement):
        key: tuple[Millis, str] = (at, event_id)
        found[key] = found.get(key, 0) + 1
    return found


def _doubled(world: World) -> int:
    return int(
        world.one(
            """
            select (select count(*) from (
                    select from alerts where closed_at is null
                    group by resident_id, condition having count(*) > 1) a)
                + (select count(*) from (
                    select from transitions where kind = 'opened' group by episode_id having count(*) > 1) t)
                + (select count(*) from (
                    select from deliveries where recipient_id is not null -- a note begins with what it is about
                    group by transition_id, kind, split_part(note, '：', 1), channel, address having count(*) > 1) d)
                + (select count(*) from (
                    select from rejections
                    group by cluster_id, topic, partition, kafka_offset, item having count(*) > 1) r)
            """
        )
    )


def _mixture(world: World) -> dict[str, int]:
    counted = dict(world.rows("select kind, count(*) from transitions group by 1"))
    late, corrected = world.rows(
        "select count(*) filter (where fate = 4), count(*) filter (where effect > 0) from observations"
    )[0]
    return {
        "late": late,
        "corrected": corrected,
        "conflicts": world.one("select count(*) from conflicts"),
        "withdrawn": counted.get("withdrawn", 0),
        "joined": counted.get("joined", 0),
        "alerts": world.one("select count(*) from alerts"),
    }


def _digest(world: World) -> str:
    return str(
        world.one(
            """
            select md5(string_agg(concat_ws(' ', f.code, r.code, e.content), E'\n'
                order by f.code, r.code, e.condition, e.opened_at, e.opened_rank, e.opened_id))
            from episodes e join residents r on r.id = e.resident_id join facilities f on f.id = e.facility_id
            where e.withdrawn_at is null
            """
        )
    )


def _wait_for_tellings(world: World) -> None:
    """Where a sender runs: everything due was sent."""
    if "sender" in world.children:
        waits = "select count(*) from deliveries where status in ('due', 'sending')"
        world.until(lambda: world.one(waits) == 0, 120, "deliveries wait")


def _audited(world: World, program: tuple[str, ...]) -> tuple[list[str], int]:
    words = [sys.executable, "-m", *program, "audit", "--sample", "100000", "--json"]
    done = subprocess.run(
        words, env={**os.environ, **world.env}, capture_output=True, text=True, timeout=280, check=False
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    differences = [
        " ".join((one["facility"], one["resident"], one["what"])) for home in found for one in home["differences"]
    ]
    assert (done.returncode == 0) == (not differences), done.stderr[-2_000:]
    return differences, sum(home["episodes"] for home in found)


def _lag(world: World) -> int | str:
    try:
        return world.lag()
    except Exception as error:
        return f"unknown ({error})"
