"""Small stories of days with more cases than chance brings, and what they come to."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from detectors.clusters.counts import Count
from detectors.excess import CaseExcess, Score, WaveDay
from streams.catalogue import national

STORIES: Final = tomllib.loads((Path(__file__).parent / "places" / "excess.toml").read_text("utf-8"))["story"]
RESIDENTS: Final = 50


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_the_story_ends_in_its_episodes(story: dict[str, Any]) -> None:
    detector = next(one.detector for one in national().rules if isinstance(one.detector, CaseExcess))
    if "scores" in story:
        found = _courses(detector, [Score(day, one) for day, one in enumerate(story["scores"])], story.get("waves", []))
    elif "shares" in story:
        high, low = story["shares"]
        (day,) = detector.wave_days({str(n): [Score(0, 7.26 if n < high else 0.0)] for n in range(high + low)})
        found = ["wave"] * detector.is_wave(day)
    elif "above" in story:
        days = [WaveDay(day, above, 20) for day, above in enumerate(story["above"])]
        course = detector.wave_course(days, 0, story.get("stood", False))
        found = ["".join(("wave " if stands else "- ") for _, stands in course).strip()]
    else:
        found = [_shown(one) for one in _scores(detector, story["cases"]) if one.day in story["days"]]
    assert found == story["episodes"]


def _courses(detector: CaseExcess, scores: list[Score], waves: list[int]) -> list[str]:
    changes = [str(one.day) for one, _ in detector.course(scores, frozenset(waves), False)]
    ends = [*changes[1::2], "open"]
    return [f"{began} - {ended}" for began, ended in zip(changes[::2], ends, strict=False)]


def _scores(detector: CaseExcess, cases: dict[str, dict[str, int]]) -> list[Score]:
    last = max(int(day) for days in cases.values() for day in days)
    region = {
        name: [Count(day, days.get(str(day), 0), RESIDENTS) for day in range(max(last, 100) + 1)]
        for name, days in cases.items()
    }
    return detector.scores(region, 0)["X"]


def _shown(score: Score) -> str:
    if score.score is None:
        return f"{score.day} -"
    return f"{score.day} {score.score:.3f} ({score.cases} in {score.days})"
