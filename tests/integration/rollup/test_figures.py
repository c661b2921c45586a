"""Figures are right, add up, follow late data, and tell zero from blank."""

from __future__ import annotations

from store import figures
from store.connection import Connection
from store.figures import NATION, Value
from tests.integration.rollup.making import DAY_0, County, at


async def _value(connection: Connection, name: str, day: int, grain: str = "day", region: str = NATION) -> Value:
    (found,) = await figures.of_region(connection, region, grain, DAY_0 + day, DAY_0 + day)  # type: ignore[arg-type]
    return found[name]


async def test_a_day_and_a_period_are_sums_of_the_same_parts(connection: Connection) -> None:
    county = County(connection)
    county.now = at(0, 0)
    await county.home("P-1", "510107")
    for hour in (9, 12, 17, 20):
        await county.said("P-1", county.reading(at(1, hour)))
    county.now = at(3, 0)
    await county.settle()
    assert await _value(connection, "readings", 1) == Value(4)
    assert await _value(connection, "readings", 1, "period") == Value(2)  # 17:00 itself is in the next one
    assert await _value(connection, "readings", 2, "period") == Value(2)
    assert await _value(connection, "readings", 2) == Value(None, 1)  # nothing was heard: blank, not zero
    assert await _value(connection, "silent", 2) == Value(1)
    assert await _value(connection, "tests", 1) == Value(0)  # heard, and no test
    # 10:00 and 18:00 on day 1, done in the morning and, by the reading of 17:00 or 12:00, in the evening
    assert await _value(connection, "checks_due", 1) == Value(2)
    assert await _value(connection, "checks_done", 1) == Value(2)
    assert await _value(connection, "checks_due", 2, "period") == Value(2)  # 18:00 of day 1, 10:00 of day 2
    assert await _value(connection, "checks_done", 2, "period") == Value(2)
