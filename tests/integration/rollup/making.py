"""Homes with checks, tests and reports, written as a worker writes them; and what their figures must be."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import msgspec

from dashboards.rollup.turn import settle
from detectors.observations import CheckIn, Correction, Element, Reading, TestResult
from detectors.profile import Profile
from detectors.times import HOUR, Millis, to_text
from store import cases, corrections, days, observations, registry
from store.connection import Connection, transaction
from store.rows import EventType, Fate, ObservationRow
from tests.integration.store.making import row_of, uuid_of

DAY_0 = 20_600  # 2026-05-27
CALENDAR = Profile()


def at(day: int, hour: float) -> Millis:
    """A moment of a local day."""
    return CALENDAR.midnight(DAY_0 + day) + round(hour * HOUR)


_seeds = count(1_000)  # no two counties send the same ids


class County:
    """Writes what a worker would, and counts it up when asked."""

    def __init__(self, connection: Connection, seed: int | None = None) -> None:
        self.connection = connection
        self.chance = random.Random(next(_seeds) if seed is None else seed)
        self.now = at(0, 0)

    async def home(self, code: str, region: str | None, *, rural: bool = False, drill: bool = False) -> int:
        """A registered home, from the beginning of day 0; said again, it has moved."""
        async with transaction(self.connection):
            facility = (await registry.lock_facilities(self.connection, [code]))[code]
            await self.connection.execute(
                "insert into facility_profiles (facility_id, valid_from, recorded_at, name, region, zone, altitude_m,"
                " rural, temperature_site, cutoffs, mode, phones, drill)"
                " values (%s, %s::timestamptz, %s::timestamptz, %s, %s, 'Asia/Shanghai', 40, %s, 'axillary',"
                " '{600,1080}', '疫情期间', '', %s)",
                (facility.id, to_text(self.now), to_text(self.now), code, region, rural, drill),
            )
        return facility.id

    async def said(self, code: str, *elements: Element, resident: str = "R-1", **others: Any) -> None:
        """These events are stored, and their days marked."""
        await self.store([row_of(one, code, resident, **others) for one in elements])

    async def store(self, rows: list[ObservationRow]) -> None:
        """One transaction of a worker, as far as figures go."""
        async with transaction(self.connection):
            facilities = await registry.lock_facilities(self.connection, {row.facility for row in rows})
            ids = {code: one.id for code, one in facilities.items()}
            named = {(row.facility, row.resident) for row in rows if row.resident}
            people = await registry.resident_ids(self.connection, named, ids)
            known = await observations.add(self.connection, rows, ids, people)
            await corrections.settle_batch(self.connection, rows, known, ids, people)
            keys = [(row.observed_at, row.event_id) for row in rows]
            await cases.settle(self.connection, keys, ids.values())
            moments = {(ids[row.facility], row.observed_at) for row in rows}
            moments |= {
                (ids[row.facility], row.element.corrects_at) for row in rows if isinstance(row.element, Correction)
            }
            await days.mark_dirty(self.connection, {(one, CALENDAR.day_of(when)) for one, when in moments})

    async def report(self, code: str, day: int, when: Millis, received: Millis | None = None, **said: Any) -> None:
        """A facility report for a day."""
        number, month, of_month = to_text(at(day, 12))[:10].split("-")
        rest = msgspec.json.encode({"day": f"{number}-{month}-{of_month}", **said})
        await self.store(
            [
                ObservationRow(
                    uuid_of(self.chance),
                    when,
                    received or when + 1_000,
                    EventType.facility_report,
                    Fate.stored,
                    code,
                    1,
                    rest=rest,
                )
            ]
        )

    def reading(self, when: Millis, spo2: int = 970, temperature: int = 365) -> Reading:
        return Reading(when, uuid_of(self.chance), spo2, 72, temperature_tenths=temperature)

    def check_in(self, when: Millis, presence: Any = "in") -> CheckIn:
        return CheckIn(when, uuid_of(self.chance), presence)

    def test(self, when: Millis, result: Any = "negative") -> TestResult:
        return TestResult(when, uuid_of(self.chance), "antigen", result)

    async def settle(self) -> None:
        """Days are summarised as a worker's sweep does it; then everything is counted and summed up, as of now."""
        async with transaction(self.connection):
            for facility_id, _ in await days.dirty_facilities(self.connection):
                await days.recompute(
                    self.connection, facility_id, await days.dirty(self.connection, facility_id), CALENDAR
                )
        await settle(self.connection, lambda: self.now)
