"""`sizao backtest clusters`: a line per row, in the order of the file, and one sentence per fault."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import subprocess
import sys
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import detectors.clusters
from dashboards.fonts import chinese_font
from detectors.clusters.catalogue import DETECTORS
from detectors.clusters.counts import Count, verdict
from sizao.backtest import DETECTOR_NAMES, backtest
from tests.unit.clusters.making import START, write_csv

HEADER = "series,date,cases,population,tests"


def run(path: Path, *words: str) -> Result:
    return CliRunner().invoke(backtest, ["clusters", str(path), *words])


def lines(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def iso(day: int) -> str:
    return date.fromordinal(START + day).isoformat()


def test_the_command_offers_every_detector_there_is() -> None:
    assert set(DETECTOR_NAMES) == set(DETECTORS)


def test_rows_come_back_in_their_order_with_the_statistics_of_their_own_series(tmp_path: Path) -> None:
    rows = [(name, iso(day), level + day % 3) for day in range(12) for name, level in (("b", 50), ("a", 1))]
    path = write_csv(tmp_path / "in.csv", "series,date,cases", rows[::-1])
    found = lines(run(path, "--detector", "ears_c1"))
    assert [(line["series"], line["date"]) for line in found] == [(name, day) for name, day, _ in rows[::-1]]
    assert [set(line) for line in found] == [{"series", "date", "statistic", "limit", "alarm"}] * len(rows)
    limits = {line["series"]: line["limit"] for line in found if line["date"] == iso(11)}
    assert isinstance(limits["a"], float)
    assert isinstance(limits["b"], float)
    assert limits["a"] < 10
    assert limits["b"] > 50


@st.composite
def files(draw: st.DrawFn) -> list[tuple[str, int, int | None, int, int]]:
    rows = []
    for name in draw(st.sampled_from([["a"], ["a", "b", "c"]])):
        calm = draw(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=30, max_size=60))
        wild = draw(st.lists(st.integers(0, 30), min_size=0, max_size=10))
        rows += [(name, day, cases, 60, 40) for day, cases in enumerate([*calm, *wild]) if draw(st.integers(0, 15))]
    return rows


@settings(max_examples=12)
@given(files(), st.randoms(use_true_random=False))
@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_the_order_of_rows_changes_no_verdict_and_a_later_day_no_earlier_one(
    name: str, rows: list[tuple[str, int, int | None, int, int]], random: object
) -> None:
    counts = [(series, Count(START + day, *rest)) for series, day, *rest in rows]
    once = judged(name, counts)
    random.shuffle(counts)  # type: ignore[attr-defined]
    later = [(series, Count(START + 4000, 500, 60, 900)) for series in sorted({series for series, _ in counts})]
    again = judged(name, [*later, *counts])
    assert {key: again[key] for key in once} == once
    for (_, _, cases), found in again.items():
        assert found == verdict(found.statistic, found.limit, cases)


def judged(name: str, counts: list[tuple[str, Count]]) -> dict[tuple[str, int, int | None], object]:
    ordered = sorted(counts, key=lambda one: (one[0], one[1].day))
    series = {key: [count for _, count in run] for key, run in groupby(ordered, lambda one: one[0])}
    found = DETECTORS[name]().judge(series)
    return {
        (key, count.day, count.cases): one
        for key, run in series.items()
        for count, one in zip(run, found[key], strict=True)
    }


def test_every_fault_of_a_file_has_its_sentence_and_its_line(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        "series,date,cases,tests,outbreak\na,2023-01-05,1,2,0\na,2023-13-05,1,2,0\na,2023-01-06,-1,2,0\n"
        ",2023-01-06,1,2,0\na,2023-01-05,1,2,0\na,2023-01-07,3,2,0\na,2023-01-08,1,2,maybe\na,2023-01-09,1.5,2,0\nb,1\n"
    )
    result = run(path, "--detector", "ears_c1")
    assert result.exit_code != 0
    assert result.stdout == ""
    assert [line.removeprefix("Error: ").removeprefix(f"{path}: ") for line in result.stderr.splitlines()] == [
        "line 3: '2023-13-05' is no date such as 2023-01-05",
        "line 4: cases '-1' is no whole number from 0 up; leave it blank if it was not reported",
        "line 5: series is blank",
        "line 6: series a has 2023-01-05 already on line 2; keep one",
        "line 7: 3 cases are more than the 2 tests",
        "line 8: outbreak 'maybe' is neither 0 nor 1 nor blank",
        "line 9: cases '1.5' is no whole number from 0 up; leave it blank if it was not reported",
        "line 10: 2 cells where the header names 5",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty"),
        ("series,date\n", "line 1: the column cases is missing"),
        ("series,date,cases,cases\n", "the column cases appears twice"),
        ("series,date,cases\n", "the file has a header and no row"),
        ('series,date,cases\n"a,2023-01-05,1\n', "the file is no CSV"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(text)
    result = run(path, "--detector", "ears_c1")
    assert result.exit_code != 0
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "zz=3"], "zz is no parameter of ears_c1; known: baseline, lag, z, alpha, min_sigma"),
        (["--set", "z"], "'z' is not NAME=VALUE"),
        (["--set", "z=much"], "z"),
        (["--set", "z=-1"], "> 0"),
        (["--set", "z=3", "--set", "alpha=0.01"], "z and alpha say the same thing"),
        (["--plot", "x.pdf"], "must end in .png or .svg"),
    ],
)
def test_a_parameter_that_cannot_be_used_says_why(tmp_path: Path, words: list[str], sentence: str) -> None:
    path = write_csv(tmp_path / "in.csv", "series,date,cases", [("a", iso(0), 1)])
    result = run(path, "--detector", "ears_c1", *words)
    assert result.exit_code != 0
    assert sentence in result.stderr


def test_known_outbreaks_give_a_summary_on_standard_error(tmp_path: Path) -> None:
    cases = [0, 1, 0, 1, 0, 1, 0, 5, 0, 0, 9, 9, 0]
    marks = [0] * 9 + [1] * 3 + [0]
    path = write_csv(
        tmp_path / "in.csv",
        "series,date,cases,outbreak",
        [("a", iso(day), number, mark) for day, (number, mark) in enumerate(zip(cases, marks, strict=True))],
    )
    result = run(path, "--detector", "ears_c1", "--format", "table")
    assert "sensitivity: 1.000 (1 of 1 outbreaks had an alarm)" in result.stderr
    assert "false alarms: 333.33 per 1,000 series-days (1 on 3 judged days without an outbreak)" in result.stderr
    assert "delay: 1.00 days" in result.stderr
    assert result.stdout.splitlines()[8].split()[-1] == "ALARM"


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_plot_is_drawn_with_chinese_labels_or_the_missing_font_is_named(tmp_path: Path, suffix: str) -> None:
    path = write_csv(tmp_path / "in.csv", "series,date,cases", [("养老院", iso(day), day % 4) for day in range(20)])
    picture = tmp_path / f"out.{suffix}"
    result = run(path, "--detector", "ears_c2", "--plot", str(picture))
    assert result.exit_code == 0, result.output
    assert picture.stat().st_size > 5_000
    assert (result.stderr == "") == (chinese_font() is not None)
    assert result.stderr == "" or "no font with Chinese characters" in result.stderr


def test_a_font_that_claims_every_sign_draws_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Last" not in str(chinese_font())
    monkeypatch.setattr("dashboards.fonts._signs", lambda path: range(0x110000))
    assert chinese_font.__wrapped__() is None


def test_the_examples_in_the_docstrings_hold() -> None:
    for found in pkgutil.iter_modules(detectors.clusters.__path__, "detectors.clusters."):
        assert doctest.testmod(importlib.import_module(found.name)).failed == 0, found.name


def test_the_first_county_of_a_worker_loads_nothing_more() -> None:
    code = (
        "import sys\n"
        "from detectors.region_counts import PositivityOfRegion, PredictedOfRegion, load_statistics\n"
        "load_statistics()\n"
        "known = set(sys.modules)\n"
        "PredictedOfRegion().statistic(), PositivityOfRegion().statistic()\n"
        "print(sorted(set(sys.modules) - known))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_a_worker_folds_loads_neither_numpy_nor_scipy() -> None:
    code = (
        "import sys, detectors.clusters.cusum, detectors.clusters.definitions, detectors.clusters.window\n"
        "print([name for name in ('numpy', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
