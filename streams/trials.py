"""Other rules over stored history: facility by facility, resident by resident, in one pass, changing nothing.

A shadow is judged here, on demand, and never inside the worker's transaction:
what tells nobody must not delay, lock or break what does (docs/decisions/0065).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import structs

from alerts.rosters import desks_for
from alerts.tally import Lived, Tally
from detectors.days import DaySummary
from detectors.observations import Element
from detectors.profile import Profile
from detectors.schedule import Schedule
from detectors.times import DAY, NEVER
from detectors.trials import LEAD, Span, Trial
from store import audit, duty, homes, moves, observations, profiles
from store.connection import Connection, transaction
from store.homes import PersonRow
from store.profiles import Profiles
from store.rules import RuleSetRow
from streams.catalogue import in_force, in_shadow

Other = Callable[[Schedule], Schedule]
"""The schedule to compare with, from the one in force."""


async def compare(
    connection: Connection,
    facilities: Iterable[tuple[int, str]],
    span: Span,
    tally: Tally,
    other: Other | RuleSetRow,
) -> None:
    """The tally knows these facilities, each in one snapshot; `other` is a change of the rules, or a shadow."""
    trials: dict[Schedule, Trial] = {}  # facilities of a region share their schedule
    for facility_id, code in facilities:
        async with transaction(connection):
            await audit.take_snapshot(connection)
            known = await profiles.profiles_of(connection, facility_id)
            old = await in_force(connection, known.region)
            if old not in trials:
                trials[old] = Trial(old, await _other(connection, known.region, old, other))
            await _compare_one(connection, facility_id, code, known, span, tally, trials[old])


async def _other(connection: Connection, region: str | None, old: Schedule, other: Other | RuleSetRow) -> Schedule:
    return await in_shadow(connection, region, other) if isinstance(other, RuleSetRow) else other(old)


async def _compare_one(
    connection: Connection,
    facility_id: int,
    code: str,
    known: Profiles,
    span: Span,
    tally: Tally,
    trial: Trial,
) -> None:
    tally.begin(code, trial)
    looked = await homes.looked_until(connection, facility_id)
    seen = Span(span.since, min(span.until, -NEVER if looked is None else looked + 1))
    if not trial.conditions or seen.until <= seen.since:
        return
    people = {row.id: row for row in await homes.people(connection, facility_id)}
    begins = seen.since - LEAD
    rosters = await duty.read(connection, [code], [known.region], looked or 0)
    has_roster = bool(desks_for(rosters, code, known.region))
    earlier = await moves.earlier_days(connection, people, known.default[-1])
    async for number, elements in observations.lives(connection, facility_id, list(people), begins, seen.until):
        lived = _lived(people[number], elements, earlier.get(number), known, code, facility_id, seen, trial)
        tally.add(structs.replace(lived, has_roster=has_roster), (trial.old, trial.new))


def _lived(
    row: PersonRow,
    elements: list[Element],
    earlier: dict[int, DaySummary] | None,
    known: Profiles,
    code: str,
    facility_id: int,
    span: Span,
    trial: Trial,
) -> Lived:
    begins = max(row.known_from, span.since - LEAD)
    judged: tuple[Profile, ...] = tuple(
        structs.replace(profile, checks_from=begins) for profile in known.residents.get(row.id, known.default)
    )
    then, now = trial.judge(judged, elements, span, earlier)
    known_from = min(row.known_from, elements[0].at) if elements else row.known_from
    days = max(0, span.until - max(span.since, known_from)) / DAY
    return Lived(code, facility_id, known.region, row.code, days, then, now)
