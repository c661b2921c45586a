"""Reporting clocks are files: what they say is checked, and a region speaks for itself."""

from __future__ import annotations

import pytest

from alerts.clocks.clock import checked, clocks_of, parse

NATIONAL = clocks_of(None)
ONE = '[a]\nname = { zh = "甲", en = "a" }\nsource = { zh = "丙", en = "c" }'


def test_the_default_clocks_are_those_of_the_sources() -> None:
    assert {name: clock.minutes for name, clock in NATIONAL.items()} == {
        "facility_told": 10,
        "district_report": 30,
        "disease_control": 1440,
    }
    assert NATIONAL["district_report"].after == "facility_told"
    assert all("Beijing" in (NATIONAL[name].source.en or "") for name in ("facility_told", "district_report"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nminutes = 10", "these are no clocks"),
        (f'{ONE}\nminutes = 5\nwarns_before_minutes = 9\nroles = ["head"]', "warns_before_minutes"),
        (f"{ONE}\nminutes = 5\nwarns_before_minutes = 2\nroles = []", "roles are of carer"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_mistake(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)


def test_a_clock_that_waits_for_one_that_nobody_keeps_is_refused() -> None:
    with pytest.raises(ValueError, match="starts after facility_told"):
        checked({"district_report": NATIONAL["district_report"]})
