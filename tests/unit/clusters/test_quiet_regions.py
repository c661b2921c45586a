"""Quiet counties and cities: what is simulated, and that the rules as shipped hardly call there."""

from __future__ import annotations

import json

from click.testing import CliRunner

from detectors.clusters.quiet_regions import FalseSignals, Tests, false_signals
from detectors.clusters.simulation import World
from detectors.schedule import scheduled
from sizao.backtest import backtest
from streams.catalogue import national


def test_a_signal_counts_for_all_the_regions_that_were_not_simulated() -> None:
    found = FalseSignals(100, 10, 365, 1, World(), Tests(), {"D51": 2}, {"D51": 1, "D53": 1})
    rate, most = found.per_day("D51")
    assert abs(rate - (2 * 28.43 + 1 * 33.7) / 365) < 1e-9
    assert most > rate
    assert found.per_day("")[0] > rate
    assert found.per_day("D52")[0] == 0


def test_the_same_seed_finds_the_same_and_the_rules_as_shipped_hardly_call() -> None:
    rules = scheduled(national())
    once, again = (false_signals(rules, 1, 40, World(), Tests(), seed=4) for _ in range(2))
    assert once == again
    assert once.counties >= 1
    assert sum(once.of_counties.values()) + sum(once.of_cities.values()) <= 1


def test_the_command_says_how_many_a_day_the_nation_would_see() -> None:
    done = CliRunner().invoke(backtest, ["regions", "--cities", "1", "--days", "5", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["per_day"]["all"][0] == 0.0
    text = CliRunner().invoke(backtest, ["regions", "--cities", "1", "--days", "5"])
    assert "false signals a day in 2843 counties and 337 cities" in text.stdout
    wrong = CliRunner().invoke(backtest, ["regions", "--season", "1"])
    assert "1.0 is not in the range 0<=x<1" in " ".join(wrong.output.split())
