"""Small stories of weeks that facilities wrote down, and the exact findings they come to."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from alerts.explain import explain
from alerts.follow import Follower
from detectors.observations import TestResult
from detectors.profile import Profile
from detectors.state import Change
from detectors.times import DAY, HOUR, MINUTE, SECOND, Millis
from detectors.weekly.engine import Heard, WeekEngine
from detectors.weekly.week import Check, StaffMember
from streams.catalogue import national
from tests.golden.test_golden import moment
from tests.laws.histories import at

STORIES: Final = tomllib.loads((Path(__file__).parent / "places" / "weeks.toml").read_text("utf-8"))["story"]
UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
MOVING: Final = ("wave", "sheet", "oxygen", "pulse", "temperature")
PROFILE: Final = Profile(mode="疫情期间")


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_the_story_ends_in_its_episodes(story: dict[str, Any]) -> None:
    staff = tuple(StaffMember(one, at(-30)) for one in story.get("staff", ()))
    profile = Profile(mode=story.get("mode", "疫情期间"))
    engine = WeekEngine(lambda place: ((profile,), national()), lambda facility: staff)
    for facility, heard in heard_in(story):
        engine.hear(facility, heard)
    told = list(Follower(engine).process((), at(story.get("until", 8)) + HOUR))
    found = [
        f"{place.split(chr(0))[0]} {shown(change)}"
        for place in sorted({place for place, _ in told})
        for episode in engine.episodes(place)
        for change in episode.trail
    ]
    assert [one.removeprefix("F-1 ") for one in found] == story["episodes"]
    for _, one in told:
        reason = explain(one, national()).reason
        assert reason.zh
        assert "{" not in reason.zh + reason.en


def shown(change: Change) -> str:
    facts = "".join(f" {name}={value}" for name, value in change.facts.items())
    return f"d{(change.key[0] - at(0)) // DAY} {change.rule} {change.because}{facts}"


def heard_in(story: dict[str, Any]) -> Iterator[tuple[str, Heard]]:
    number = 0
    for line in story["events"]:
        for facility, when, who, said, words in _lines(line):
            number += 1
            yield facility, Heard(when, f"e{number:05d}", who, _with(said, when, f"e{number:05d}", who, words))


def _lines(line: str) -> Iterator[tuple[str, Millis, str, str, dict[str, str]]]:
    """As the head of weeks.toml says: (facility, when, who, said, the other words)."""
    found = re.match(r"(?:(F-\d)/)?(\S+) (d-?\d+ [\d:]+) (\S+)(.*)", line)
    assert found, line
    facility, who, when, said = found[1] or "F-1", found[2], moment(found[3]), found[4]
    words = dict(word.partition("=")[::2] for word in found[5].split())
    times = next((int(one[1:]) for one in words if re.fullmatch(r"x\d+", one)), 1)
    every = words.get("every", "12h")
    step = int(every[:-1]) * UNITS[every[-1]]
    if who == "crowd":
        yield from _crowd(facility, when, int(said), times)
        return
    if who in MOVING:
        yield from _moving(facility, who, when, int(said), times, step)
        return
    for n in range(times):
        yield facility, when + n * step, who.replace("*", str(n + 1)), said, words


def _crowd(facility: str, begins: Millis, people: int, times: int) -> Iterator[Any]:
    """Honest residents, measured every twelve hours."""
    rng = random.Random(f"{facility}/{people}")
    for n in range(people):
        spo2, pulse, tenths = rng.gauss(97, 0.8), rng.gauss(72, 7), rng.gauss(363.5, 2)
        for round_ in range(times):
            values = min(100, rng.gauss(spo2, 1)), rng.gauss(pulse, 4), rng.gauss(tenths, 1.5) / 10
            written = f"{values[0]:.0f}/{values[1]:.0f}/{values[2]:.1f}"
            when, device = begins + round_ * 12 * HOUR + n * MINUTE, f"OX-{rng.randint(1, 3)}"
            yield facility, when, f"C-{n}", written, {"device": device}


def _moving(facility: str, still: str, begins: Millis, people: int, times: int, step: Millis) -> Iterator[Any]:
    """Residents whose values move from check to check, but for the one that stands still."""
    own = 0 if still == "sheet" else people + 7 * int(facility[-1])
    for n in range(people):
        for round_ in range(times):
            spo2 = 97 if still == "oxygen" else 95 + (round_ + n) % 5
            pulse = 72 if still == "pulse" else 60 + (round_ * 13 + n * 5 + own) % 29
            tenths = 365 if still == "temperature" else 360 + (round_ * 5 + n * 3) % 9
            yield facility, begins + round_ * step + n * MINUTE, f"{still}-{n}", f"{spo2}/{pulse}/{tenths / 10}", {}


def _with(said: str, when: Millis, made: str, who: str, words: dict[str, str]) -> Any:
    if result := re.match(r"(antigen|pcr)([+?-])$", said):
        results: dict[str, Any] = {"+": "positive", "-": "negative", "?": "undetermined"}
        return TestResult(when, made, result[1], results[result[2]])  # type: ignore[arg-type]
    if said.startswith("on_duty="):
        return int(said.removeprefix("on_duty="))
    if "/" not in said:
        return said
    spo2, pulse, temperature = said.split("/")
    source: Any = words.get("source")
    return Check(
        when,
        made,
        who,
        PROFILE.day_of(when),
        round(float(spo2) * 10),
        int(pulse) if pulse else None,
        round(float(temperature) * 10) if temperature else None,
        words.get("device"),
        words.get("reporter"),
        source,
        moment(words["received"].replace("_", " ")) if "received" in words else None,
        "faint" in words,
    )
