"""Small courses of referrals, and when each stands still."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from alerts.referrals.course import follow
from detectors.referral import StepKind, stalled_rule
from detectors.times import MINUTE
from store.referrals import StepRow
from streams.catalogue import national

STORIES: Final = tomllib.loads((Path(__file__).parent / "referrals" / "courses.toml").read_text("utf-8"))["story"]


@pytest.mark.parametrize("story", STORIES, ids=[story["name"] for story in STORIES])
def test_the_story_ends_in_its_episodes(story: dict[str, Any]) -> None:
    clock = stalled_rule(rule.detector for rule in national().rules)
    steps = [_step(number, text) for number, text in enumerate(story["steps"])]
    found = follow("K7Q4-1", steps, (("H-1", "H-1"), ("H-2", "H-2")), clock, story["until"] * MINUTE, 0)
    turns = [
        f"{turn.at // MINUTE} {turn.because} {turn.facts.get('hospital', '')}".strip()
        for turn in found.turns
        if turn.because
    ]
    if found.ending is not None and found.ending.at not in {
        one.at for one in steps if one.step == found.ending.outcome
    }:
        turns.append(f"{found.ending.at // MINUTE} {found.ending.outcome}")
    assert turns == story["episodes"]


def _step(number: int, text: str) -> StepRow:
    minute, _, kind = text.partition(" ")
    step: StepKind = kind  # type: ignore[assignment]
    at = int(minute) * MINUTE
    return StepRow(1, at, f"{number:02}", at, "K7Q4-1", step, "event")
