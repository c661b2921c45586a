"""What the county does: checks in the morning and the evening, with everything that goes wrong in homes.

`days` is pure and deterministic: the same homes, seed and times give the same
bytes. Every event comes with the moment it is sent, which for an offline
tablet is hours after it was observed.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from detectors.times import DAY, HOUR, MINUTE, SECOND, Millis, to_text
from ingest.simulator.county import Home, Person

ZONE: Final = 8 * HOUR
ROUNDS: Final = ((7 * HOUR, "morning"), (16 * HOUR, "evening"))
OXIMETER_ERROR: Final = 0.9  # within 2 points for about 97 % of readings
SLIP: Final = 0.001  # a digit mistyped by hand
COLD_FINGER: Final = 0.002
REFUSED: Final = 0.004
OFFLINE: Final = 0.01  # a round that arrives hours later
SENT_TWICE: Final = 0.01
REPEATED: Final = 0.9  # a carer who sees a doubtful or low value measures again


class Sent(Struct, frozen=True, order=True):
    """An event and when it reaches the gateway; `truth` is what really was the matter."""

    at: Millis
    number: int
    event: dict[str, Any]
    truth: str = "well"  # well | slip | cold_finger | copied | ill


class Course(Struct, frozen=True):
    """How somebody gets worse: a fall of saturation and a rise of temperature from a moment on."""

    facility: str
    resident: str
    from_at: Millis
    spo2_falls: float
    temperature_rises: float
    over: Millis = 2 * HOUR  # until the course is at its worst


def days(homes: list[Home], first: Millis, last: Millis, seed: int = 1, ill: tuple[Course, ...] = ()) -> Iterator[Sent]:
    """Everything sent for the checks observed from `first` to `last`, in the order of sending."""
    courses = {(one.facility, one.resident): one for one in ill}
    waiting: list[Sent] = []
    day = (first + ZONE) // DAY
    while day * DAY - ZONE <= last:
        midnight = day * DAY - ZONE
        for begins, slot in ROUNDS:
            for sent in _round(homes, day, midnight + begins, slot, seed, courses):
                if first <= sent[1] <= last:
                    heapq.heappush(waiting, Sent(sent[0], len(waiting), sent[2], sent[3]))
            limit = midnight + begins
            while waiting and waiting[0].at < limit:
                yield heapq.heappop(waiting)
        day += 1
    while waiting:
        yield heapq.heappop(waiting)


_Made = tuple[Millis, Millis, dict[str, Any], str]
"""(sent at, observed at, event, truth)"""


def _round(
    homes: list[Home], day: int, begins: Millis, slot: str, seed: int, courses: dict[tuple[str, str], Course]
) -> Iterator[_Made]:
    for home in homes:
        rng = random.Random(f"{seed}/{home.code}/{day}/{slot}")  # noqa: S311  # a simulation
        if home.falls_silent and day % 2 == 0 and slot == "evening":
            continue
        starts = begins + rng.randint(0, 40) * MINUTE
        late = rng.randint(2, 8) * HOUR if rng.random() < OFFLINE else 0
        copied: dict[str, float] | None = None
        for index, person in enumerate(home.people):
            if rng.random() < REFUSED:
                continue
            observed = starts + index * 50 * SECOND + rng.randint(0, 20_000)
            event, truth = reading(home, person, observed, rng, courses)
            if home.copies_values:
                if copied is None:
                    copied = {name: event[name] for name in ("spo2_percent", "pulse_per_min", "temperature_celsius")}
                event |= copied
                truth = "copied"
            yield observed + late + rng.randint(1, 15) * SECOND, observed, event, truth
            if _is_doubtful(event) and rng.random() < REPEATED:
                again = observed + rng.randint(60, 180) * SECOND
                repeat, truth = reading(home, person, again, random.Random(rng.random()), courses)  # noqa: S311
                yield again + late + rng.randint(1, 15) * SECOND, again, repeat, truth
            if rng.random() < SENT_TWICE:
                yield observed + late + rng.randint(20, 90) * SECOND, observed, event, truth


def _is_doubtful(event: dict[str, Any]) -> bool:
    return "perfusion_index_percent" in event or event["spo2_percent"] <= 93


def reading(
    home: Home,
    person: Person,
    observed: Millis,
    rng: random.Random,
    courses: dict[tuple[str, str], Course],
) -> tuple[dict[str, Any], str]:
    """One morning or evening reading of a resident, and the truth about it."""
    truth = "well"
    spo2 = person.usual_spo2 + rng.gauss(0, OXIMETER_ERROR)
    temperature = person.usual_temperature + rng.gauss(0, 0.12)
    course = courses.get((person.facility, person.code))
    if course is not None and observed >= course.from_at:
        share = min(1.0, (observed - course.from_at) / max(1, course.over))
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
