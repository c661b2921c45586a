"""What happens to figures when codes retire, homes move and things are taken back days later, or twice at once."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import structs

from detectors.observations import Correction
from detectors.times import DAY as ONE_DAY
from detectors.times import HOUR
from store import figures, recount
from store.connection import Connection, transaction
from store.figures import NATION, Figures, Grain, Value
from tests.integration.rollup.making import DAY_0, County, at
from tests.integration.store.making import uuid_of

RETIRED = date(2020, 1, 1).toordinal() - date(1970, 1, 1).toordinal() - DAY_0
"""The day from which 莱芜市莱城区 (371202 of 371200) is 济南市莱芜区 (370116 of 370100) in the table of codes."""


async def _figures(connection: Connection, region: str, day: int, grain: Grain) -> Figures | None:
    found = await figures.of_region(connection, region, grain, DAY_0 + day, DAY_0 + day)
    return found[0] if found else None


async def _is_as_counted_from_scratch(county: County, facility_id: int) -> None:
    async with transaction(county.connection):
        number, differences = await recount.recount(county.connection, facility_id, county.now)
    assert number
    assert differences == []


async def test_a_county_whose_code_retires_keeps_its_days_and_goes_on_in_what_it_became(
    connection: Connection,
) -> None:
    county = County(connection)
    county.now = at(RETIRED - 9, 0)
    facility_id = await county.home("N-1", "371202")
    for day in range(RETIRED - 2, RETIRED + 2):
        await county.said("N-1", county.reading(at(day, 9)), county.reading(at(day, 19)))
    county.now = at(RETIRED + 2, 12)
    await county.settle()
    for grain, ends in (("day", RETIRED), ("period", RETIRED)):
        for day in range(RETIRED - 1, RETIRED + 2):
            told = {code: await _figures(connection, code, day, grain) for code in ("371202", "370116")}  # type: ignore[arg-type]
            old, new = told["371202"], told["370116"]
            counted, other = (old, new) if day < ends else (new, old)
            assert counted is not None
            assert counted["readings"] == Value(2), (grain, day)
            assert other is None, "a home counts once, in the code of the day"
            for above in ("370000", NATION):
                whole = await _figures(connection, above, day, grain)  # type: ignore[arg-type]
                assert whole is not None
                assert whole["readings"] == Value(2), (above, grain, day)
    await _is_as_counted_from_scratch(county, facility_id)


async def test_a_home_that_moves_takes_the_period_of_the_day_with_it_and_leaves_its_past(
    connection: Connection,
) -> None:
    county = County(connection)
    facility_id = await county.home("N-2", "510107")
    await county.home("N-3", "510107")
    for day in (1, 2, 3):
        await county.said("N-2", county.reading(at(day, 9)))
    county.now = at(2, 14)
    await county.home("N-2", "429004")  # a county straight under its province
    county.now = at(4, 0)
    await county.settle()
    for grain in ("day", "period"):
        found = {}
        for region in ("510107", "429004", "420000", NATION):
            each = [await _figures(connection, region, day, grain) for day in (1, 2, 3)]  # type: ignore[arg-type]
            found[region] = [None if one is None else one["readings"].value for one in each]
        assert found["429004"] == found["420000"] == [None, 1, 1], grain
        assert found["510107"] == [1, None, None], "blank: the other home said nothing"
        assert found[NATION] == [1, 1, 1]
    await _is_as_counted_from_scratch(county, facility_id)


async def test_a_check_of_ten_days_ago_that_is_taken_back_is_in_no_day_any_more(connection: Connection) -> None:
    county = County(connection)
    facility_id = await county.home("N-4", "110101")
    wrong = county.test(at(1, 9), "positive")
    await county.said("N-4", wrong, county.reading(at(1, 9)))
    county.now = at(11, 10)
    await county.settle()
    before = await _figures(connection, "110101", 1, "day")
    assert before is not None
    assert [before[name].value for name in ("positives", "tests", "tests_positive", "readings")] == [1, 1, 1, 1]
    error = Correction(county.now, uuid_of(county.chance), wrong.id, wrong.at, "entered_in_error")
    await county.said("N-4", error)
    county.now += HOUR
    await county.settle()
    for grain in ("day", "period"):
        after = await _figures(connection, "110101", 1, grain)  # type: ignore[arg-type]
        assert after is not None
        assert [after[name].value for name in ("positives", "tests", "tests_positive", "readings")] == [0, 0, 0, 1]
    await _is_as_counted_from_scratch(county, facility_id)


@pytest.mark.parametrize("turned", [False, True], ids=["first the first", "first the second"])
async def test_of_two_corrections_of_the_same_second_one_counts_whichever_came_first(
    connection: Connection, turned: bool
) -> None:
    county = County(connection, seed=5)
    code = f"N-5-{turned}"
    facility_id = await county.home(code, "120101")
    original = county.test(at(1, 9), "positive")
    await county.said(code, original, county.reading(at(1, 8)))
    moment = at(3, 10)
    ids = sorted(uuid_of(county.chance) for _ in range(2))
    replacement = structs.replace(county.test(at(3, 9), "positive"), id=uuid_of(county.chance))
    two = [
        Correction(moment, ids[0], original.id, original.at, "entered_in_error"),
        Correction(moment, ids[1], original.id, original.at, "replaced_by", replacement),
    ]
    for one in reversed(two) if turned else two:
        await county.said(code, one)
    county.now = at(4, 12)
    await county.settle()
    told = [await _figures(connection, "120101", day, "day") for day in (1, 3)]
    assert [None if one is None else one["positives"].value for one in told] == [0, 1], "the greater id is the last"
    await _is_as_counted_from_scratch(county, facility_id)


async def test_a_report_that_is_taken_back_leaves_the_one_before_it_or_none(connection: Connection) -> None:
    county = County(connection)
    facility_id = await county.home("N-6", "130102")
    await county.report("N-6", 1, at(1, 10), residents=40, beds=90)
    await county.report("N-6", 1, at(3, 10), residents=4, deaths=0)  # of an earlier day, and wrong
    county.now = at(4, 9)
    await county.settle()
    told = await _figures(connection, "130102", 1, "day")
    assert told is not None
    assert told["occupants"] == Value(4)
    row = await (
        await connection.execute(
            "select (extract(epoch from observed_at) * 1000)::bigint, event_id::text from observations"
            " where facility_id = %s and type = 6 order by observed_at desc limit 1",
            (facility_id,),
        )
    ).fetchone()
    assert row is not None
    await county.said("N-6", Correction(county.now, uuid_of(county.chance), row[1], int(row[0]), "entered_in_error"))
    county.now += ONE_DAY
    await county.settle()
    for grain in ("day", "period"):
        told = await _figures(connection, "130102", 1, grain)  # type: ignore[arg-type]
        assert told is not None
        assert (told["occupants"], told["beds"]) == (Value(40), Value(90))
    await _is_as_counted_from_scratch(county, facility_id)
