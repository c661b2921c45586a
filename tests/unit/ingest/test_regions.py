"""GB/T 2260 as it is: levels, parents, and what became of retired codes."""

from __future__ import annotations

import doctest
from collections import Counter
from datetime import date

import pytest

from ingest import regions


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_the_examples_hold() -> None:
    assert doctest.testmod(regions).failed == 0


def test_at_the_end_of_2025_there_are_34_provinces_333_cities_and_2845_counties() -> None:
    at = day("2026-01-31")
    counted = Counter(regions.level(code) for code in regions._codes() if regions.is_valid(code, at))
    assert counted == {"province": 34, "city": 333, "county": 2845}


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("510104", ("510100", "510000")),
        ("441900", ("440000",)),  # a city without counties
        ("460400", ("460000",)),  # one that was a county
        ("469003", ("460000",)),  # and by its old code
        ("419001", ("410000",)),  # a county straight under its province
        ("659012", ("650000",)),
        ("110228", ("110000",)),  # retired, under the heading 县
        ("500110", ("500000",)),
        ("130521", ("130500", "130000")),  # went into two counties of one city
        ("341400", ("340000",)),  # a city that went into three cities
        ("371200", ("370000",)),  # a city that went into another: its own level
        ("220381", ("220100", "220000")),  # moved to another city
    ],
)
def test_a_code_rolls_up_where_its_place_lies_today(code: str, above: tuple[str, ...]) -> None:
    assert regions.parents(code, day("2026-01-31")) == above


def test_a_code_rolls_up_where_its_place_lay_on_the_day() -> None:
    assert regions.parents("220381", day("2019-06-30")) == ("220300", "220000")
    assert regions.parents("522222", day("2005-01-01")) == ("522200", "520000")
    assert regions.parents("522222") == ("520600", "520000")


def test_a_retired_code_keeps_its_name_and_knows_its_successor() -> None:
    assert regions.name("110103") == "崇文区"
    assert not regions.is_valid("110103", day("2026-01-31"))
    assert regions.is_valid("110103", day("2009-06-30"))
    assert regions.current("110103", day("2009-06-30")) == ("110103",)
    assert regions.current("500112") == ("500109", "500157")


def test_a_code_that_was_given_again_names_the_place_of_the_day() -> None:
    assert regions.name("469025", day("2005-01-01")) == "定安县"
    assert regions.name("469025") == "白沙黎族自治县"


def test_headings_of_the_list_are_no_places() -> None:
    assert not any(regions.is_valid(code) for code in ("110100", "130101", "419000", "469000"))
    assert regions.current("130101") == ("130100",)


def test_every_ended_place_goes_on_in_places_in_force_or_is_known_not_to() -> None:
    lost = [
        code
        for code in regions._codes()
        if not all(regions.is_valid(one, day("2026-01-31")) for one in regions.current(code, day("2026-01-31")))
    ]
    # Areas of 大兴安岭 that one list of 2006 to 2009 had as counties.
    assert lost == ["232702", "232703", "232704"]
