"""At every level the parent is the sum of its children, whatever comes late, is taken back or moves."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from msgspec import structs

from dashboards.rollup.turn import count_some
from detectors.observations import Correction, Element
from detectors.times import HOUR, Millis
from store import figures, parts, recount, registry
from store.connection import Connection, transaction
from store.dictionary import STORED
from store.errors import StoreError
from store.figures import NATION, Figures, Grain, Setting, Value
from tests.integration.rollup.making import CALENDAR, DAY_0, County, at
from tests.integration.store.making import uuid_of

STATED = ("510107", "510104", "441900", "429004", "371202", "130521", "510199", "110101", None)
"""Counties of one city, a city without counties, a county straight under a province, a retired code, a divided one,
one that never was, a county of a municipality, and nobody said."""


HOMES = [f"S-{number}" for number in range(12)]


class Model:
    """What was said, counted by hand."""

    def __init__(self) -> None:
        self.events: dict[str, tuple[str, Element]] = {}

    def count(self, drills: set[str], kind: str, grain: Grain) -> Counter[int]:
        found: Counter[int] = Counter()
        for home, element in self.events.values():
            if home not in drills and type(element).__name__ == kind:
                found[_day(element.at, grain)] += 1
        return found


def _day(when: Millis, grain: Grain) -> int:
    return CALENDAR.day_of(when if grain == "day" else when + 7 * HOUR)


async def test_children_add_up_to_their_parent_after_late_data_corrections_and_moves(connection: Connection) -> None:
    county, model = County(connection, seed=7), Model()
    chance, homes = county.chance, HOMES
    for home in homes:
        await county.home(home, chance.choice(STATED), rural=chance.random() < 0.5, drill=home == "S-11")
    for day in range(1, 7):
        county.now = at(day, 24)
        for _ in range(25):
            home, when = chance.choice(homes), at(chance.randint(max(0, day - 4), day), chance.uniform(0, 23.9))
            element: Element = chance.choice((county.reading, county.check_in, county.test))(when)
            model.events[element.id] = home, element
            await county.said(home, element, resident=f"R-{chance.randint(1, 3)}", after=county.now - when)
        for victim in chance.sample(sorted(model.events), 3):
            home, element = model.events.pop(victim)
            error = Correction(county.now - 1_000, uuid_of(chance), element.id, element.at, "entered_in_error")
            await county.said(home, error, after=1_000)
        await county.home(chance.choice(homes[:-1]), chance.choice(STATED), rural=chance.random() < 0.5)
        await county.settle()
        await _adds_up(connection, model, day)
    await _is_found_again(connection, county.now)


async def _adds_up(connection: Connection, model: Model, last: int) -> None:
    grains: tuple[Grain, ...] = ("day", "period")
    for grain in grains:
        levels = [NATION]
        while levels:
            region = levels.pop()
            whole = await figures.of_region(connection, region, grain, DAY_0, DAY_0 + last + 1)
            parts = await figures.below(connection, region, grain, DAY_0, DAY_0 + last + 1)
            for one in whole if parts else ():
                mine = [part for part in parts if part.day == one.day]
                assert one.running == sum(part.running for part in mine)
                for figure in STORED:
                    assert one[figure.name] == sum((part[figure.name] for part in mine), Value(None)), figure.name
            levels += sorted({part.region for part in parts})
        nation = {one.day: one for one in await figures.of_region(connection, NATION, grain, 0, DAY_0 + 99)}
        for one in await _by_setting(connection, grain):
            for figure in STORED:
                assert one[figure.name] == nation[one.day][figure.name], "rural, urban and unknown are all there are"
        for name, kind in (("readings", "Reading"), ("check_ins", "CheckIn"), ("tests", "TestResult")):
            counted = {day: one[name].value or 0 for day, one in nation.items()}
            assert +Counter(counted) == +model.count({"S-11"}, kind, grain), (name, grain)
        assert nation[DAY_0 + last]["facilities"] == Value(len(HOMES) - 1)  # a drill is outside every figure


async def _by_setting(connection: Connection, grain: Grain) -> list[Figures]:
    """The nation as a sum of its settings, each asked alone."""
    found: dict[int, Figures] = {}
    for setting in get_args(Setting):
        for one in await figures.of_region(connection, NATION, grain, 0, DAY_0 + 99, [setting]):
            known = found.get(one.day)
            added = {name: value + known[name] for name, value in one.values.items()} if known else one.values
            found[one.day] = structs.replace(one, values=added)
    return list(found.values())


async def _is_found_again(connection: Connection, now: Millis) -> None:
    """Counting from scratch gives what is on record; what is not right is found."""
    facility = await registry.find_facility(connection, HOMES[0])
    assert facility is not None
    async with transaction(connection):
        number, differences = await recount.recount(connection, facility.id, now)
    assert number >= 8
    assert differences == []
    async with transaction(connection):
        await connection.execute(
            "update facility_parts set tests = 77 where facility_id = %s and day = %s and part = 0",
            (facility.id, DAY_0),
        )
        _, (wrong,) = await recount.recount(connection, facility.id, now)
    assert (wrong.figure, wrong.stored) == ("tests", 77)


async def test_a_facility_that_cannot_be_counted_does_not_stop_the_others(connection: Connection) -> None:
    county = County(connection)
    bad, good = await county.home("X-1", "110105"), await county.home("X-2", "110105")
    county.now = at(1, 12)
    await county.settle()
    await connection.execute("update facility_profiles set zone = 'Nowhere/Land' where facility_id = %s", (bad,))
    await county.said("X-2", county.reading(at(1, 9)))
    async with transaction(connection):
        await parts.mark_stale(connection, [(bad, DAY_0), (good, DAY_0)])
    done = 0
    for _ in range(4):
        try:
            done += await count_some(connection, county.now, 1)
        except StoreError:
            continue
    assert done == 1
    assert await _readings(connection, good) == 1


async def _readings(connection: Connection, facility_id: int) -> int:
    """The readings on record of a facility."""
    row = await (
        await connection.execute("select sum(readings)::int from facility_parts where facility_id = %s", (facility_id,))
    ).fetchone()
    assert row is not None
    return int(row[0])
