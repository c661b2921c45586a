"""Small stories of facilities that are not heard, with the exact episodes and the sentence that was said."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.explain import explain
from alerts.follow import Follower
from detectors.contacts import contact, kind_of, seen_at
from detectors.observations import Outage, ReportedDay
from detectors.place_engine import Heard, PlaceEngine
from detectors.places import PlaceProfile
from detectors.times import HOUR, NEVER, Millis
from streams.catalogue import national
from tests.golden.test_golden import moment, shown_as
from tests.laws.histories import at

STORIES = tomllib.loads((Path(__file__).parent / "places" / "silence.toml").read_text("utf-8"))["story"]


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_the_story_ends_in_its_episodes(story: dict[str, Any]) -> None:
    registered = story.get("registered")
    profile = PlaceProfile(checks_from=None if registered is None else moment(registered))
    engine = PlaceEngine(lambda place: ((profile,), national()), lambda who, when: None)
    follower = Follower(engine)
    told = []
    if registered is not None:
        engine.know("F-1")
    for now, what in sorted(_told(story, profile), key=lambda one: one[0]):
        engine.hear("F-1", what)
        told += list(follower.process([], now - 1))
    told += list(follower.process([], moment(story["until"])))
    found = [one for stored in follower.stored.values() for one in stored]
    said = [one.episode.explanation.because for one in found]
    assert [f"{shown_as('R', one.episode)} {because}" for one, because in zip(found, said, strict=True)] == (
        story["episodes"]
    )
    reasons = [explain(one, national()).reason for _, one in told]
    assert all(reason.zh and reason.en and "{" not in reason.zh + reason.en for reason in reasons)


def _told(story: dict[str, Any], profile: PlaceProfile) -> Iterator[tuple[Millis, Heard]]:
    """What becomes known, and when."""
    for rhythm in story.get("rhythm", []):
        for day in range(rhythm["days"][0] - 1, rhythm["days"][1]):
            for hour in rhythm["hours"]:
                observed = at(day) + hour * HOUR
                yield from _heard(observed, observed + rhythm.get("late_hours", 0) * HOUR, False, profile)
    for text in story.get("events", []):
        found = re.match(r"(d\d+ [\d:]+) (\w+)(.*)", text)
        assert found, text
        when, words = moment(found[1]), dict(word.partition("=")[::2] for word in found[3].split())
        if found[2] == "outage":
            yield when, Outage(when, "outage", moment(words["until"]) if "until" in words else NEVER)
        else:
            received = moment(words["received"]) if "received" in words else when
            yield from _heard(when, received, "skewed" in words, profile)


def _heard(
    observed: Millis, received: Millis, is_skewed: bool, profile: PlaceProfile
) -> Iterator[tuple[Millis, Heard]]:
    kind = kind_of(observed, received, is_skewed)
    yield received, contact(seen_at(observed, received, kind), kind, profile)
    if kind != "misdated":
        yield received, ReportedDay(profile.midnight(profile.day_of(observed)), "day")
