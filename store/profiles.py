"""What is known of facilities and residents, and since when it counts.

A row counts from `valid_from`, but not before it was recorded: what has been
judged under another profile stays as it is. What is recorded first of a
subject counts from ever (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, TypeVar

from msgspec import Struct, structs

from detectors.places import GONE, PlaceProfile, place_profiles, unit_at
from detectors.profile import Profile, Tier
from detectors.tier_course import with_tiers
from detectors.tiers import Vaccination
from detectors.times import Millis
from store import tiers
from store.connection import Connection
from store.modes import modes_of, with_modes
from store.sql import statements

_SQL: Final = statements("profiles")


class FacilityFacts(Struct, frozen=True):
    """What is recorded of a facility."""

    name: str
    region: str | None
    zone: str
    altitude_m: int
    rural: bool
    temperature_site: str
    cutoffs: tuple[int, ...]
    mode: str
    phones: str
    drill: bool
    credit_code: str | None = None
    hospital: str | None = None


class ResidentFacts(Struct, frozen=True):
    """What is recorded of a resident."""

    unit: str | None
    bed: str | None
    birth_year: int | None
    tier: Tier | None  # as the facility gives it
    spo2_scale: int
    usual_spo2_tenths: int | None
    usual_pulse: int | None
    usual_temperature_tenths: int | None
    tier_assessed_on: Millis | None = None
    conditions: int | None = None  # bits of detectors.tiers.Condition
    conditions_stable: bool | None = None
    vaccination: Vaccination | None = None
    responsible: str | None = None
    left_on: Millis | None = None
    medicines: str | None = None  # as the facility writes it; None: not known, which is not none
    allergies: str | None = None


Facts = TypeVar("Facts", bound=Struct)
Recorded = tuple[Millis, Millis, Facts]
"""(valid_from, recorded_at, facts)"""
Timed = list[tuple[Millis, Facts]]
"""(counts from, facts), ascending; the first counts from ever."""


class Profiles(Struct, frozen=True):
    """A facility's profiles in force, ascending by `valid_from`; the first of each also holds for everything before."""

    facility: FacilityFacts | None  # the latest; None: nobody has registered it
    default: tuple[Profile, ...]  # of residents nobody has registered
    residents: dict[int, tuple[Profile, ...]]  # of those somebody has
    units: dict[int, tuple[tuple[Millis, str | None], ...]] = {}  # of the same: where they live, each from a time on
    registered_at: Millis | None = None  # the facility; None: nobody has registered it

    @property
    def region(self) -> str | None:
        """Where the facility lies; None: nobody said."""
        return None if self.facility is None else self.facility.region

    def unit_of(self, resident_id: int | None, at: Millis) -> str | None:
        """Where a resident lived at a moment; None: nobody knows."""
        return unit_at(self.units.get(resident_id or 0, ()), at) or None

    def places(self, unit: str | None) -> tuple[PlaceProfile, ...]:
        """The profiles of a unit; None: of the facility itself."""
        people = {str(number): units for number, units in self.units.items()}
        return place_profiles(self.default, people, unit, self.registered_at)

    def of(self, resident_id: int, known_from: Millis | None = None) -> tuple[Profile, ...]:
        """The profiles of one resident, registered or not; missed checks count from `known_from`."""
        profiles = self.residents.get(resident_id, self.default)
        return tuple(structs.replace(profile, checks_from=known_from) for profile in profiles)


async def profiles_of(connection: Connection, facility_id: int) -> Profiles:
    """Every profile a check of this facility may be judged by, facility and resident facts merged."""
    recorded = await facility_rows(connection, facility_id)
    home = in_force(recorded)
    people = await resident_rows(connection, facility_id)
    courses = await tiers.courses(connection, facility_id)
    decided = await modes_of(connection, (home[-1][1].region if home else None) or "")
    return Profiles(
        facility=home[-1][1] if home else None,
        default=with_modes(merged(home, []), decided),
        residents={
            number: with_modes(with_tiers(merged(home, in_force(rows)), courses.get(number, [])), decided)
            for number, rows in people.items()
        },
        units={number: _units(in_force(rows)) for number, rows in people.items()},
        registered_at=min((at for _, at, _ in recorded), default=None),
    )


async def facility_rows(connection: Connection, facility_id: int) -> list[Recorded[FacilityFacts]]:
    """What was ever recorded of a facility, in the order in which it became known."""
    cursor = await connection.execute(_SQL["facility_profiles"], {"facility": facility_id})
    rows = [(valid, recorded, FacilityFacts(*facts)) for valid, recorded, *facts in await cursor.fetchall()]
    return [(valid, at, structs.replace(facts, cutoffs=tuple(facts.cutoffs))) for valid, at, facts in rows]


async def resident_rows(connection: Connection, facility_id: int) -> dict[int, list[Recorded[ResidentFacts]]]:
    """What was ever recorded of each registered resident of a facility, in the order in which it became known."""
    cursor = await connection.execute(_SQL["resident_profiles"], {"facility": facility_id})
    return {
        resident_id: [(valid, recorded, ResidentFacts(*facts)) for _, valid, recorded, *facts in rows]
        for resident_id, rows in groupby(await cursor.fetchall(), key=lambda row: row[0])
    }


def in_force(rows: Sequence[Recorded[Facts]]) -> Timed[Facts]:
    """When each row counts from; of several that count from one moment the one recorded last wins.

    What was recorded together with the first row keeps its own `valid_from`.
    """
    if not rows:
        return []
    first = min(recorded for _, recorded, _ in rows)
    counting: dict[Millis, Facts] = {}
    for valid, recorded, facts in sorted(rows, key=lambda row: (row[1], row[0])):
        counting[valid if recorded == first else max(valid, recorded)] = facts
    return sorted(counting.items(), key=lambda pair: pair[0])


def _units(rows: Timed[ResidentFacts]) -> tuple[tuple[Millis, str | None], ...]:
    """Where somebody lives, each from a time on, until they leave."""
    units = [(at, facts.unit) for at, facts in rows]
    left_on = rows[-1][1].left_on if rows else None
    return (*units, (left_on, GONE)) if left_on is not None else tuple(units)


def merged(home: Timed[FacilityFacts], person: Timed[ResidentFacts]) -> tuple[Profile, ...]:
    """The profiles of one resident, one per moment at which something changes; the first begins at 0."""
    moments = {at for at, _ in home[1:]} | {at for at, _ in person[1:]}
    return tuple(_profile(at, _at(home, at), _at(person, at)) for at in sorted({0, *moments}))


def _at(timed: Timed[Facts], at: Millis) -> Facts | None:
    known = [facts for begins, facts in timed if begins <= at]
    return known[-1] if known else timed[0][1] if timed else None


def _profile(at: Millis, home: FacilityFacts | None, person: ResidentFacts | None) -> Profile:
    facts: dict[str, Any] = {"valid_from": at}
    if home is not None:
        names: Iterable[str] = ("zone", "cutoffs", "altitude_m", "temperature_site", "mode")
        facts |= {name: getattr(home, name) for name in names}
    if person is not None:
        names = ("tier", "spo2_scale", "usual_spo2_tenths", "usual_temperature_tenths")
        facts |= {name: getattr(person, name) for name in names}
        facts["checks_until"] = person.left_on
    return Profile(**facts)
