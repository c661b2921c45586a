"""Days: summaries of residents and figures of facilities, recomputed from raw for the days that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from detectors.days import DaySummary, summarise
from detectors.observations import CheckIn, Element, Reading, TestResult
from detectors.profile import Profile
from detectors.times import Millis
from store import parts, registry, weeks
from store.codes import PRESENCES
from store.connection import Connection, Moment
from store.observations import window
from store.sql import statements

_SQL: Final = statements("days")
_tests_of: Final = msgspec.json.Decoder(tuple[TestResult, ...]).decode


class FacilityDay(Struct, frozen=True):
    """A facility's figures of one local day. Held, quarantined and late ones are among the events."""

    facility_id: int
    day: int  # since 1970-01-01, local
    events: int
    readings: int  # that are judged
    residents_checked: int  # with a reading or a check-in
    check_ins: int
    tests: int
    positives: int
    held: int
    quarantined: int
    late: int


async def mark_dirty(connection: Connection, days: Iterable[tuple[int, int]]) -> None:
    """These (facility id, day) pairs are to be recomputed, and the facility's figures from there on."""
    facilities, numbers = zip(*pairs, strict=True) if (pairs := sorted(set(days))) else ((), ())
    if pairs:
        await connection.execute(_SQL["mark_dirty"], {"facilities": list(facilities), "days": list(numbers)})
        await parts.mark_stale(connection, pairs)


async def dirty(connection: Connection, facility_id: int) -> list[int]:
    """The days of a facility that are to be recomputed."""
    cursor = await connection.execute(_SQL["dirty_days"], {"facility": facility_id})
    return [day for (day,) in await cursor.fetchall()]


async def dirty_facilities(connection: Connection, limit: int = 100) -> list[tuple[int, str]]:
    """(id, code) of facilities with days to be recomputed."""
    return [
        tuple(row) for row in await (await connection.execute(_SQL["dirty_facilities"], {"limit": limit})).fetchall()
    ]


async def recompute(connection: Connection, facility_id: int, days: Sequence[int], profile: Profile) -> None:
    """These days are as the observations are, and clean; `profile` says where a day begins.

    The caller has locked the facility. Doing it twice changes nothing.
    """
    residents = [resident.id for resident in await registry.residents_of(connection, facility_id)]
    await connection.execute(_SQL["drop_resident_days"], {"facility": facility_id, "days": list(days)})
    for day in days:
        since, until = profile.midnight(day), profile.midnight(day + 1)
        lives = {
            resident_id: elements
            for resident_id, elements in (await window(connection, facility_id, residents, since, until)).items()
            if elements
        }
        values = [_resident_day(resident_id, day, elements) for resident_id, elements in lives.items()]
        if values:
            await connection.cursor().executemany(_SQL["add_resident_day"], values)
        bounds = {"facility": facility_id, "day": day, "since": Moment(since), "until": Moment(until)}
        await connection.execute(_SQL["save_facility_day"], bounds | _figures(lives))
    await connection.execute(_SQL["clean_days"], {"facility": facility_id, "days": list(days)})
    await connection.execute(_SQL["mark_baselines_stale"], {"facility": facility_id, "days": list(days)})
    await weeks.mark(connection, [(facility_id, day) for day in days])


async def summaries(
    connection: Connection, facility_id: int, resident_ids: Iterable[int], first: int, last: int, profile: Profile
) -> dict[int, dict[int, DaySummary]]:
    """Per resident the summaries of the days first..last, dirty ones recomputed first; everybody has a dictionary."""
    stale = [day for day in await dirty(connection, facility_id) if first <= day <= last]
    if stale:
        await recompute(connection, facility_id, stale, profile)
    found: dict[int, dict[int, DaySummary]] = {resident_id: {} for resident_id in resident_ids}
    parameters = {"residents": list(found), "first": first, "last": last}
    cursor = await connection.execute(_SQL["summaries"], parameters)
    for resident_id, day, spo2, temperature, presence, presence_at, *others in await cursor.fetchall():
        hottest, news2, tests, hospital_at, in_at = others
        found[resident_id][day] = DaySummary(
            spo2,
            temperature,
            PRESENCES.word[presence],
            presence_at,
            hottest,
            news2,
            _tests_of(tests or b"[]"),
            hospital_at,
            in_at,
        )
    return found


async def begins(connection: Connection, resident_ids: Iterable[int]) -> dict[int, Millis]:
    """When each resident's first element was observed, as far as days have been recomputed."""
    cursor = await connection.execute(_SQL["begins"], {"residents": list(resident_ids)})
    return dict(await cursor.fetchall())


async def of_facility(connection: Connection, facility_id: int, first: int, last: int) -> list[FacilityDay]:
    """The figures of the days first..last; a day without any event is not there."""
    parameters = {"facility": facility_id, "first": first, "last": last}
    return [FacilityDay(*row) for row in await (await connection.execute(_SQL["facility_days"], parameters)).fetchall()]


def _resident_day(resident_id: int, day: int, elements: Sequence[Element]) -> dict[str, Any]:
    summary = summarise(elements)
    return {
        "resident": resident_id,
        "day": day,
        "readings": sum(_is_judged(element) for element in elements),
        "spo2": summary.spo2_median,
        "temperature": summary.temperature_median,
        "presence": PRESENCES.number[summary.presence],
        "presence_at": Moment.of(summary.presence_at),
        "hottest": summary.temperature_highest,
        "news2": summary.news2_highest,
        "tests": msgspec.json.encode(summary.tests).decode() if summary.tests else None,
        "hospital_at": Moment.of(summary.hospital_at),
        "in_at": Moment.of(summary.in_at),
        "first_at": Moment(elements[0].at),
        "last_at": Moment(elements[-1].at),
    }


def _figures(lives: dict[int, list[Element]]) -> dict[str, int]:
    elements = [element for life in lives.values() for element in life]
    tests = [element for element in elements if isinstance(element, TestResult)]
    return {
        "readings": sum(_is_judged(element) for element in elements),
        "residents": sum(
            any(_is_judged(element) or isinstance(element, CheckIn) for element in life) for life in lives.values()
        ),
        "check_ins": sum(isinstance(element, CheckIn) for element in elements),
        "tests": len(tests),
        "positives": sum(test.result == "positive" for test in tests),
    }


def _is_judged(element: Element) -> bool:
    return isinstance(element, Reading) and not element.is_quarantined
