"""What judging the weeks of facilities needs, and what it leaves: which days changed, digests to compare them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from detectors.observations import TestResult
from detectors.profile import Profile
from detectors.times import DAY, Millis
from detectors.weekly.week import PRESENCE_KEPT, TESTS_KEPT, Check, StaffMember
from store.codes import PRESENCES, RESULTS, TESTS
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("weeks")


class Elsewhere(Struct, frozen=True):
    """A digest that stands in another facility too."""

    digest: int
    facility_id: int
    facility: str
    day: int


class StaffHeard(Struct, frozen=True):
    """What was heard of a facility's staff, in order."""

    tests: dict[str, list[TestResult]]
    on_duty: list[tuple[Millis, int]]


async def mark(connection: Connection, days: Iterable[tuple[int, int]]) -> None:
    """The weeks that hold these (facility id, day) are to be judged."""
    facilities, numbers = zip(*pairs, strict=True) if (pairs := sorted(set(days))) else ((), ())
    if pairs:
        await connection.execute(_SQL["mark_weeks"], {"facilities": list(facilities), "days": list(numbers)})


async def due(connection: Connection, partitions: Sequence[int], day: int, limit: int) -> list[tuple[str, int]]:
    """(code, partition) of facilities with weeks to be judged that were over on this day."""
    values = {"partitions": list(partitions), "day": day, "limit": limit}
    return [(row[0], row[1]) for row in await (await connection.execute(_SQL["weeks_due"], values)).fetchall()]


async def dirty_from(connection: Connection, facility_id: int) -> int | None:
    """From which day on a facility's weeks are to be judged; the caller has locked the facility."""
    row = await (await connection.execute(_SQL["dirty_from"], {"facility": facility_id})).fetchone()
    return None if row is None else row[0]


async def judged(connection: Connection, facility_id: int, day: int | None) -> None:
    """What comes from this day on is to be judged when it is over; None: when something is heard."""
    await connection.execute(_SQL["weeks_judged"], {"facility": facility_id, "day": day})


async def checks(connection: Connection, facility_id: int, first: int, last: int, calendar: Profile) -> list[Check]:
    """The spot readings of some local days, in order."""
    cursor = await connection.execute(_SQL["checks_of_days"], _bounds(facility_id, first, last, calendar))
    return [Check(at, made, who, calendar.day_of(at), *rest) for at, made, who, *rest in await cursor.fetchall()]


async def presences(
    connection: Connection, facility_id: int, first: int, last: int, calendar: Profile
) -> dict[str, list[tuple[Millis, str]]]:
    """Where residents were said to be, in order; of those in hospital before, the last words of earlier days too."""
    found: dict[str, list[tuple[Millis, str]]] = {}
    before = {"facility": facility_id, "first": first - PRESENCE_KEPT // DAY, "day": first}
    for who, hospital_at, at, presence in await (await connection.execute(_SQL["earlier_stays"], before)).fetchall():
        mine = found.setdefault(who, [])
        if hospital_at is not None and hospital_at != at:
            mine.append((hospital_at, "hospital"))
        mine.append((at, PRESENCES.word[presence] or ""))
    bounds = _bounds(facility_id, first, last, calendar)
    for who, at, presence in await (await connection.execute(_SQL["presences_of_days"], bounds)).fetchall():
        found.setdefault(who, []).append((at, PRESENCES.word[presence] or ""))
    return found


async def staff_heard(connection: Connection, facility_id: int, since: Millis, until: Millis) -> StaffHeard:
    """Tests of members of staff of two weeks before `since` on, and how many were reported on duty."""
    values = {"facility": facility_id, "since": Moment(since - TESTS_KEPT), "until": Moment(until)}
    found = StaffHeard({}, [])
    cursor = await connection.execute(_SQL["staff_heard"], values)
    for at, made, staff, test, result, pathogen, unit, on_duty in await cursor.fetchall():
        if on_duty is not None:
            found.on_duty.append((at, on_duty))
        elif staff is not None:
            one = TestResult(at, made, TESTS.word[test], RESULTS.word[result], pathogen or "sars-cov-2", unit)
            found.tests.setdefault(staff, []).append(one)
    return found


async def staff(connection: Connection, facility_id: int) -> tuple[StaffMember, ...]:
    """Who works there, by the registry."""
    cursor = await connection.execute(_SQL["staff_of_facility"], {"facility": facility_id})
    return tuple(StaffMember(*row) for row in await cursor.fetchall())


async def keep_stretches(
    connection: Connection, facility_id: int, by_day: Mapping[int, Iterable[int]], forget_before: int
) -> set[int]:
    """The digests of these days are as given; those that are new or stand there no more."""
    if not by_day:
        return set()
    pairs = [(digest, day) for day, digests in by_day.items() for digest in digests]
    values = {
        "facility": facility_id,
        "first": min(by_day),
        "last": max(by_day),
        "digests": [digest for digest, _ in pairs],
        "days": [day for _, day in pairs],
    }
    gone = await (await connection.execute(_SQL["drop_stretches"], values)).fetchall()
    await connection.execute(_SQL["forget_stretches"], {"facility": facility_id, "day": forget_before})
    new = await (await connection.execute(_SQL["add_stretches"], values)).fetchall()
    return {digest for (digest,) in (*gone, *new)}


async def elsewhere(connection: Connection, facility_id: int, digests: Iterable[int], first: int) -> list[Elsewhere]:
    """Where else these digests stand, from a day on."""
    values = {"facility": facility_id, "digests": sorted(digests), "first": first}
    return [Elsewhere(*row) for row in await (await connection.execute(_SQL["stretches_elsewhere"], values)).fetchall()]


def _bounds(facility_id: int, first: int, last: int, calendar: Profile) -> dict[str, object]:
    since, until = calendar.midnight(first), calendar.midnight(last + 1)
    return {"facility": facility_id, "since": Moment(since), "until": Moment(until)}
