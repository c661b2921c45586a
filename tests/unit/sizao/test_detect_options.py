"""`sizao detect` with rules of one's own, and as a picture."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboards.fonts import chinese_font
from sizao.detect import detect
from streams.catalogue import national_text
from tests.unit.streams.test_checking import REGION


def reading(resident: str, time: str, spo2: int, facility: str = "F-1") -> str:
    event = {"type": "reading", "facility": facility, "resident": resident, "spo2_percent": spo2}
    return json.dumps(event | {"observed_at": f"2026-01-05T{time}:00+08:00"})


LOW = "\n".join([reading("R-1", "08:00", 91), reading("R-1", "08:05", 91), reading("R-2", "08:05", 97)])


def judged(*words: str, events: str = LOW) -> Result:
    return CliRunner().invoke(detect, [*words, "-"], input=events)


def opened(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return [f"{one['rule']} {one['rule_version']}" for one in found if one["condition"] == "hypoxia"]


@pytest.mark.parametrize(
    ("first", "said"),
    [(gzip.compress(LOW.encode()), "is gzip"), (LOW.encode("utf-16"), "is UTF-16")],
    ids=["gzip", "utf-16"],
)
def test_a_file_that_is_packed_or_in_another_encoding_is_one_sentence(first: bytes, said: str) -> None:
    done = CliRunner().invoke(detect, ["-"], input=first)
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1  # not one for each of its lines


def test_a_file_without_an_event_is_said() -> None:
    done = CliRunner().invoke(detect, ["-"], input="\n")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (0, "", 1)
    assert "no event" in done.stderr


def test_a_rule_file_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    nation = tmp_path / "mine.toml"
    lower = ("limit_percent = 93\nrecovered_percent = 95", "limit_percent = 90\nrecovered_percent = 95")
    nation.write_text(national_text().replace(*lower, 1), "utf-8")
    assert opened(judged()) == ["D01 1"]
    assert opened(judged("--rules", str(nation))) == []
    nation.write_text(national_text().replace("limit_percent", "limit_precent", 1), "utf-8")
    refused = judged("--rules", str(nation))
    assert refused.exit_code == 1
    assert f"{nation}:" in refused.stderr
    assert "did you mean limit_percent?" in refused.stderr


def test_a_regions_file_holds_there_and_where_no_region_is_known(tmp_path: Path) -> None:
    own = tmp_path / "63.toml"
    own.write_text(REGION, "utf-8")
    for where, wanted in (((), []), (("--region", "632525"), []), (("--region", "510107"), ["D01 1"])):
        assert opened(judged("--rules", str(own), *where)) == wanted, where


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_history_of_one_resident_is_drawn_with_what_was_found(tmp_path: Path, suffix: str) -> None:
    picture = tmp_path / f"r.{suffix}"
    done = judged("--plot", str(picture), "--resident", "F-1/R-1")
    assert opened(done) == ["D01 1"]
    assert (done.stderr == "") == (chinese_font() is not None)
    assert picture.stat().st_size > 5_000


def test_without_a_chinese_font_the_picture_is_in_english_and_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sizao.plots.chinese_font", lambda: None)
    picture = tmp_path / "r.svg"
    done = judged("--plot", str(picture), "--resident", "R-1")
    assert "add one, such as fonts-noto-cjk or fonts-wqy-microhei" in done.stderr
    assert picture.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--plot", "r.png"), "say whose history is drawn: --resident F-1/R-1, F-1/R-2"),
        (("--plot", "r.png", "--resident", "R-9"), "there are no checks of R-9: --resident F-1/R-1, F-1/R-2"),
        (("--plot", "r.pdf", "--resident", "R-1"), "must end in .png or .svg"),
        (("--plot", "nowhere/r.png", "--resident", "R-1"), "there is no folder nowhere"),
        (("--resident", "R-1"), "give --plot FILE too"),
        (("--region", "5101"), "it has six digits"),
    ],
)
def test_what_cannot_be_drawn_or_judged_is_refused_with_a_sentence(words: tuple[str, ...], said: str) -> None:
    done = judged(*words)
    assert done.exit_code != 0
    assert said in done.stderr
