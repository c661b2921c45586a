"""What a rule says it cannot do without, it cannot do without: `sizao rules check` warns by it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import structs

from detectors.fold import Folder, fold
from detectors.observations import CheckIn, Correction, Element, Reading, TestResult
from detectors.profile import Profile
from detectors.rules import Rule
from detectors.timeline import key_of
from detectors.times import DAY
from store.feeding import INPUTS
from streams.catalogue import national
from tests.golden.test_golden import STORIES, daily, read

WHOLE = {"test_result": TestResult, "check_in": CheckIn}
FIELD = {
    "spo2_percent": "spo2_tenths",
    "temperature_celsius": "temperature_tenths",
    "activity": "after_activity",
}
NEEDY = [rule for rule in national().rules if rule.detector.needs]


@pytest.mark.parametrize("rule", NEEDY, ids=[rule.id for rule in NEEDY])
def test_without_any_one_of_its_needs_a_rule_finds_nothing(rule: Rule) -> None:
    stories = [one for one in STORIES if any(rule.id in episode for episode in one["episodes"])]
    assert any(speaks(rule, one, None) for one in stories)
    for need in sorted(rule.detector.needs):
        assert not [one["name"] for one in stories if speaks(rule, one, need)], need


def speaks(rule: Rule, story: dict[str, Any], without: str | None) -> bool:
    """The rule finds something in the events of a story, one of their inputs left out."""
    arrivals = [read(text, f"e{number:03d}") for number, text in enumerate(daily(story["events"]))]
    events = [one.event for one in arrivals if not isinstance(one.event, Correction)]
    elements = sorted((left for one in events if (left := stripped(one, without)) is not None), key=key_of)
    profile = msgspec.convert(story.get("resident", {}), Profile)
    changes = fold(Folder((profile,), national()), elements, events[-1].at + DAY)
    return any(name == rule.id for change in changes for name, _ in change.standing)


def stripped(element: Element, without: str | None) -> Element | None:
    """The element without an input; None: nothing is left of it."""
    if without is None:
        return element
    if without in WHOLE:
        return None if isinstance(element, WHOLE[without]) else element
    if not isinstance(element, Reading):
        return element
    return structs.replace(element, **{FIELD.get(without, without): False if without == "activity" else None})


def test_whatever_a_rule_lives_on_can_be_looked_for() -> None:
    for rule in national().rules:
        assert rule.detector.inputs | rule.detector.needs <= set(INPUTS), rule.id
