"""Small stories of counties with the limit of a day, and with the episodes they end in."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import structs

from detectors.region_counts import DayCount, RegionDetector
from detectors.region_course import changes
from detectors.schedule import scheduled
from detectors.times import DAY
from streams.catalogue import national

STORIES: Final = tomllib.loads((Path(__file__).parent / "places" / "regions.toml").read_text("utf-8"))["story"]
FIRST: Final = 60
"""The first day that is judged."""


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_the_story_ends_in_its_episodes(story: dict[str, Any]) -> None:
    rule = national()[story["name"].partition(":")[0]]
    assert isinstance(rule.detector, RegionDetector)
    counts = counted(story)
    if "limits" in story:
        said = [rule.detector.says_of(counts, day) for day in story["limits"]]
        found = [f"{one.day} -" if one.limit is None else f"{one.day} {one.number} {one.limit:.2f}" for one in said]
    else:
        rules = scheduled(structs.replace(national(), rules=(rule,)))
        course = changes(rule.condition, rules, counts, FIRST, {}, lambda day: day * DAY, lambda day: f"homes of {day}")
        days = [one.key[0] // DAY - 1 for one in course]  # they are judged when they are over
        found = [f"{began} - {ended}" for began, ended in zip(days[::2], [*days[1::2], "open"], strict=False)]
        assert all(one.severity == rule.detector.severity for one in course[::2])
    assert found == story["episodes"]


def counted(story: dict[str, Any]) -> list[DayCount]:
    """The days as the story tells them."""
    usual, cases, tests = story.get("usual", [0]), story.get("cases", {}), story.get("tests", {})
    residents = story.get("residents", {})
    return [
        DayCount(
            day,
            None if day in story.get("silent", ()) else cases.get(str(day), usual[day % len(usual)]),
            0 if day in story.get("silent", ()) else residents.get(str(day), 300),
            *tests.get(str(day), story.get("tested", (0, 0))),
        )
        for day in range(story.get("last", 80) + 1)
    ]
