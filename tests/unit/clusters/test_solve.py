"""The limit of a false-alarm budget: what is simulated is what judges in service, and the national limit keeps it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from detectors.clusters import solve as solving
from detectors.clusters.counts import Count
from detectors.clusters.simulation import World, national_sizes, ordinary, outbreaks
from detectors.clusters.solve import NoLimitError, Solved, solve
from detectors.excess import CaseExcess
from detectors.regional import parse_regional
from sizao.backtest import backtest
from streams.catalogue import national


@pytest.mark.parametrize("dispersion", [0.0, 0.7])
def test_the_simulation_judges_as_the_rule_does(dispersion: float) -> None:
    detector, chance = CaseExcess(dispersion=dispersion), np.random.default_rng(7)
    sizes = national_sizes(chance, 12)
    counts = ordinary(World(rate_per_1000=6), sizes, detector.reach_days + 20, chance)
    region = {
        str(home): [Count(day, int(counts[day, home]), int(sizes[home])) for day in range(len(counts))]
        for home in range(len(sizes))
    }
    wanted = detector.scores(region, detector.reach_days)
    for day, _, score in solving._days(detector, counts, sizes, len(sizes), detector.reach_days):
        known = [wanted[str(home)][day - detector.reach_days].score for home in range(len(sizes))]
        assert score == pytest.approx(known), day


def test_the_national_limit_keeps_ten_false_alarms_a_day_and_finds_outbreaks_within_five_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (detector,) = (rule.detector for rule in national().rules if isinstance(rule.detector, CaseExcess))
    monkeypatch.setattr(solving, "HOME_DAYS", 1_500_000)
    homes = 5_000
    found = solve(detector, national_sizes(np.random.default_rng(3), homes), 10 * homes / 41_000, World(), seed=3)
    at_limit = next(one for one in found.tried if one.limit == detector.limit)
    assert at_limit.false_per_day * 41_000 / homes <= 10
    assert found.median_delay_days <= 5
    assert found.found_share > 0.95


def test_a_smaller_budget_has_a_higher_limit_and_the_same_seed_the_same_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solving, "HOME_DAYS", 60_000)
    sizes = np.full(500, 54)
    wide, narrow = (solve(CaseExcess(), sizes, budget, World()) for budget in (2.0, 0.3))
    assert wide.limit < narrow.limit
    assert wide == solve(CaseExcess(), sizes, 2.0, World())
    assert wide.false_per_day <= wide.false_at_most <= 2.0
    with pytest.raises(NoLimitError, match="no limit up to 16"):
        solve(CaseExcess(), sizes, 1e-6, World())


def test_an_outbreak_infects_nobody_twice() -> None:
    chance, sizes = np.random.default_rng(1), np.full(300, 40)
    cases = outbreaks(sizes, 3.0, chance)
    assert (cases.sum(axis=0) <= 40).all()
    assert 0.8 < (cases.sum(axis=0) > 20).mean() < 1, "most take off at R0 = 3, some die out"
    assert outbreaks(sizes, 0.01, chance).sum() < 330


def test_the_command_writes_a_change_that_a_region_can_take_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solving, "HOME_DAYS", 60_000)
    homes = tmp_path / "facilities.csv"
    homes.write_text("\ufefffacility,name,residents\n" + "".join(f"F-{n},,54\n" for n in range(300)), "utf-8")
    command = ["solve", "--rule", "D30", "--facilities", str(homes), "--budget", "1/day"]
    done = CliRunner().invoke(backtest, [*command, "--out", str(tmp_path / "change.toml")])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "change.toml").read_text("utf-8")
    (change,) = tomllib.loads(text)["change"]
    assert "simulation of 300 homes with 16200 residents" in change["why"]
    regional = parse_regional(f'version = "1"\nowner = "x"\n{text}').over(national())
    assert regional["D30"].detector.limit == change["parameters"]["limit"]  # type: ignore[attr-defined]
    shown = CliRunner().invoke(backtest, [*command, "--json"])
    assert msgspec.json.decode(shown.stdout, type=Solved).limit == change["parameters"]["limit"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--budget", "ten"], "no budget such as 10/day"),
        (["--rule", "D01"], "only that of D30"),
        (["--season", "1"], "1.0 is not in the range 0<=x<1"),
        (["--facilities", "no_sizes.csv"], "add residents (or beds)"),
        (["--facilities", "wrong.csv"], "line 3: 'many' is no number"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_remedy(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("no_sizes.csv").write_text("facility,name\nF-1,x\n")
    Path("wrong.csv").write_text("facility,residents\nF-1,50\nF-2,many\n")
    done = CliRunner().invoke(backtest, ["solve", *arguments])
    assert done.exit_code != 0
    assert sentence in " ".join(done.output.split())
