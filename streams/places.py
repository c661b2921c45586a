"""What new events tell the units and the facility: signs of illness, reported days, hours of contact, equipment."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from detectors.contacts import contact, kind_of, seen_at
from detectors.corrections import is_in_time
from detectors.observations import (
    Case,
    Contact,
    ContactKind,
    Correction,
    Doubt,
    Element,
    Equipment,
    Outage,
    Reading,
    ReportedDay,
)
from detectors.places import CASE_HORIZON, SubjectKind, case_of
from detectors.state import Key
from detectors.timeline import key_of
from detectors.times import MINUTE, Millis
from store import cases, contacts, equipment, excess, outages
from store import homes as store_homes
from store.cases import CaseRow
from store.connection import Connection
from store.observations import Duplicate, EventKey
from store.rows import EventType, Mark, ObservationRow
from streams.homes import Home, Person

_QUARTER: Final = 15 * MINUTE  # hours begin on one, in every zone
_SKEWED: Final = int(Mark.CLOCK_SKEWED)
_DEMO: Final = int(Doubt.DEMO)

Place = tuple[SubjectKind, str]
"""(unit, its name) or (facility, its code)."""


class Told(Struct, frozen=True):
    """What places were told of a batch."""

    changed: dict[int, Key]  # per place: from here on its timeline differs from what was judged
    heard: dict[str, dict[int, list[Element]]]  # per facility and place: days, contacts and equipment nobody knew of


async def tell(
    connection: Connection, rows: Iterable[ObservationRow], duplicates: Iterable[Duplicate], homes: Mapping[str, Home]
) -> Told:
    """Every place of these facilities knows what counts now; units with their first case exist afterwards."""
    rows, duplicates = list(rows), list(duplicates)
    by_id = {home.id: home for home in homes.values()}
    told = await cases.settle(connection, _keys(rows, duplicates), by_id)
    changed: dict[int, Key] = {}
    for home in {row.facility_id: by_id[row.facility_id] for row in told}.values():
        mine = [row for row in told if row.facility_id == home.id]
        await become_known(connection, home, mine)
        for row in mine:
            key: Key = (row.observed_at, 0, row.event_id)
            for place in places_of(home, row):
                place_id = home.place_ids[place]
                changed[place_id] = min(key, changed.get(place_id, key))
    reported = await _reported(connection, rows, homes)
    await excess.mark_dirty(connection, {row.facility_id for row in told} | {homes[code].id for code in reported})
    heard = {code: dict(days) for code, days in reported.items()}
    for code, one in await _contacted(connection, rows, homes):
        heard.setdefault(code, {}).setdefault(homes[code].place_ids["facility", code], []).append(one)
    gone, come = await equipment.settle(connection, _report_keys(rows, duplicates), by_id)
    for facility_id, said in gone:
        place_id = by_id[facility_id].place_ids["facility", by_id[facility_id].code]
        changed[place_id] = min(key_of(said), changed.get(place_id, key_of(said)))
    for facility_id, said in come:
        code = by_id[facility_id].code
        heard.setdefault(code, {}).setdefault(homes[code].place_ids["facility", code], []).append(said)
    return Told(changed, heard)


async def listen(connection: Connection, homes: Iterable[Home]) -> None:
    """The homes know our outages: where one began or ended, the silence of the facility is judged again."""
    known = await outages.long_ones(connection, round(time.time() * 1_000))
    for home in homes:
        news = [one for one in known if one.change > home.outages_known]
        if news:
            home.unheard[facility_of(home).id] = min(key_of(one.outage) for one in news)
            home.outages_known = max(one.change for one in news)


async def become_known(connection: Connection, home: Home, rows: Iterable[CaseRow]) -> set[int]:
    """The places in which these cases happened are subjects; the ids of those that were not."""
    unknown = {place for row in rows for place in places_of(home, row)} - home.place_ids.keys()
    if not unknown:
        return set()
    await store_homes.add_places(connection, home.id, unknown)
    for row in await store_homes.people(connection, home.id):
        if row.id not in home.people:
            home.add(row).subject.append([], home.looked_until)
    return {home.place_ids[place] for place in unknown}


def places_of(home: Home, row: CaseRow) -> list[Place]:
    """Where a case happened."""
    unit = unit_of(home, row)
    return [("facility", home.code)] if unit is None else [("facility", home.code), ("unit", unit)]


def unit_of(home: Home, row: CaseRow) -> str | None:
    """The unit of a case: as the sender said, else where the resident lived."""
    return row.unit or home.known.unit_of(row.resident_id, row.observed_at)


def elements_of(
    home: Home,
    rows: Iterable[CaseRow],
    days: Iterable[int],
    heard: Iterable[Contact | Outage | Equipment],
    place: Place,
) -> list[Element]:
    """The timeline of a place; only that of a facility holds its contacts, our outages and its equipment."""
    found: list[Element] = [ReportedDay(home.calendar.midnight(day), "day") for day in days]
    found += heard if place[0] == "facility" else ()
    return found + [case_in(home, row) for row in rows if place in places_of(home, row)]


def case_in(home: Home, row: CaseRow) -> Case:
    """A case as the timelines of places hold it."""
    who = None if row.resident_id is None else home.people[row.resident_id].code
    return case_as(row, who, unit_of(home, row))


def case_as(row: CaseRow, resident: str | None, unit: str | None) -> Case:
    """A case of a resident, by their code, or of a member of staff."""
    who = f"staff:{row.staff}" if resident is None else f"resident:{resident}"
    return Case(row.observed_at, row.event_id, who, row.sign, row.said, unit)


def facility_of(home: Home) -> Person:
    """The facility itself as a subject."""
    return home.people[home.place_ids["facility", home.code]]


# ---------------------------------------------------------------- inside


def _keys(rows: Iterable[ObservationRow], duplicates: Iterable[Duplicate]) -> set[EventKey]:
    """The events by which a sign of illness may have come or gone."""
    keys = {one.key for one in duplicates if one.is_conflict or one.row.fate != one.fate}
    for row in rows:
        element = row.element
        if isinstance(element, Correction):
            if is_in_time(element, row.received_at, CASE_HORIZON):
                keys.add((row.observed_at, row.event_id))
        elif element is not None and case_of(element, "", None) is not None:  # type: ignore[arg-type]
            keys.add((row.observed_at, row.event_id))
    return keys


def _report_keys(rows: Iterable[ObservationRow], duplicates: Iterable[Duplicate]) -> set[EventKey]:
    """The events by which what a facility says of its devices may have come or gone."""
    keys = {one.key for one in duplicates if one.is_conflict or one.row.fate != one.fate}
    return keys | {
        (row.observed_at, row.event_id)
        for row in rows
        if row.type is EventType.facility_report or isinstance(row.element, Correction)
    }


async def _reported(
    connection: Connection, rows: Iterable[ObservationRow], homes: Mapping[str, Home]
) -> dict[str, dict[int, list[Element]]]:
    by_id = {home.id: home for home in homes.values()}
    heard = {(row.facility, homes[row.facility].calendar.day_of(row.observed_at)) for row in rows if row.counts}
    unknown = [(homes[code].id, day) for code, day in heard if day not in homes[code].reported]
    new = await cases.report(connection, unknown)
    for facility_id, day in unknown:
        by_id[facility_id].reported.add(day)
    told: dict[str, dict[int, list[Element]]] = {}
    for facility_id, day in new:
        home = by_id[facility_id]
        for place_id in home.place_ids.values():
            element = ReportedDay(home.calendar.midnight(day), "day")
            told.setdefault(home.code, {}).setdefault(place_id, []).append(element)
    return told


async def _contacted(
    connection: Connection, rows: Iterable[ObservationRow], homes: Mapping[str, Home]
) -> list[tuple[str, Contact]]:
    """The contacts that nobody knew of; whatever becomes of a check, its facility was in contact."""
    seen: set[tuple[str, Millis, ContactKind]] = set()
    for row in rows:
        kind = kind_of(row.observed_at, row.received_at, bool(row.marks & _SKEWED))
        if type(row.element) is not Reading or not row.element.doubt & _DEMO:
            seen.add((row.facility, seen_at(row.observed_at, row.received_at, kind) // _QUARTER, kind))
    told = {(code, contact(quarter * _QUARTER, kind, homes[code].calendar)) for code, quarter, kind in seen}
    unknown = [(homes[code].id, one) for code, one in told if one not in homes[code].contacts]
    for code, one in told:
        homes[code].contacts.add(one)
    codes = {home.id: code for code, home in homes.items()}
    return [(codes[facility_id], one) for facility_id, one in await contacts.add(connection, unknown)]
