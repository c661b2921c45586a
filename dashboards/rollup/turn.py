"""A turn of the roll-up: what has changed is counted again from raw, and summed up to the nation.

Any number of processes may take turns. Facilities are claimed, each by one;
sums are made by one at a time, always from what lies directly below, so that at
every level the parent is the sum of its children.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from dashboards.rollup.places import above, place_of
from detectors.times import Millis
from store import figures, parts
from store.connection import Connection, transaction
from store.errors import StoreError, Unavailable
from store.figures import RegionDay
from store.parts import Claimed, Place

FACILITIES_AT_ONCE: Final = 100
REGIONS_AT_ONCE: Final = 1_000


class Turned(Struct, frozen=True):
    """What a turn did."""

    facilities: int
    regions: int

    @property
    def is_idle(self) -> bool:
        """Nothing had changed."""
        return not self.facilities and not self.regions


def _now() -> Millis:
    return round(time.time() * 1_000)


async def turn(connection: Connection, now: Callable[[], Millis] = _now, share: float = 1.0) -> Turned:
    """Some facilities are counted again, then some sums made; `share`: of as many as usual, at least one."""
    facilities, regions = (max(1, round(most * share)) for most in (FACILITIES_AT_ONCE, REGIONS_AT_ONCE))
    return Turned(await count_some(connection, now(), facilities), await sum_some(connection, regions))


async def settle(connection: Connection, now: Callable[[], Millis] = _now) -> Turned:
    """Turns until nothing is left to do."""
    done = Turned(0, 0)
    while not (one := await turn(connection, now)).is_idle:
        done = Turned(done.facilities + one.facilities, done.regions + one.regions)
    return done


async def count_some(connection: Connection, now: Millis, limit: int = FACILITIES_AT_ONCE) -> int:
    """The parts of some facilities are as what is stored; how many facilities.

    One that cannot be counted raises StoreError; alone, it waits until all others had their turn.
    """
    claimed: list[Claimed] = []
    try:
        async with transaction(connection):
            await parts.meet(connection, now)
            claimed = await parts.claim(connection, now, limit)
            if claimed:
                stretches = await parts.stretches(connection, claimed, now)
                counted = await parts.count(connection, stretches, now)
                stated = {(part.stated_region or "", part.day) for part in counted}
                await parts.save(connection, stretches, counted, {key: place_of(*key) for key in stated})
    except Unavailable:
        raise
    except StoreError:
        if len(claimed) == 1:
            async with transaction(connection):
                await parts.put_off(connection, claimed[0].facility_id)
        raise
    return len(claimed)


async def sum_some(connection: Connection, limit: int = REGIONS_AT_ONCE) -> int:
    """The sums of some regions and days, and of all above them, are those of what lies below; how many."""
    async with transaction(connection):
        if not await figures.claim(connection):
            return 0
        stale = await figures.take_stale(connection, limit)
        if stale:
            await figures.sum_leaves(connection, stale)
            for level in _levels(stale):
                await figures.add_sums(connection, level)
    return len(stale)


def _levels(stale: list[RegionDay]) -> list[dict[RegionDay, str]]:
    """What lies above these, from the lowest to the nation, each with its parent.

    A county may lie straight under its province: what is summed is then summed
    after everything that lies in it, not level by level of its own chain.
    """
    levels: list[dict[RegionDay, str]] = [{}, {}, {}]  # cities, provinces, nation
    for region, grain, day in stale:
        # A period that runs may still lie where its first part did, and codes change between days.
        for when in {day, day - 1} if grain == "period" else {day}:
            for distance, place in enumerate(reversed(above(_as_place(region, when), when))):
                levels[-1 - distance][place.region, grain, day] = place.parent
    return levels


def _as_place(region: str, day: int) -> Place:
    """A region as it is stored, with what it lies in."""
    if region == figures.UNPLACED:
        return Place(region, figures.NATION)
    return Place(region, region[:-1]) if region.endswith("-") else place_of(region, day)
