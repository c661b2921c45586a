"""The page of rules says of each how it begins and ends, and after which hours it lapses."""

from __future__ import annotations

import re

from detectors.times import HOUR
from streams.catalogue import national
from tests.support.needs import PROJECT


def test_every_rule_has_its_warm_up_its_recovery_and_its_lapse_on_the_page() -> None:
    page = (PROJECT / "docs" / "rules.md").read_text("utf-8").partition("## How each rule begins and ends")[2]
    said = {}
    for line in page.splitlines():
        if re.match(r"\| D\d", line):
            rules, begins, over, lapses = (cell.strip() for cell in line.strip("|").split("|"))
            assert begins, line
            assert over, line
            said |= dict.fromkeys(rules.split(", "), int(lapses) if lapses else None)
    wanted = {rule.id: None if rule.lapses_after is None else rule.lapses_after // HOUR for rule in national().rules}
    assert said == wanted
