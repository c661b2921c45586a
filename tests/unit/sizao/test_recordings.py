"""What registry files say of a resident when events are judged without any service."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from detectors.subjects import SubjectName
from detectors.times import MINUTE
from sizao.recordings import Recording, registry_of
from streams.catalogue import rules_of


def test_a_tier_follows_the_facts_of_the_files_and_who_has_left_is_not_expected(tmp_path: Path) -> None:
    file = tmp_path / "residents.csv"
    file.write_text(
        "facility,resident,birth_year,conditions,vaccination,tier,left_on,valid_from\n"
        "F,R-1,1947,none,full,,,2026-03-01\n"
        "F,R-2,1938,none,full,green,2026-05-01,\n"
    )
    registry = registry_of(None, file, None, rules_of)
    first, _ = registry.profiles_of(str(SubjectName("F", "resident", "R-1")))
    assert [one.tier for one in first] == ["green", "yellow"]
    assert first[-1].valid_from == 1_798_732_800_000  # the year of the eightieth birthday, in China
    second, _ = registry.profiles_of(str(SubjectName("F", "resident", "R-2")))
    assert {one.tier for one in second} == {"green"}
    assert {one.tier_stale_since for one in second} == {None}, "undated rows say how things are"
    assert {one.checks_until for one in second} == {1_777_593_600_000 - 480 * MINUTE}


def test_a_byte_order_mark_and_lines_of_windows_are_no_part_of_the_events() -> None:
    event = (
        b'{"type":"reading","facility":"F","resident":"R","observed_at":"2026-01-05T08:00:00+08:00","spo2_percent":97}'
    )
    recording = Recording(BytesIO(b"\xef\xbb\xbf" + event + b"\r\n\r\n" + event + b"\r\n"))
    assert [row.resident for row in recording] == ["R", "R"]
    assert not recording.failed
