"""Section e: what one reading costs on one core, all national rules on, decoding included. Needs no service."""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import mean, quantiles
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from detectors.fold import Folder
from detectors.history import History
from detectors.observations import CheckIn, Reading, TestResult
from detectors.profile import Profile
from detectors.schedule import scheduled
from detectors.subject import Subject
from detectors.times import DAY, HOUR, MINUTE, Millis, to_text
from ingest.decode import decode_message
from streams.catalogue import national

START: Final[Millis] = 1_790_000_000_000 // DAY * DAY
SIZE: Final = 50
KEPT_RESIDENTS: Final = 400


class Cost(Struct, frozen=True):
    """Microseconds of CPU a reading."""

    decode_us: float
    judge_us: float
    rules_per_reading: float
    goal_us: float

    @property
    def total_us(self) -> float:
        """Both together."""
        return self.decode_us + self.judge_us


Values = Callable[[random.Random], dict[str, Any]]


def _spo2_and_pulse(rng: random.Random) -> dict[str, Any]:
    """Quiet is what lies inside every rule's band: at 96 % the trend of days is looked at."""
    return {"spo2_percent": rng.choice((97.0, 98.0, 99.0)), "pulse_per_min": 60 + rng.randrange(25)}


def _all_vitals(rng: random.Random) -> dict[str, Any]:
    return _spo2_and_pulse(rng) | {
        "respirations_per_min": 13 + rng.randrange(6),
        "temperature_celsius": rng.choice((36.4, 36.6, 36.8)),
        "temperature_site": "axillary",
        "systolic_mmhg": 115 + rng.randrange(30),
        "diastolic_mmhg": 75,
        "consciousness": "A",
        "on_oxygen": False,
        "activity": "rest",
    }


def _ill(rng: random.Random) -> dict[str, Any]:
    """Hypoxia, fever and a high NEWS2 stand, and every value moves."""
    return _all_vitals(rng) | {
        "spo2_percent": rng.choice((87.0, 89.0, 90.0, 91.0)),
        "respirations_per_min": 22 + rng.randrange(5),
        "temperature_celsius": rng.choice((38.2, 38.6, 39.1)),
        "pulse_per_min": 105 + rng.randrange(20),
    }


KINDS: Final[dict[str, tuple[Values, Millis, float]]] = {
    "quiet, SpO2 and pulse, once a minute": (_spo2_and_pulse, MINUTE, 6.0),
    "quiet, all vitals, four times a day": (_all_vitals, 6 * HOUR, 12.0),
    "ill, all vitals, every quarter of an hour": (_ill, 15 * MINUTE, 60.0),
}


def run(say: Callable[[str], None]) -> tuple[dict[str, Cost], float]:
    """The cost of each kind of reading, and the bytes of history a resident at four checks a day."""
    found = {}
    for name, (values, apart, goal) in KINDS.items():
        say(name)
        found[name] = cost(values, apart, goal)
    say("history of 35 days at four checks a day")
    return found, history_bytes()


def cost(values: Values, apart: Millis, goal: float, rounds: int = 60) -> Cost:
    """Fifty residents of one home, an array a round, after 36 hours of the same (at most 150 rounds).

    A day of four checks has rounds with a cut-off and one with its turn: each place in four counts a
    quarter. Of each, the lower quartile of its rounds: other work on the machine only adds.
    """
    rng = random.Random(5)
    subjects = _subjects(SIZE)
    before = max(20, min(150, 36 * HOUR // apart))
    decoding, judging, ran = [], [], 0
    for number in range(before + rounds):
        at = START + number * apart
        message = _array(rng, values, at)
        started = time.process_time_ns()
        rows = decode_message(message, key="B-0001", received_at=at).rows
        decoded = time.process_time_ns()
        for subject, row in zip(subjects, rows, strict=True):
            assert isinstance(row.element, Reading | CheckIn | TestResult)
            subject.append((row.element,), at)
            out = subject.take()[1]
            ran += out.ran if number >= before else 0
        judged = time.process_time_ns()
        if number >= before:
            decoding.append((decoded - started) / SIZE / 1_000)
            judging.append((judged - decoded) / SIZE / 1_000)
    return Cost(_each_in_four(decoding), _each_in_four(judging), ran / rounds / SIZE, goal)


def _each_in_four(rounds: list[float]) -> float:
    return mean([quantiles(rounds[place::4], n=4)[0] for place in range(4)])


def history_bytes() -> float:
    """What the history of a resident takes, its elements included; all that is shared is not counted."""
    rng = random.Random(6)
    folder = Folder((Profile(checks_from=START),), scheduled(national()))
    views = [History(folder.profiles[0]) for _ in range(KEPT_RESIDENTS)]
    gc.collect()
    tracemalloc.start()
    for number in range(35 * 4):
        at = START + number * 6 * HOUR
        for first in range(0, KEPT_RESIDENTS, SIZE):
            rows = decode_message(_array(rng, _all_vitals, at), key="B-0001", received_at=at).rows
            for view, row in zip(views[first : first + SIZE], rows, strict=True):
                assert isinstance(row.element, Reading)
                view.add(row.element)
    del rows, row, view
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return kept / len(views)


def _subjects(number: int) -> list[Subject]:
    rules = scheduled(national())
    return [Subject(Folder((Profile(checks_from=START),), rules)) for _ in range(number)]


def _array(rng: random.Random, values: Values, at: Millis) -> bytes:
    return msgspec.json.encode(list(_events(rng, values, at)))


def _events(rng: random.Random, values: Values, at: Millis) -> Iterator[dict[str, Any]]:
    for number in range(SIZE):
        yield {
            "type": "reading",
            "facility": "B-0001",
            "resident": f"R-{number:02d}",
            "observed_at": to_text(at + number),
            **values(rng),
            "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
            "received_at": to_text(at + 1_000),
        }
