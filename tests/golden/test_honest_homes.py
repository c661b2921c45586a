"""Homes that measure come to no finding in two months; the one that writes one value for everybody does, alone."""

from __future__ import annotations

from io import BytesIO

import msgspec

from detectors.times import DAY, Millis
from detectors.weekly.engine import WeekEngine
from ingest.simulator.county import county
from ingest.simulator.life import days
from sizao.recordings import Recording, registry_of
from sizao.rule_sets import rules_by_region
from sizao.week_rows import hear

FIRST: Millis = 20_454 * DAY - 8 * 3_600_000  # 2026-01-01 in Shanghai


def test_two_months_of_simulated_homes_come_to_findings_only_where_values_are_copied() -> None:
    homes = county(seed=3, facilities=5, mean_residents=25)
    (copying,) = [home.code for home in homes if home.copies_values]
    registry = registry_of(None, None, None, rules_by_region(None))
    weeks = WeekEngine(registry.profiles_of)
    lines = b"\n".join(msgspec.json.encode(one.event) for one in days(homes, FIRST, FIRST + 60 * DAY, seed=3))
    for row in Recording(BytesIO(lines)):
        hear(weeks, registry, row)
    places = weeks.process((), FIRST + 60 * DAY)
    # Simulated staff take no tests, which their homes' reports make known.
    found = {
        place.split("\0")[0]: [one.condition for one in weeks.episodes(place) if one.condition != "staff_tests"]
        for place in places
    }
    assert len(found) == len(homes)
    assert {code for code, conditions in found.items() if conditions} == {copying}
    assert found[copying] == ["data_to_verify"]
