"""What the tests of a fortnight say of a resident: infected, not, or mixed."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from detectors.history import TEST_AGE, History
from detectors.observations import TestResult
from detectors.times import DAY, Millis

MIXED_WITHIN: Final[Millis] = 2 * DAY
"""Antigen positive, PCR negative within two days: mixed, as NHSN counts it (domain.md 1.11, D19)."""


class Course(Struct, frozen=True):
    """What the tests say of one pathogen."""

    state: Literal["positive", "mixed", "clear"]
    test: TestResult  # the newest that decides
    positive: TestResult | None = None  # the newest positive


def courses(view: History) -> dict[str, Course]:
    """Per pathogen what the tests of 14 days say. Invalid and undetermined results decide nothing."""
    found: dict[str, Course] = {}
    for test in reversed(view.tests_within(TEST_AGE)):
        if test.result == "positive":
            found[test.pathogen] = Course("positive", test, test)
        elif test.result == "negative":
            found[test.pathogen] = Course(*_after_negative(found.get(test.pathogen), test))
    return found


def _after_negative(
    before: Course | None, test: TestResult
) -> tuple[Literal["mixed", "clear"], TestResult, TestResult | None]:
    positive = None if before is None else before.positive
    if before is None or before.state != "positive" or positive is None:
        return "clear", test, positive
    doubts = positive.test == "antigen" and test.test == "pcr" and test.at - positive.at <= MIXED_WITHIN
    return "mixed" if doubts else "clear", test, positive


def infected_by(view: History) -> TestResult | None:
    """The positive test of somebody who counts as infected: not yet cleared by a negative; mixed counts."""
    if not view.tests:
        return None
    known = view.memo.get("infected")
    if known is None:
        positives = [one.positive for one in courses(view).values() if one.state != "clear" and one.positive]
        known = view.memo["infected"] = (max(positives, key=lambda test: (test.at, test.id), default=None),)
    assert isinstance(known, tuple)
    found: TestResult | None = known[0]
    return found
