"""The examples of docs/registry.md are true: both languages say the same, and every column is shown."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.registry.headings import TABLES
from ingest.registry.reading import Problem, Sheet
from ingest.registry.rows import TABLE
from tests.support.needs import PROJECT

EXAMPLES = re.findall(r"```csv (\w+)\n(.*?)```", (PROJECT / "docs" / "registry.md").read_text("utf-8"), re.DOTALL)


def test_each_table_has_an_example_in_english_and_in_chinese_that_say_the_same(tmp_path: Path) -> None:
    assert sorted(table for table, _ in EXAMPLES) == sorted([*TABLES, *TABLES])
    found: dict[str, list[object]] = {}
    for table, text in EXAMPLES:
        (tmp_path / "example.csv").write_text(text, encoding="utf-8")
        sheet = Sheet(tmp_path / "example.csv", table)
        rows = list(sheet)
        assert sheet.notes == []
        assert not any(isinstance(one, Problem) for one in rows)
        assert sheet.given == {TABLE[table].field(name) for name in TABLE[table].columns}, "every column is shown"
        found.setdefault(table, []).append(rows)
    for table, (english, chinese) in found.items():
        assert english == chinese, table
