"""`sizao backtest rule` on a file finds what `sizao detect` finds, and what would change."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from dashboards.fonts import chinese_font
from sizao.backtest import backtest
from sizao.detect import detect

CHANCE = random.Random(11)
EVENTS = [
    {
        "type": "reading",
        "facility": f"F-{CHANCE.randrange(3)}",
        "resident": f"R-{CHANCE.randrange(4)}",
        "observed_at": f"2026-01-{5 + n // 30:02d}T{n // 2 % 15 + 7:02d}:{CHANCE.randrange(60):02d}:{n % 60:02d}+08:00",
        "spo2_percent": CHANCE.choice([87, 90, 91, 92, 93, 95, 97, 98]),
    }
    for n in range(300)
]
LINES = "\n".join(json.dumps(event) for event in EVENTS)


def tried(*words: str, lines: str = LINES) -> Result:
    return CliRunner().invoke(backtest, ["rule", "D01", *words, "-"], input=lines)


def found(*words: str, lines: str = LINES) -> dict[str, Any]:
    done = tried("--set", "limit_percent=90", "--json", *words, lines=lines)
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def episodes(lines: str = LINES) -> list[dict[str, Any]]:
    done = CliRunner().invoke(detect, ["--episodes", "-"], input=lines)
    return [one for line in done.stdout.splitlines() if (one := json.loads(line))["condition"] == "hypoxia"]


def test_the_alarms_then_are_those_that_detect_finds() -> None:
    wanted, answer = episodes(), found()
    assert answer["then"] == len(wanted) > 10
    by_facility = {one["facility"]: one["then"] for one in answer["by_facility"]}
    for facility, number in by_facility.items():
        assert number == sum(one["facility"] == facility for one in wanted)
    assert answer["then"] - answer["only_then"] == answer["now"] - answer["only_now"]
    assert answer["residents"] == 12


def test_a_span_and_facilities_are_kept_to() -> None:
    day = ("--from", "2026-01-07", "--to", "2026-01-08")
    wanted = [one for one in episodes() if "2026-01-06T16" <= one["began"] < "2026-01-07T16"]
    assert found(*day)["then"] == len(wanted) > 0
    assert {day: count["then"] for day, count in found(*day)["by_day"].items()} == {"2026-01-07": len(wanted)}
    one = [episode for episode in wanted if episode["facility"] == "F-1"]
    assert found(*day, "--facility", "F-1")["then"] == len(one)
    assert "no checks of residents" in tried("--set", "limit_percent=90", "--facility", "F-9").stderr


def test_a_line_that_cannot_be_read_is_named_and_the_rest_is_compared(tmp_path: Path) -> None:
    picture = tmp_path / "days.svg"
    done = tried("--set", "limit_percent=90", "--plot", str(picture), lines=f"{LINES}\nnot json")
    assert done.exit_code == 1
    assert "line 301:" in done.stderr
    assert "alarms by rule" in done.stdout
    assert "precision: no feedback recorded" in done.stdout
    assert picture.stat().st_size > 5_000
    assert (chinese_font() is None) == ("no font" in done.stderr)


def test_without_a_file_and_a_database_the_remedy_is_said() -> None:
    done = CliRunner().invoke(backtest, ["rule", "D01", "--set", "limit_percent=90"], env={"SIZAO_DATABASE_URL": ""})
    assert done.exit_code != 0
    assert "give a FILE of events, or --database-url" in done.stderr


def test_rules_of_units_and_facilities_are_compared_as_detect_finds_them() -> None:
    ill = [
        {
            "type": "check_in",
            "facility": "F-1",
            "resident": f"R-{n}",
            "unit": f"U{n % 2}",
            "observed_at": f"2026-01-{5 + n // 2:02d}T09:{n:02d}:00+08:00",
            "presence": "in",
            "symptoms": ["cough"],
        }
        for n in range(6)
    ]
    lines = "\n".join(json.dumps(event) for event in ill)
    shown = CliRunner().invoke(detect, ["--episodes", "-"], input=lines)
    wanted = [one for line in shown.stdout.splitlines() if (one := json.loads(line))["condition"] == "cluster"]
    done = CliRunner().invoke(backtest, ["rule", "D29", "--set", "cases=4", "--json", "-"], input=lines)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["conditions"] == ["cluster"]
    assert answer["then"] == len(wanted) == 3
    assert answer["residents"] == 6
    assert answer["only_then"] > 0
    assert {one["resident"] for one in answer["examples"]} <= {"unit U0", "unit U1", "facility F-1"}


def test_what_no_file_of_events_holds_is_refused_with_the_remedy() -> None:
    done = CliRunner().invoke(backtest, ["rule", "D30", "--set", "limit=9", "-"], input=LINES)
    assert done.exit_code != 0
    assert "give --database-url in place of the file" in done.stderr


def test_weeks_of_facilities_are_tried_too() -> None:
    rng = random.Random(3)
    rounds = [
        {
            "type": "reading",
            "facility": "F-1",
            "resident": f"R-{n}",
            "observed_at": f"2026-01-{day:02d}T07:{n:02d}:00+08:00",
            "spo2_percent": 97 if day == 14 else rng.randint(95, 99),
            "pulse_per_min": 72 if day == 14 else rng.randint(60, 88),
            "temperature_celsius": 36.5 if day == 14 else rng.randint(361, 369) / 10,
        }
        for day in range(5, 15)
        for n in range(8)
    ]
    lines = "\n".join(json.dumps(one) for one in rounds)
    words = ["rule", "D27c", "--set", "least_residents=20", "--to", "2026-01-16", "--json", "-"]
    done = CliRunner().invoke(backtest, words, input=lines)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["then"], answer["now"], answer["conditions"]) == (1, 0, ["data_to_verify"])
    assert answer["not_compared"] == []
