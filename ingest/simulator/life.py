"""What the county does: checks in the morning and the evening, with everything that goes wrong in homes.

`days` is pure and deterministic: the same homes, seed and times give the same
bytes. Every event comes with the moment it is sent, which for an offline
tablet is hours after it was observed.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from detectors.times import DAY, HOUR, MINUTE, SECOND, Millis, to_text
from ingest.simulator.county import Home, Person
from ingest.simulator.illness import Course, ill_on
from ingest.simulator.reports import report_of

ZONE: Final = 8 * HOUR
ROUNDS: Final = ((7 * HOUR, "morning"), (16 * HOUR, "evening"))
OXIMETER_ERROR: Final = 0.9  # within 2 points for about 97 % of readings
SLIP: Final = 0.001  # a digit mistyped by hand
COLD_FINGER: Final = 0.002
REFUSED: Final = 0.004
OFFLINE: Final = 0.01  # a round that arrives hours later
SENT_TWICE: Final = 0.01
TESTED: Final = 0.4  # of those who are ill, each morning
FOUND: Final = 0.8  # of those who are ill and tested
REPEATED: Final = 0.9  # a carer who sees a doubtful or low value measures again


class Sent(Struct, frozen=True):
    """An event and when it reaches the gateway; `truth` is what really was the matter."""

    at: Millis
    number: int
    event: dict[str, Any]
    truth: str = "well"  # well | slip | cold_finger | copied | ill


_Made = tuple[Millis, dict[str, Any], str]
"""(sent at, event, truth)"""
Courses = dict[tuple[str, str], Course]
"""(facility, resident) -> their illness"""


def days(homes: list[Home], first: Millis, last: Millis, seed: int = 1, ill: tuple[Course, ...] = ()) -> Iterator[Sent]:
    """Everything sent for the checks observed from `first` to `last`, in the order of sending.

    A nation's day is made as it is taken: each home holds the few events that overtake one another.
    """
    lives = [_life(home, first, last, seed, ill) for home in homes]
    for number, (at, event, truth) in enumerate(heapq.merge(*lives, key=lambda made: made[0])):
        yield Sent(at, number, event, truth)


def _life(home: Home, first: Millis, last: Millis, seed: int, ill: tuple[Course, ...]) -> Iterator[_Made]:
    """What one home sends, in order."""
    waiting: list[tuple[Millis, int, dict[str, Any], str]] = []
    number = 0
    for day in range((first + ZONE) // DAY, (last + ZONE) // DAY + 1):
        courses = {(one.facility, one.resident): one for one in (*ill_on(home, day, seed), *ill)}
        reported = report_of(home, day, seed)
        if reported is not None and first <= reported[0] <= last:
            number += 1
            heapq.heappush(waiting, (reported[0] + SECOND, number, reported[1], "well"))
        for begins, slot in ROUNDS:
            midnight = day * DAY - ZONE
            if not first - HOUR - len(home.people) * MINUTE <= midnight + begins <= last:
                continue  # over before, or begun after
            for soonest, made in _round(home, day, midnight + begins, slot, seed, courses):
                while waiting and waiting[0][0] <= soonest:
                    at, _, event, truth = heapq.heappop(waiting)
                    yield at, event, truth
                for at, observed, event, truth in made:
                    if first <= observed <= last:
                        number += 1
                        heapq.heappush(waiting, (at, number, event, truth))
    while waiting:
        at, _, event, truth = heapq.heappop(waiting)
        yield at, event, truth


def _round(
    home: Home, day: int, begins: Millis, slot: str, seed: int, courses: Courses
) -> Iterator[tuple[Millis, list[tuple[Millis, Millis, dict[str, Any], str]]]]:
    """Per resident: the time before which nothing more will be sent, and (sent at, observed at, event, truth)."""
    rng = random.Random(f"{seed}/{home.code}/{day}/{slot}")  # noqa: S311  # a simulation
    if home.falls_silent and day % 2 == 0 and slot == "evening":
        return
    starts = begins + rng.randint(0, 40) * MINUTE
    late = rng.randint(2, 8) * HOUR if rng.random() < OFFLINE else 0
    copied: dict[str, float] | None = None
    for index, person in enumerate(home.people):
        if rng.random() < REFUSED:
            continue
        soonest = starts + index * 50 * SECOND
        observed = soonest + rng.randint(0, 20_000)
        event, truth = reading(home, person, observed, rng, courses)
        if home.copies_values:
            if copied is None:
                copied = {name: event[name] for name in ("spo2_percent", "pulse_per_min", "temperature_celsius")}
            event |= copied
            truth = "copied"
        made = [(observed + late + rng.randint(1, 15) * SECOND, observed, event, truth)]
        if _is_doubtful(event) and rng.random() < REPEATED:
            again = observed + rng.randint(60, 180) * SECOND
            repeat, truth = reading(home, person, again, random.Random(rng.random()), courses)  # noqa: S311
            made.append((again + late + rng.randint(1, 15) * SECOND, again, repeat, truth))
        if truth == "ill" and slot == "morning" and rng.random() < TESTED:
            made.append((observed + late + 20 * MINUTE, observed, _test(home, person, observed, rng), truth))
        if rng.random() < SENT_TWICE:
            made.append((observed + late + rng.randint(20, 90) * SECOND, observed, event, truth))
        yield soonest, made


def _test(home: Home, person: Person, observed: Millis, rng: random.Random) -> dict[str, Any]:
    return {
        "type": "test_result",
        "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
        "facility": home.code,
        "resident": person.code,
        "unit": person.unit,
        "observed_at": to_text(observed),
        "test": "antigen",
        "result": "positive" if rng.random() < FOUND else "negative",
    }


def _is_doubtful(event: dict[str, Any]) -> bool:
    return "perfusion_index_percent" in event or event["spo2_percent"] <= 93


def evening(observed: Millis) -> float:
    """0 at four in the morning, 1 at four in the afternoon: the body's clock."""
    return (1 - math.cos((observed + ZONE - 4 * HOUR) % DAY / DAY * 2 * math.pi)) / 2


def reading(
    home: Home,
    person: Person,
    observed: Millis,
    rng: random.Random,
    courses: Courses,
) -> tuple[dict[str, Any], str]:
    """One morning or evening reading of a resident, and the truth about it."""
    truth = "well"
    spo2 = person.usual_spo2 + rng.gauss(0, OXIMETER_ERROR)
    temperature = person.usual_temperature + person.evening_rise * evening(observed) + rng.gauss(0, 0.12)
    course = courses.get((person.facility, person.code))
    if course is not None and (share := course.share_at(observed)) > 0:
        spo2 -= course.spo2_falls * share
        temperature += course.temperature_rises * share
        truth = "ill"
    event: dict[str, Any] = {
        "type": "reading",
        "event_id": str(UUID(int=rng.getrandbits(128), version=4)),
        "facility": home.code,
        "resident": person.code,
        "unit": person.unit,
        "device": f"OX-{home.code[-3:]}-{rng.randint(1, 4)}",
        "observed_at": to_text(observed),
        "spo2_percent": float(min(100, max(40, round(spo2)))),
        "pulse_per_min": max(40, round(rng.gauss(person.usual_pulse, 4))),
        "temperature_celsius": round(min(42.5, max(34.0, temperature)), 1),
        "activity": "rest",
        "on_oxygen": False,
        "source": "device",
    }
    if rng.random() < COLD_FINGER:
        event |= {"perfusion_index_percent": 0.2, "device_status": ["low_perfusion"]}
        truth = "cold_finger" if truth == "well" else truth
    elif rng.random() < SLIP:
        event["spo2_percent"] = float(round(spo2) % 10 * 10 + round(spo2) // 10)  # 97 written as 79
        event["source"] = "manual"
        truth = "slip" if truth == "well" else truth
    return event, truth
