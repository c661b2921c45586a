"""Random histories, as harsh as life: what the laws are tried on.

Sparse days, one reading a second, equal times, values on every limit, days in
the band between, sets in two parts, doubtful and demonstration readings,
presence, tests, corrections before their originals and to somebody else, a
shared device whose bindings overlap, end and come after what they claim,
redelivery, other content under the same id, lateness to a week and beyond,
profiles and rules that change, and weeks of silence.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from msgspec import structs

from detectors.corrections import Arrival
from detectors.observations import (
    Binding,
    CheckIn,
    Correction,
    Doubt,
    Element,
    Presence,
    Reading,
    SoftSign,
    Symptom,
    TestResult,
    Visit,
)
from detectors.profile import Profile
from detectors.times import DAY, HOUR, MINUTE, SECOND, Millis

START = 20_000 * DAY - 8 * HOUR  # a midnight in Shanghai

LOW = (680, 830, 831, 850, 880, 880, 881, 900, 905, 914, 915, 920, 930, 930, 930, 931, 934, 935, 940)
GOOD = (940, 949, 950, 954, 955, 960, 961, 965, 970, 980, 990)
EDGES = (8 * DAY, 7 * DAY + 1, 7 * DAY, -10 * MINUTE, -10 * MINUTE - 1)
"""Delays on and beyond what still counts."""

DOUBTS = (Doubt.LOW_PERFUSION, Doubt.NON_PULSATILE, Doubt.INVALID_DEVICE, Doubt.IMPOSSIBLE, Doubt.DEMO)
DEVICE = "OX-1"
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Asia/Urumqi", "Europe/London")
"""The last turns its clocks within the time of the stories."""


def at(day: int, time: str = "00:00", seconds: int = 0) -> Millis:
    """A local time on a day of the story."""
    return START + day * DAY + int(time[:2]) * HOUR + int(time[3:]) * MINUTE + seconds * SECOND


class Maker:
    """Makes one history; `rng` is random.Random or what hypothesis draws."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.number = 0
        self.events: list[tuple[str, Element | Correction | Binding]] = []

    def new_id(self) -> str:
        self.number += 1
        return f"{self.rng.randint(0, 999):03d}-{self.number:04d}"

    def reading(self, who: str, when: Millis, low: float = 0.15, **given: object) -> Reading:
        rng = self.rng
        values: dict[str, object] = {"spo2_tenths": rng.choice(LOW if rng.random() < low else GOOD)}
        if rng.random() < 0.5:
            values["pulse_per_min"] = rng.choice((18, 38, 55, 70, 80, 95, 115, 135))
        if rng.random() < 0.4:
            values["respirations_per_min"] = rng.choice((10, 14, 16, 18, 22, 26, 31))
        if rng.random() < 0.5:
            values["temperature_tenths"] = rng.choice((348, 362, 365, 368, 370, 371, 372, 373, 376, 378, 379, 381, 395))
            values["temperature_site"] = rng.choice((None, None, "axillary", "forehead", "oral", "ear", "rectal"))
        if rng.random() < 0.2:
            values["systolic_mmhg"] = rng.choice((88, 105, 120, 140, 225))
        if rng.random() < 0.2:
            values["consciousness"] = rng.choice("AAAC")
        if rng.random() < 0.1:
            del values["spo2_tenths"]
        if rng.random() < 0.15:
            values["on_oxygen"] = rng.random() < 0.5
        values["after_activity"] = rng.random() < 0.08
        if rng.random() < 0.08:
            values["doubt"] = int(rng.choice(DOUBTS))
        values.update(given)
        made = Reading(when, self.new_id(), **values)
        self.events.append((who, made))
        return made

    def check_in(self, when: Millis, presence: Presence) -> CheckIn:
        rng = self.rng
        symptoms: tuple[Symptom, ...] | None = None if rng.random() < 0.3 else ()
        signs: tuple[SoftSign, ...] | None = None if rng.random() < 0.3 else ()
        if rng.random() < 0.4:
            symptoms = tuple(rng.sample(("fever", "cough", "dyspnoea", "headache"), rng.choice((1, 1, 2))))
        if rng.random() < 0.4:
            known = ("more_tired", "withdrawn", "unsteady", "new_confusion", "falls")
            signs = tuple(rng.sample(known, rng.choice((1, 1, 2, 3))))
        return CheckIn(when, self.new_id(), presence, symptoms, signs)

    def history(self) -> list[str]:
        rng = self.rng
        people = ["a", "b"] if rng.random() < 0.4 else ["a"]
        days = rng.choice((1, 2, 3, 6, 12, 20, 45))
        for who in people:
            low, silent = rng.choice((0, 0.05, 0.3, 0.8)), rng.choice((0.15, 0.15, 0.15, 0.9))
            self._ordinary_days(who, days, low, silent)
            self._special(who, days, low, rng.randint(0, 7))
        self._shared_device(people, days)
        self._corrections(people)
        return people

    def _shared_device(self, people: list[str], days: int) -> None:
        """Who is measured is said by bindings alone; one in four is said again, otherwise."""
        rng = self.rng
        if rng.random() < 0.5:
            return
        for day in range(days):
            for _ in range(rng.choice((0, 1, 3))):
                self.reading("", at(day) + rng.choice((8 * HOUR, 9 * HOUR, rng.randint(0, DAY - 1))), 0.4)
        for _ in range(rng.choice((1, 2, 4))):
            begins = at(rng.randint(-9, days)) + rng.choice((0, 8 * HOUR, 9 * HOUR))
            for _ in range(rng.choice((1, 1, 1, 2))):
                ends = rng.choice((None, None, begins + rng.choice((HOUR, 2 * DAY))))
                when = begins + rng.choice((0, HOUR, 3 * DAY))
                self.events.append((rng.choice(people), Binding(when, self.new_id(), DEVICE, begins, ends)))

    def _ordinary_days(self, who: str, days: int, low: float, silent: float) -> None:
        rng = self.rng
        for day in range(days):
            if rng.random() < silent:
                continue
            for _ in range(rng.choice((1, 2, 2, 4))):
                hours = rng.choice((7 * HOUR, 10 * HOUR, 17 * HOUR, 18 * HOUR, rng.randint(0, DAY - 1)))
                when = at(day) + hours + rng.choice((0, 0, 1, -1, rng.randint(-MINUTE, MINUTE)))
                self.reading(who, when, low)
                if rng.random() < 0.4:
                    waits = (0, 5 * SECOND, 10 * SECOND, 61 * SECOND, 5 * MINUTE, 10 * MINUTE, 10 * MINUTE + 1)
                    self.reading(who, when + rng.choice(waits), low)
            if rng.random() < 0.4:
                when = at(day) + rng.choice((9 * HOUR, 10 * HOUR, 10 * HOUR + 1, 17 * HOUR))
                presence = rng.choice(("in", "in", "in", "hospital", "away", "discharged"))
                self.events.append((who, self.check_in(when, presence)))
            if rng.random() < 0.08:
                when, outcome = at(day) + rng.randint(0, DAY - 1), rng.choice(("seen_ok", "seen_not_ok", "not_found"))
                self.events.append((who, Visit(when, self.new_id(), "tier_followup", outcome)))
            if rng.random() < 0.1:
                when = at(day) + rng.randint(0, DAY - 1)
                result = rng.choice(("positive", "positive", "negative", "negative", "invalid"))
                for _ in range(rng.choice((1, 1, 1, 2, 10))):
                    pathogen = rng.choice(("sars-cov-2", "sars-cov-2", "influenza-a"))
                    test = TestResult(when, self.new_id(), rng.choice(("antigen", "pcr")), result, pathogen)
                    self.events.append((who, test))
                    when, result = when + rng.choice((HOUR, DAY, 2 * DAY)), rng.choice(("positive", "negative"))

    def _special(self, who: str, days: int, low: float, kind: int) -> None:
        rng = self.rng
        when = at(rng.randint(0, days - 1)) + rng.randint(0, DAY - 1)
        if kind == 0:  # a continuous stretch: down and up again
            number = rng.choice((15, 80, 200))
            for i in range(number):
                fall = int(110 * min(1, 3 * min(i, number - i) / number))
                spo2 = 970 - fall + rng.choice((0, 0, 5, -5))
                self.reading(
                    who, when + i * SECOND + rng.choice((0, 0, 7)), 0, spo2_tenths=spo2, continuous=True, doubt=0
                )
        elif kind == 1:  # a wearable, once a minute
            for i in range(rng.choice((20, 90))):
                self.reading(who, when + i * MINUTE, low / 2)
        elif kind == 2:  # equal times
            for _ in range(6):
                self.reading(who, at(rng.randint(0, days - 1), "08:00"), 0.5)
        elif kind == 3:  # between the limits for days: what a late low began never ends
            for i in range(40):
                spo2 = 930 if i == 1 and rng.random() < 0.5 else rng.choice((940, 940, 945))
                self.reading(
                    who, at(0, "06:00") + i * 5 * HOUR, spo2_tenths=spo2, on_oxygen=None, after_activity=False, doubt=0
                )
        elif kind == 4:  # a full set in two parts, one of them unremarkable
            for day in range(days):
                parts = [
                    {"spo2_tenths": 970, "pulse_per_min": 70, "temperature_tenths": 368, "on_oxygen": False},
                    {
                        "respirations_per_min": 16,
                        "systolic_mmhg": rng.choice((88, 120)),
                        "consciousness": rng.choice("AAC"),
                    },
                ]
                rng.shuffle(parts)
                step = rng.choice((MINUTE, 20 * MINUTE, 30 * MINUTE, 31 * MINUTE))
                for i, part in enumerate(parts):
                    self.events.append((who, Reading(at(day, "09:00") + i * step, self.new_id(), **part)))
        elif kind == 5:  # doubtful again and again
            for i in range(12):
                step = rng.choice((MINUTE, 4 * MINUTE, 5 * MINUTE, 6 * MINUTE))
                doubt = int(rng.choice((0, Doubt.LOW_PERFUSION, Doubt.INVALID_DEVICE)))
                self.reading(who, when + i * step, 0.3, doubt=doubt)

        elif kind == 6:  # hot day after day
            for day in range(days):
                self.reading(who, at(day, "08:30"), low, temperature_tenths=rng.choice((384, 385, 386, 386)), doubt=0)
        elif kind == 7:  # a full set every day, and one day another
            for day in range(days):
                pulse = rng.choice((70, 70, 95)) if day < 14 else rng.choice((95, 115))
                full = {"respirations_per_min": 16, "temperature_tenths": 366, "systolic_mmhg": 120}
                full |= {"consciousness": "A", "on_oxygen": False, "after_activity": False, "doubt": 0}
                self.reading(who, at(day, "08:30"), 0, pulse_per_min=pulse, **full)
            for time, spo2 in (("16:00", 970), ("16:30", 790)):  # digits in the wrong order
                self.reading(who, at(days - 1, time), spo2_tenths=spo2, continuous=False, doubt=0)

    def _corrections(self, people: list[str]) -> None:
        rng = self.rng
        for who, event in [one for one in self.events if rng.random() < 0.08]:
            if isinstance(event, Binding):
                continue
            for _ in range(rng.choice((1, 1, 2))):
                when, made = event.at + rng.choice((MINUTE, HOUR, DAY)), self.new_id()
                action = rng.choice(("entered_in_error", "replaced_by", "stands"))
                replacement = whose = None
                if action == "replaced_by":
                    moved = event.at + rng.choice((0, 0, 30 * SECOND, -HOUR, 26 * HOUR))
                    replacement = structs.replace(self.reading(who, moved, 0.3), id=made)
                    self.events.pop()
                    whose = rng.choice(people)
                named = event.at if rng.random() < 0.95 else event.at + 1
                self.events.append((who, Correction(when, made, event.id, named, action, replacement, whose)))

    def profiles(self) -> tuple[Profile, ...]:
        rng, zone = self.rng, self.rng.choice(ZONES)
        starts = sorted({at(rng.choice((-1, 0))), *(at(rng.randint(0, 20)) + rng.randint(0, DAY) for _ in range(2))})
        checks_from = rng.choice((None, at(-1), at(2)))
        return tuple(
            Profile(
                valid_from=start,
                zone=zone,
                temperature_site=rng.choice(("axillary", "axillary", "forehead")),
                checks_from=checks_from,
                spo2_scale=2 if rng.random() < 0.15 else 1,
                altitude_m=rng.choice((0, 0, 3_900)),
                usual_spo2_tenths=rng.choice((None, 970, 930, 900)),
                mode=rng.choice(("平时", "疫情期间")),
                tier=rng.choice((None, "red")),
                tier_by_table=rng.choice((None, "yellow")),
                tier_stale_since=rng.choice((None, None, at(-8), at(1))),
                checks_until=rng.choice((None, None, None, at(12))),
                cutoffs=rng.choice(((600, 1080), (600, 1080), (540,), ())),
            )
            for start in starts[: rng.choice((1, 1, 2, 3))]
        )

    def arrivals(self) -> list[Arrival]:
        """Late, out of order, more than once, some beyond the horizon, a few with other content."""
        rng, out = self.rng, []
        for who, event in self.events:
            delay = rng.choice((0, 0, SECOND, 5 * MINUTE, 2 * HOUR, rng.randint(0, 7 * DAY)))
            if rng.random() < 0.05:
                delay = rng.choice(EDGES)
            device = DEVICE if type(event) is Reading and not who else None
            arrival = Arrival(who, event.at + delay, event, 5, device)
            out.append(arrival)
            if rng.random() < 0.1:
                out.append(arrival)
            if rng.random() < 0.05:
                out.append(structs.replace(arrival, received_at=arrival.received_at + rng.choice((MINUTE, 8 * DAY))))
            if delay in EDGES and rng.random() < 0.3:  # sent again by somebody whose clock is right
                out.append(structs.replace(arrival, received_at=event.at + DAY))
            if rng.random() < 0.01 and type(event) is Reading:  # the same id at another time is another event
                moved = structs.replace(event, at=event.at + rng.choice((1, 5 * MINUTE)))
                out.append(Arrival(who, moved.at + abs(delay), moved, 5, device))
            if rng.random() < 0.03 and type(event) is Reading:
                other = structs.replace(event, spo2_tenths=rng.choice((800, 980)))
                received = arrival.received_at + rng.choice((0, SECOND))
                out.append(Arrival(who, received, other, rng.choice((3, 7)), device))
        how = rng.randint(0, 3)
        if how == 0:
            out.sort(key=lambda one: one.received_at)
        elif how == 1:
            rng.shuffle(out)
        elif how == 2:
            out.sort(key=lambda one: -one.received_at)
        else:
            out.sort(key=lambda one: one.event.at + rng.randint(0, 3 * DAY))
        return out

    def batches(self, arrivals: list[Arrival]) -> Iterator[list[Arrival]]:
        start = 0
        while start < len(arrivals):
            size = self.rng.choice((1, 1, 2, 5, 20, 100))
            yield arrivals[start : start + size]
            start += size
