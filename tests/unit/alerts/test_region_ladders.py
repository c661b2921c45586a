"""What is about a region itself climbs from desk to desk, and never waits for a carer."""

from __future__ import annotations

from alerts.ladders.ladder import ladder_of
from detectors.detector import Severity


def test_the_desk_of_a_region_is_told_at_once_and_nobody_in_a_facility_is() -> None:
    urgent = ladder_of("510107", Severity.P1, is_region=True)
    assert [(step.role, step.after_minutes) for step in urgent.steps] == [("duty_officer", 0), ("duty_leader", 10)]
    (second,) = ladder_of("510107", Severity.P2, is_region=True).steps
    assert (second.role, second.after_minutes, second.informs) == ("duty_officer", 0, False)
    (watch,) = ladder_of("510107", Severity.P3, is_region=True).steps
    assert (watch.role, watch.informs) == ("duty_officer", True)
    assert ladder_of("510107", Severity.P3, is_region=False).steps[0].role == "carer"
