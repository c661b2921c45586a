"""Laws 2 and 3 for units and facilities: whatever order reports arrive in, the same outbreaks."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from alerts.explain import explain
from alerts.follow import Follower
from detectors.corrections import Arrival
from detectors.observations import (
    CheckIn,
    Contact,
    Correction,
    Element,
    Equipment,
    Outage,
    Reading,
    ReportedDay,
    TestResult,
)
from detectors.place_engine import Heard, PlaceEngine, place_reference
from detectors.places import PlaceProfile, unit_at
from detectors.schedule import Schedule
from detectors.subjects import SubjectName
from detectors.times import DAY, HOUR, MINUTE, NEVER, SECOND, Millis
from streams.catalogue import national
from tests.laws.extra_rules import harsh_schedule
from tests.laws.histories import at
from tests.laws.worker import PlaceWorker

FACILITIES = ("F-1", "F-2")
EDGES = (14 * DAY, 14 * DAY + 1, 7 * DAY + 1, -10 * MINUTE, -10 * MINUTE - 1)


class Outbreaks:
    """Some weeks of two facilities: signs of illness, retests, corrections, moves between units, days of silence."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.number, self.events = rng, 0, []
        self.heard = {name: self._heard() for name in FACILITIES}
        self.units = {
            f"R-{n}": [(0, rng.choice((None, "U1", "U2"))), (at(rng.randint(1, 40)), rng.choice((None, "U1", "U2")))]
            for n in range(3)
        }
        wave = at(rng.randint(0, 20))
        for _ in range(rng.choice((3, 12, 40))):
            self._sign(
                wave + rng.randint(0, rng.choice((2, 10, 40))) * DAY + rng.choice((0, 9 * HOUR, rng.randint(0, DAY)))
            )
        for name in FACILITIES:
            self._reports(name)
        for who, event in [one for one in self.events if rng.random() < 0.15]:
            self._correction(who, event)

    def _heard(self) -> list[Heard]:
        """Days and contacts of a facility with a rhythm of its own that breaks off, and our outages."""
        rng, often = self.rng, self.rng.choice((0.3, 0.9))
        found: list[Heard] = [ReportedDay(at(day), "day") for day in range(70) if rng.random() < often]
        hours = rng.choice(((), (), (8,), (8, 16), (7, 11, 23)))
        quiet = [rng.randint(0, 70) for _ in range(4)]
        for day in range(70):
            kinds = ("fresh", "fresh", "fresh", "backlog", "misdated") if rng.random() < often else ("fresh",)
            if any(begin <= day < begin + 4 for begin in quiet):
                kinds = (None, None, None, "backlog", "misdated")
            for hour in hours:
                kind = rng.choice(kinds)
                if kind is not None:
                    found.append(Contact(at(day) + (hour + rng.choice((0, 0, 1))) * HOUR, kind))
        for begin in [rng.randint(0, 69) for _ in range(rng.choice((0, 2)))]:
            began = at(begin) + rng.randint(0, DAY)
            found.append(Outage(began, "outage", began + rng.choice((HOUR, DAY, 3 * DAY))))
        return list(dict.fromkeys(found))

    def _reports(self, name: str) -> None:
        """What a facility says of its devices day by day: none for stretches, or nothing at all."""
        rng = self.rng
        often, day = rng.choice((0.0, 0.5, 1.0)), rng.randint(0, 40)
        for _ in range(rng.choice((3, 10, 30))):
            day += rng.choice((0, 1, 1, 1, 2, 9))
            if rng.random() < often:
                numbers = rng.choice(((0, 0), (0, 2), (3, 0), (1, 1), (None, 0), (0, None), (None, None)))
                when = at(day) + rng.choice((8 * HOUR, 8 * HOUR, rng.randint(0, DAY)))
                who = str(SubjectName(name, "facility", name))
                self.events.append((who, Equipment(when, self._new_id(), *numbers)))

    def _new_id(self) -> str:
        self.number += 1
        return f"{self.rng.randint(0, 999):03d}-{self.number:04d}"

    def _who(self) -> SubjectName:
        rng = self.rng
        if rng.random() < 0.2:
            return SubjectName(rng.choice(FACILITIES), "staff", f"S-{rng.randint(0, 2)}")
        return SubjectName(rng.choice(FACILITIES), "resident", f"R-{rng.randint(0, 7)}")

    def _made(self, when: Millis, made: str) -> Element:
        rng, unit = self.rng, self.rng.choice((None, None, None, "U1", "U2"))
        kind = rng.random()
        if kind < 0.4:
            result = rng.choice(("positive", "positive", "negative", "undetermined"))
            return TestResult(when, made, rng.choice(("antigen", "pcr")), result, unit=unit)
        if kind < 0.9:
            symptoms = rng.choice((("cough",), ("fever", "cough"), ("fatigue",), ()))
            return CheckIn(when, made, symptoms=symptoms, unit=unit)
        return Reading(when, made, 900)

    def _sign(self, when: Millis) -> None:
        who = self._who()
        self.events.append((str(who), self._made(when, self._new_id())))
        for _ in range(self.rng.choice((0, 0, 1, 4))):  # the same illness goes on
            when += self.rng.choice((DAY, 3 * DAY, 14 * DAY - 1, 14 * DAY))
            self.events.append((str(who), self._made(when, self._new_id())))

    def _correction(self, who: str, event: Element) -> None:
        rng = self.rng
        for _ in range(rng.choice((1, 1, 2))):
            made, action = self._new_id(), rng.choice(("entered_in_error", "replaced_by", "stands"))
            replacement = self._made(event.at + rng.choice((0, -DAY, HOUR)), made) if action == "replaced_by" else None
            whose = str(SubjectName(SubjectName.parse(who).facility, "resident", "R-5")) if replacement else None
            when = event.at + rng.choice((MINUTE, DAY))
            self.events.append((who, Correction(when, made, event.id, event.at, action, replacement, whose)))

    def arrivals(self) -> list[Arrival]:
        rng, out = self.rng, []
        for who, event in self.events:
            delay = rng.choice((0, SECOND, 2 * HOUR, rng.randint(0, 13 * DAY)))
            if rng.random() < 0.08:
                delay = rng.choice(EDGES)
            arrival = Arrival(who, event.at + delay, event, 5)
            out += [arrival] * rng.choice((1, 1, 1, 2))
            if rng.random() < 0.06 and isinstance(event, CheckIn | TestResult | Equipment):
                is_report = isinstance(event, Equipment)
                other = Equipment(event.at, event.id, 0, 1) if is_report else self._made(event.at, event.id)
                out.append(
                    Arrival(who, arrival.received_at + rng.choice((0, SECOND, 8 * DAY)), other, rng.choice((3, 7)))
                )
        rng.shuffle(out)
        if rng.random() < 0.5:
            out.sort(key=lambda one: one.received_at)
        return out

    def profiles(self, name: SubjectName) -> tuple[PlaceProfile, ...]:
        rng = random.Random(f"{self.number}{name}")
        starts = (0, at(rng.randint(0, 30)), at(rng.randint(31, 50)))
        begins = rng.choice((None, at(rng.randint(-20, 20)))) if name.kind == "facility" else None
        return tuple(
            PlaceProfile(
                valid_from=start,
                mode=rng.choice(("平时", "疫情期间", "疫情期间")),
                checks_from=begins,
                residents=rng.choice((None, 10, 54, 100)),
                units={} if name.kind == "unit" else rng.choice(({}, {"U1": 10, "U2": 54})),
            )
            for start in starts[: rng.choice((1, 2, 3))]
        )


@pytest.mark.parametrize("chunk", range(3))
def test_whatever_order_reports_arrive_in_the_same_places_have_the_same_outbreaks(chunk: int) -> None:
    for seed in range(chunk, 90, 3):
        _trial(random.Random(seed))


def _trial(rng: random.Random) -> None:
    story = Outbreaks(rng)
    arrivals = story.arrivals()
    rules = harsh_schedule(rng, national(), at(0), at(60)) if rng.random() < 0.3 else Schedule([(-NEVER, national())])

    def profiles_of(place: str) -> tuple[tuple[PlaceProfile, ...], Schedule]:
        return story.profiles(SubjectName.parse(place)), rules

    def unit_of(who: SubjectName, when: Millis) -> str | None:
        return unit_at(story.units.get(who.id, ()), when)

    looked = at(rng.choice((30, 75)))
    engine = rng.choice((PlaceEngine, PlaceWorker))(profiles_of, unit_of)
    follower = Follower(engine)
    news = [(name, one) for name, known in story.heard.items() for one in known]
    rng.shuffle(news)
    for batch in _batches(rng, arrivals):
        for _ in range(rng.choice((0, 3, 20))):
            if news:
                _hear(engine, rng, *news.pop())
        until = min(looked, max(one.event.at for one in batch) + rng.choice((-DAY, 0, DAY)))
        told = list(follower.process(batch, until))
        assert all(explain(one, rules).reason.en for _, one in told)
        if isinstance(engine, PlaceWorker) and rng.random() < 0.3:
            engine.restart()
    for name, one in news:
        engine.hear(name, one)
    list(follower.process([], looked))
    wanted = place_reference(rng.sample(arrivals, len(arrivals)), story.heard, profiles_of, unit_of, looked)
    for place in engine.lives.keys() | wanted.keys():
        got = sorted(
            (one.episode for one in follower.stored.get(place, [])), key=lambda one: (one.condition, one.opened)
        )
        assert got == engine.episodes(place) == wanted.get(place, []), place


def _hear(engine: PlaceEngine, rng: random.Random, name: str, one: Heard) -> None:
    """An outage is often known before its end is."""
    if isinstance(one, Outage) and rng.random() < 0.5:
        engine.hear(name, Outage(one.at, one.id, NEVER))
    engine.hear(name, one)


def _batches(rng: random.Random, arrivals: list[Arrival]) -> Iterable[list[Arrival]]:
    start = 0
    while start < len(arrivals):
        size = rng.choice((1, 1, 3, 20))
        yield arrivals[start : start + size]
        start += size
