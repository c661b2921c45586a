"""Every hazard, and every bug of other tools, names tests that are there."""

from __future__ import annotations

import re

from tests.support.needs import PROJECT


def test_each_hazard_is_guarded_by_tests_that_exist() -> None:
    rows = [line for line in (PROJECT / "docs" / "hazards.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    named = {row: re.findall(r"`(test_\w+)`", row) for row in rows[1:]}
    assert len(named) > 15
    assert all(named.values()), [row for row, tests in named.items() if not tests]
    assert {test for tests in named.values() for test in tests} - _there() == set()


def test_each_bug_that_punished_users_elsewhere_is_a_test_that_exists() -> None:
    text = (PROJECT / "tests" / "acceptance" / "test_punished.py").read_text("utf-8").split('"""')[1]
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 5
    assert named - _there() == set()


def _there() -> set[str]:
    return {
        name
        for file in (PROJECT / "tests").rglob("*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
