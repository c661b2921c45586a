"""Nobody is ill, and hardly anybody is called: false alarms of people who are well stay within the budget."""

from __future__ import annotations

from detectors.detector import Severity
from ingest.simulator.county import county
from sizao.budget import measured
from streams.catalogue import national


def test_the_shipped_rules_hold_the_budget_with_room_for_chance() -> None:
    """Two homes a month are too few to measure the rate: docs/false-alarms.md has the measured one."""
    found = measured(national(), county(2, 3)[:-1])
    assert found.residents > 80
    assert found.rate(Severity.P1) <= 3
    assert found.rate(Severity.P2) <= 8
    assert found.alarms, "the simulation lets something go wrong"


def test_at_altitude_the_healthy_are_not_called() -> None:
    (home,) = county(2, 2, mean_residents=15)[-1:]
    assert home.altitude_m == 3_900
    assert measured(national(), [home]).called < 0.01
    unknown = measured(national(), [home], is_known=False)
    assert unknown.called > 0.01, "without a usual value the limits of the lowlands run"
