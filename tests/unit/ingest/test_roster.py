"""Roster files: what they say, and each mistake with its place and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.roster import Desk, Shift, read

GOOD = {
    "desks": "值班台,名称,区划代码,机构编号\n县,县值班室,370613,\n家,幸福敬老院,,F-1\n家,,,F-2\n",
    "duty_people": "person,name,ways\n李,护士小李,voice:13800000001; sms:13800000001\n赵,老赵,wecom:key-1\n",
    "shifts": "desk,role,person,days,from,to,valid_until\n"
    "家,护士,李,,20:00,08:00,\n县,duty_officer,赵,工作日,00:00,24:00,2026-12-31\n",
    "holidays": "day,region,works\n2026-10-01,,否\n2026-10-10,,yes\n",
    "swaps": "desk,instead_of,person,from,to,agreed_by\n家,李,赵,2026-10-01 20:00,2026-10-02 08:00,王院长\n",
}


def _folder(tmp_path: Path, **files: str) -> Path:
    for table, text in (GOOD | files).items():
        (tmp_path / f"{table}.csv").write_text(text, "utf-8")
    return tmp_path


def test_a_folder_of_rosters_in_chinese_or_english(tmp_path: Path) -> None:
    rosters, faults = read(_folder(tmp_path))
    assert faults == []
    assert rosters.desks[0] == Desk("县", "县值班室", "Asia/Shanghai", "370613", None)
    assert rosters.people["李"] == ("护士小李", (("voice", "13800000001"), ("sms", "13800000001")))
    assert rosters.shifts[0] == Shift("家", "carer", "李", "every_day", 1_200, 480, None, None)
    assert (rosters.shifts[1].days, rosters.shifts[1].begins, rosters.shifts[1].ends) == ("workdays", 0, 0)
    assert sorted(rosters.holidays.values()) == [False, True]
    (swap,) = rosters.swaps
    assert (swap.ends_at - swap.starts_at, swap.agreed_by) == (12 * 3_600_000, "王院长")


@pytest.mark.parametrize(
    ("table", "text", "said"),
    [
        ("desks", "desk,zone,region\n县,Mars/Base,37\n", "desks.csv line 2: Mars/Base is no time zone"),
        ("desks", "desk,region,facility\n县,37,F-1\n", "fill in one of them"),
        ("duty_people", "person,ways\n李,pigeon:1\n", "'pigeon:1' is no way: write channel:address"),
        ("duty_people", "person,ways\n李,\n", "ways (联系方式) is missing"),
        ("shifts", "desk,role,person,from,to\n家,护士,王,08:00,20:00\n", "王 is not in duty_people.csv: add it there"),
        ("shifts", "desk,role,person,from,to\n家,cook,李,08:00,20:00\n", "cook is no role: write one of carer"),
        ("shifts", "desk,role,person,from,to\n家,护士,李,8点,20:00\n", "8点 is no time of day: write 08:00"),
        ("shifts", "desk,role,person,days,from,to\n家,护士,李,weekly,08:00,20:00\n", "weekly are no days"),
        ("holidays", "day,works\n1 October,no\n", "1 October is no day: write 2026-10-01"),
        ("holidays", "day,works\n2026-10-01,perhaps\n", "works (是否上班) is yes or no"),
        ("swaps", GOOD["swaps"].replace("10-02 08:00", "10-01 08:00"), "the swap ends before it begins"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(tmp_path: Path, table: str, text: str, said: str) -> None:
    _, faults = read(_folder(tmp_path, **{table: text}))
    assert any(said in fault for fault in faults), faults
    (tmp_path / "empty").mkdir()
    assert "nobody would be on duty" in read(tmp_path / "empty")[1][0]
