"""The county as it goes on from now: a trickle of checks, and residents who get worse before one's eyes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any, Final

from detectors.times import DAY, MINUTE, SECOND, Millis
from ingest.simulator.county import Home, Person
from ingest.simulator.illness import Course
from ingest.simulator.life import days, reading
from ingest.simulator.sending import Posting

STEP_SECONDS: Final = 2.0
CHECKS_A_STEP: Final = 3
BACKFILL_CHUNK: Final = 400


class Live:
    """Posts the last days quickly, then goes on in real time until it is cancelled."""

    def __init__(self, homes: list[Home], posting: Posting, seed: int, say: Callable[[str], None]) -> None:
        self._homes = homes
        self._posting = posting
        self._seed = seed
        self._say = say
        self._rng = random.Random(seed)  # noqa: S311  # a simulation

    async def run(self, past_days: int) -> None:
        """First somebody gets worse, so that a newcomer sees an alert at once; then the past, then life goes on."""
        now = _now()
        declining = [asyncio.create_task(self._decline(*one)) for one in self._declining()]
        try:
            await self._backfill(now - past_days * DAY, now)
            await self._go_on()
        finally:
            for task in declining:
                task.cancel()
            await asyncio.gather(*declining, return_exceptions=True)

    def _declining(self) -> list[tuple[Home, Person, tuple[float, ...], float]]:
        """Two residents and the saturations they show, a quarter of a minute apart; one has a fever besides."""
        first, second = self._homes[0], self._homes[1 % len(self._homes)]
        return [
            (first, first.people[2], (95, 92, 90, 87, 86, 86), 36.6),
            (second, second.people[-1], (94, 92, 92, 91, 91), 38.4),
        ]

    async def _decline(self, home: Home, person: Person, course: tuple[float, ...], temperature: float) -> None:
        for spo2 in course:
            event, _ = reading(home, person, _now(), self._rng, {})
            event |= {"spo2_percent": float(spo2), "temperature_celsius": temperature, "pulse_per_min": 104}
            event.pop("device_status", None)
            event.pop("perfusion_index_percent", None)
            await self._posting.send(home.code, [event])
            await asyncio.sleep(15)

    async def _backfill(self, first: Millis, last: Millis) -> None:
        """What happened before we came, as a tablet would send it that was offline."""
        by_home: dict[str, list[dict[str, Any]]] = {}
        sent = 0
        for one in days(self._homes, first, last - 10 * MINUTE, self._seed):
            waiting = by_home.setdefault(str(one.event["facility"]), [])
            waiting.append(one.event)
            if len(waiting) >= BACKFILL_CHUNK:
                await self._posting.send(str(one.event["facility"]), waiting)
                sent += len(waiting)
                waiting.clear()
        for facility, waiting in by_home.items():
            await self._posting.send(facility, waiting)
            sent += len(waiting)
        self._say(f"{sent} checks of the last days are sent")

    async def _go_on(self) -> None:
        """A few residents are measured every other second; the rounds of the day come when their time comes."""
        upcoming = days(self._homes, _now(), _now() + DAY, self._seed, self._courses())
        following = next(upcoming, None)
        while True:
            batches: dict[str, list[dict[str, Any]]] = {}
            for _ in range(CHECKS_A_STEP):
                home = self._rng.choice(self._homes)
                if home.falls_silent:
                    continue
                event, _ = reading(home, self._rng.choice(home.people), _now(), self._rng, {})
                batches.setdefault(home.code, []).append(event)
            while following is not None and following.at <= _now():
                batches.setdefault(str(following.event["facility"]), []).append(following.event)
                following = next(upcoming, None)
            for facility, events in batches.items():
                await self._posting.send(facility, events)
            await asyncio.sleep(STEP_SECONDS)

    def _courses(self) -> tuple[Course, ...]:
        home = self._homes[2 % len(self._homes)]
        return (Course(home.code, home.people[0].code, _now(), 5.0, 1.6),)


def _now() -> Millis:
    return round(time.time() * 1_000) // SECOND * SECOND
