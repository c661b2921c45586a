"""Who is ill in the simulated county, and whom they infect: invented, pure, the same every time."""

from __future__ import annotations

import random
import zlib
from typing import Final

from msgspec import Struct

from detectors.times import DAY, HOUR, Millis
from ingest.simulator.county import Home, Person

# Numbers of a story, not of medicine: enough to see a first case, its neighbours, and most homes in peace.
BEGINS_A_WEEK: Final = 0.02
INFECTS: Final = 0.12  # each other resident of the unit
MOST_DAYS: Final = 14  # from the first case to the last
LASTS: Final[Millis] = 8 * DAY


class Course(Struct, frozen=True):
    """How somebody gets worse: a fall of saturation and a rise of temperature from a moment on."""

    facility: str
    resident: str
    from_at: Millis
    spo2_falls: float
    temperature_rises: float
    over: Millis = 2 * HOUR  # until the course is at its worst
    lasts: Millis = LASTS

    def share_at(self, at: Millis) -> float:
        """0: well, 1: at its worst."""
        if not self.from_at <= at < self.from_at + self.lasts:
            return 0.0
        return min(1.0, (at - self.from_at) / max(1, self.over))


def ill_on(home: Home, day: int, seed: int) -> list[Course]:
    """Everybody whose illness began in the weeks before the end of a day (days since 1970)."""
    week = day // 7
    return [course for one in (week - 3, week - 2, week - 1, week) for course in _outbreak(home, one, seed)]


def _outbreak(home: Home, week: int, seed: int) -> list[Course]:
    """One begins with one resident and goes from case to case inside the unit."""
    name = f"{seed}/{home.code}/ill/{week}"
    if zlib.crc32(name.encode()) >= BEGINS_A_WEEK * 2**32:  # a hundred times as quick as a generator
        return []
    rng = random.Random(name)  # noqa: S311  # a simulation
    first = rng.choice(home.people)
    well = [one for one in home.people if one.unit == first.unit and one is not first]
    begins = week * 7 + rng.randrange(7)
    cases: list[tuple[int, Person]] = [(begins, first)]
    for day, _ in cases:  # grows while it is walked
        met = [one for one in well if rng.random() < INFECTS] if day < begins + MOST_DAYS else []
        well = [one for one in well if one not in met]
        cases += [(day + rng.randint(2, 4), one) for one in met]
    return [_course(person, day, rng) for day, person in cases]


def _course(person: Person, day: int, rng: random.Random) -> Course:
    falls, rises = max(0.0, rng.gauss(3.0, 2.5)), max(0.0, rng.gauss(1.3, 0.5))
    return Course(person.facility, person.code, day * DAY + rng.randrange(DAY), falls, rises, over=36 * HOUR)
