"""Law 3 watched in production: raw rows folded again in one pass, compared with what is stored.

The reference shares the rules and the fold of one element with the worker, and
nothing else: no anchor, cache, gate or reconcile.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from detectors.corrections import Arrival
from detectors.engine import reference
from detectors.episodes import Episode
from detectors.observations import ReportedDay
from detectors.place_engine import Heard, place_reference
from detectors.profile import Profile
from detectors.schedule import Rules, scheduled
from detectors.subjects import SubjectName
from detectors.times import NEVER, Millis
from store import audit, contacts, days, episodes, homes, moves, outages, profiles, recount
from store.connection import Connection, transaction

FAR: Final = 1 << 30
"""Later than any day."""


class Difference(Struct, frozen=True):
    """Something stored that is not as folded again."""

    facility: str
    resident: str
    what: str  # a sentence


class Audited(Struct, frozen=True):
    """What was compared."""

    facility: str
    events: int
    episodes: int
    days: int
    parts: int  # of days, whose figures were counted again
    differences: list[Difference]


async def audit_facility(connection: Connection, facility_id: int, code: str, rules: Rules) -> Audited:
    """Folds one facility again, in one snapshot, and compares episodes and day figures."""
    async with transaction(connection):
        await audit.take_snapshot(connection)
        whole_from, whole_day = await audit.whole_from(connection)
        looked = await homes.looked_until(connection, facility_id)
        known = await profiles.profiles_of(connection, facility_id)
        people = {str(row.id): row for row in await homes.people(connection, facility_id)}
        arrivals = await audit.arrivals(connection, facility_id)
        numbers = [row.id for row in people.values()]
        earlier = await moves.earlier_days(connection, numbers, known.default[-1])
        stored = await episodes.not_over(connection, facility_id, -NEVER)
        zone = known.default[-1].zone
        figures = await audit.day_figures(connection, facility_id, zone)
        dirty = set(await days.dirty(connection, facility_id))
        recorded = await days.of_facility(connection, facility_id, 0, FAR)
        signs = await audit.signs(connection, facility_id, code, {row.id: row.code for row in people.values()})
        reported = await audit.reported_days(connection, facility_id, zone)
        heard: list[Heard] = [*await contacts.of_facility(connection, facility_id, 0)]
        heard += [one.outage for one in await outages.long_ones(connection, round(time.time() * 1_000))]
    async with transaction(connection):
        recounted, others = await recount.recount(connection, facility_id, round(time.time() * 1_000))
    of_person = {
        number: tuple(
            structs.replace(profile, checks_from=row.known_from)
            for profile in known.residents.get(row.id, known.default)
        )
        for number, row in people.items()
        if row.kind == "resident"
    }
    folded = reference(
        arrivals,
        lambda number: (of_person.get(number, known.default), rules),
        -NEVER if looked is None else looked,
        {str(number): days_before for number, days_before in earlier.items()},
    )
    places = _folded_places(code, signs, reported, heard, known, people.values(), rules, looked)
    differences, apart = [], scheduled(rules).apart
    total = 0
    for number, row in people.items():
        wanted = folded.get(number, []) if row.kind == "resident" else places.pop((row.kind, row.code), [])
        wanted = [one for one in wanted if one.opened[0] >= whole_from]
        mine = (one.episode for one in stored if one.resident_id == row.id and one.episode.opened[0] >= whole_from)
        found = [one for one in mine if one.condition not in apart]  # what a region says is not folded here
        total += len(wanted)
        differences += [Difference(code, row.code, text) for text in compared(wanted, found)]
    differences += [Difference(code, name, f"no {kind} of this name is known") for kind, name in places]
    for day in recorded:
        if day.day not in dirty and day.day >= whole_day:
            have = (day.events, day.held, day.quarantined, day.late)
            if have != figures.get(day.day, (0, 0, 0, 0)):
                differences.append(
                    Difference(code, "", f"day {day.day}: {have} stored, {figures.get(day.day)} counted")
                )
    for one in others:
        what = f"day {one.day}, part {one.part}: {one.figure} {one.stored} stored, {one.counted} counted"
        differences.append(Difference(code, "", what))
    return Audited(code, len(arrivals), total, len(recorded), recounted, differences)


def _folded_places(
    code: str,
    signs: Iterable[Arrival],
    reported: Iterable[int],
    heard: Iterable[Heard],
    known: profiles.Profiles,
    people: Iterable[homes.PersonRow],
    rules: Rules,
    looked: Millis | None,
) -> dict[tuple[str, str], list[Episode]]:
    """The episodes of each place that is known."""
    numbers = {row.code: row.id for row in people if row.kind == "resident"}

    def profiles_of(place: str) -> tuple[tuple[Profile, ...], Rules]:
        name = SubjectName.parse(place)
        return known.places(name.id if name.kind == "unit" else None), rules

    def unit_of(who: SubjectName, at: Millis) -> str | None:
        return known.unit_of(numbers.get(who.id), at) if who.kind == "resident" else None

    days_heard: list[Heard] = [ReportedDay(known.default[-1].midnight(day), "day") for day in reported]
    folded = place_reference(
        signs, {code: days_heard + list(heard)}, profiles_of, unit_of, -NEVER if looked is None else looked
    )
    return {(name.kind, name.id): found for place, found in folded.items() for name in (SubjectName.parse(place),)}


def compared(wanted: list[Episode], found: list[Episode]) -> list[str]:
    """A sentence for each episode that is missing, or not to be there."""
    missing = [one for one in wanted if one not in found]
    extra = [one for one in found if one not in wanted]
    return [f"missing: {_shown(one)}" for one in missing] + [f"not to be there: {_shown(one)}" for one in extra]


def _shown(episode: Episode) -> str:
    spans = f"{episode.condition} from {episode.opened} to {episode.ended}"
    return f"{spans}, {episode.worst.name}, {len(episode.trail)} changes"
