"""What do new rows change? Stored once, corrections and bindings settled, and per subject what is new or different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from detectors.observations import Binding, Correction, Doubt, Element, Reading
from detectors.state import Key
from detectors.times import Millis
from store import bindings, corrections, observations
from store.bindings import Claimed
from store.connection import Connection
from store.observations import Duplicate, EventKey
from store.rows import ObservationRow
from streams import places, referral_steps
from streams.homes import Home

_DEMO: Final = int(Doubt.DEMO)


class Intake(Struct, frozen=True):
    """What a batch of rows changed."""

    fresh: dict[str, dict[int, list[Element]]]  # per facility and subject: new, and nothing before it moved
    changed: dict[int, Key]  # per subject: from here on the stored timeline differs from what was judged
    days: set[tuple[int, int]]  # (facility id, local day) whose figures are to be computed again
    fates: Counter[str]  # what became of how many


async def take_in(
    connection: Connection,
    rows: Sequence[ObservationRow],
    homes: Mapping[str, Home],
    resident_ids: Mapping[tuple[str, str], int],
) -> Intake:
    """Stores the rows; duplicates are compared, corrections have their effect, shared devices their residents."""
    facility_ids = {code: home.id for code, home in homes.items()}
    duplicates = await observations.add(connection, rows, facility_ids, resident_ids)
    touched = await corrections.settle_batch(connection, rows, duplicates, facility_ids, resident_ids)
    claimed = await bindings.settle_batch(connection, rows, duplicates, facility_ids)
    told = await places.tell(connection, rows, duplicates, homes)
    await referral_steps.take_steps(connection, rows, homes)
    again = {one.key for one in duplicates}
    first = {} if not claimed else _claimed_at_once(rows, claimed, again)
    changed = dict(told.changed)
    for place in touched:
        _change(changed, place.resident_id, place.at, place.id)
    for one in claimed:
        for resident_id in (one.before, one.owner):
            if resident_id is not None and (one.at, one.id) not in first:
                _change(changed, resident_id, one.at, one.id)
    fresh = _fresh(rows, again, first, homes)
    for code, heard in told.heard.items():
        fresh.setdefault(code, {}).update(heard)
    return Intake(fresh, changed, _days(rows, claimed, homes), _fates(rows, duplicates))


def people(rows: Iterable[ObservationRow]) -> set[tuple[str, str]]:
    """(facility, resident) of everybody whom the rows name."""
    named = {(row.facility, row.resident) for row in rows if row.resident is not None}
    for row in rows:
        if isinstance(row.element, Correction) and row.element.replacement_resident is not None:
            named.add((row.facility, row.element.replacement_resident))
    return named


def _change(changed: dict[int, Key], resident_id: int, at: Millis, event_id: str) -> None:
    key: Key = (at, 0, event_id)
    changed[resident_id] = min(key, changed.get(resident_id, key))


def _claimed_at_once(
    rows: Iterable[ObservationRow], claimed: Iterable[Claimed], again: set[EventKey]
) -> dict[EventKey, int]:
    """Whose the new readings are that name only a device somebody was bound to."""
    new = {(row.observed_at, row.event_id) for row in rows} - again
    return {
        (one.at, one.id): one.owner
        for one in claimed
        if one.before is None and one.owner is not None and (one.at, one.id) in new
    }


def _fresh(
    rows: Iterable[ObservationRow], again: set[EventKey], claimed: Mapping[EventKey, int], homes: Mapping[str, Home]
) -> dict[str, dict[int, list[Element]]]:
    """Per facility and resident the elements that are to be judged and were not known before."""
    fresh: dict[str, dict[int, list[Element]]] = {}
    for row in rows:
        element = row.element
        if element is None or isinstance(element, (Correction, Binding)) or not row.counts or _is_demo(element):
            continue
        if again and (row.observed_at, row.event_id) in again:
            continue
        if row.resident is not None:
            resident_id = homes[row.facility].resident_ids[row.resident]
        elif (row.observed_at, row.event_id) in claimed:
            resident_id = claimed[row.observed_at, row.event_id]
        else:
            continue
        fresh.setdefault(row.facility, {}).setdefault(resident_id, []).append(element)
    return fresh


def _is_demo(element: Element) -> bool:
    """Demonstration and test data are no part of anybody's life."""
    return type(element) is Reading and bool(element.doubt & _DEMO)


def _days(
    rows: Iterable[ObservationRow], claimed: Iterable[Claimed], homes: Mapping[str, Home]
) -> set[tuple[int, int]]:
    touched = set()
    for row in rows:
        home = homes[row.facility]
        touched.add((home.id, home.calendar.day_of(row.observed_at)))
        if type(row.element) is Correction:
            touched.add((home.id, home.calendar.day_of(row.element.corrects_at)))
            if row.element.replacement is not None:
                touched.add((home.id, home.calendar.day_of(row.element.replacement.at)))
    calendars = {home.id: home.calendar for home in homes.values()}
    return touched | {(one.facility_id, calendars[one.facility_id].day_of(one.at)) for one in claimed}


def _fates(rows: Iterable[ObservationRow], duplicates: Iterable[Duplicate]) -> Counter[str]:
    found = Counter({fate.name: number for fate, number in Counter(row.fate for row in rows).items()})
    found.update("conflict" if one.is_conflict else "duplicate" for one in duplicates)
    return found
