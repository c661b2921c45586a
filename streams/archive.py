"""The past as the store has it: a facility taken over, and what a late element needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from alerts.reconcile import Stored
from detectors.history import SUMMARY_DAYS
from detectors.observations import Contact, Equipment, Outage
from detectors.places import LOOK_BACK
from detectors.recent import RAW_AGE
from detectors.state import LAPSE, OBSERVED, Anchor, Key
from detectors.subject import AnchorBefore
from detectors.timeline import Timeline
from detectors.times import DAY, LATE_HORIZON, NEVER, Millis
from store import (
    cases,
    contacts,
    days,
    episodes,
    equipment,
    homes,
    moves,
    observations,
    outages,
    profiles,
    registry,
    subjects,
)
from store.connection import Connection
from store.episodes import EpisodeRow
from streams import places
from streams.catalogue import in_force
from streams.homes import Home
from streams.judging import Past

BEGINNING: Final[Millis] = 0
"""1970-01-01: nothing is due before it."""

END: Final[Millis] = 4_102_444_800_000
"""2100-01-01: later than anything that is stored."""

ANCHORS_KEPT: Final[Millis] = LATE_HORIZON + DAY
"""What arrives as it happens reaches no further back. What was kept and is fed again may."""

SETTLING: Final[Millis] = LATE_HORIZON + 2 * DAY
"""Late checks may change the days of an earlier stay until then; each is settled when a baseline reads it."""


class Archive:
    """Reads through one connection, inside its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def load(self, facility: registry.Facility) -> Home:
        """The facility, locked, as the last transaction left it; every resident stands where they stood.

        The facility itself is a subject from now on.
        """
        connection = self._connection
        known = await profiles.profiles_of(connection, facility.id)
        home = Home(facility.id, facility.code, facility.version, known, await in_force(connection, known.region))
        home.due_at = facility.due_at
        home.outages_known = facility.outages_known
        rows = await homes.people(connection, facility.id)
        if all(row.kind != "facility" for row in rows):
            await homes.add_places(connection, facility.id, [("facility", facility.code)])
            rows = await homes.people(connection, facility.id)
        for row in rows:
            home.add(row)
        home.newcomers = {row.id for row in rows if row.moved_in_at is not None}
        now = round(time.time() * 1_000)
        if any(row.moved_in_at is not None and now - row.moved_in_at < SETTLING for row in rows):
            home.good_until = home.calendar.midnight(home.calendar.day_of(now) + 1)
        if facility.refold_from is not None:
            # Where somebody lives may have become known: units by it, and what the facility leaves to them.
            await places.become_known(connection, home, await cases.of_facility(connection, facility.id, BEGINNING))
            home.unjudged = set(home.place_ids.values())
        looked = await homes.looked_until(connection, facility.id)
        if looked is not None:
            home.looked_until = looked
        await self._resume(home, max(home.looked_until, BEGINNING))
        for episode in await episodes.not_over(connection, facility.id, NEVER):
            if episode.episode.condition not in home.apart:
                home.people[episode.resident_id].open.append(stored_of(episode))
        return home

    async def _resume(self, home: Home, looked: Millis) -> None:
        """Every fold goes on from its last anchor that due times were looked at for."""
        cut = (looked, LAPSE + 1, "")
        anchors = await subjects.anchors_from(self._connection, dict.fromkeys(home.people, cut))
        begins: dict[int, Key] = {}
        for person in home.people.values():
            anchor = next((one for one in anchors[person.id] if one.key < cut), None)
            begins[person.id] = cut if anchor is None or anchor.state.is_empty else anchor.key
        timelines = await self._timelines(home, begins)
        for person in home.people.values():
            before = [one for one in anchors[person.id] if one.key < cut]
            person.subject.resume(looked, timelines[person.id], _last(before))
            person.subject.take()  # it is on record

    async def pasts(self, home: Home, cuts: Mapping[int, Key]) -> dict[int, Past]:
        """Per resident everything that judging again from the cut needs; residents share the queries."""
        if not cuts:
            return {}
        anchors = await subjects.anchors_from(self._connection, cuts)
        last: dict[int, Anchor | None] = {}
        begins: dict[int, Key] = {}
        for resident_id, cut in cuts.items():
            anchor = last[resident_id] = next((one for one in anchors[resident_id] if one.key < cut), None)
            if anchor is None and cut[0] < home.looked_until - ANCHORS_KEPT:
                # Anchors of that time are forgotten: the whole life is judged again.
                cuts = {**cuts, resident_id: (BEGINNING, OBSERVED - 1, "")}
            begins[resident_id] = cuts[resident_id] if anchor is None or anchor.state.is_empty else anchor.key
        timelines = await self._timelines(home, begins)
        stored: dict[int, list[Stored]] = {resident_id: [] for resident_id in cuts}
        for row in await episodes.not_over(self._connection, home.id, min(begins.values())[0], cuts):
            ended = row.episode.ended
            is_apart = row.episode.condition in home.apart
            if not is_apart and (ended is None or ended[0] >= begins[row.resident_id][0]):
                stored[row.resident_id].append(stored_of(row))
        return {number: Past(cut, last[number], timelines[number], stored[number]) for number, cut in cuts.items()}

    async def _timelines(self, home: Home, begins: dict[int, Key]) -> dict[int, Timeline]:
        """Per resident the elements from the local midnight at least 72 h before, and the days before that.

        Residents that begin on the same day share a query: most begin where the facility was last looked at.
        """
        by_day: dict[int, list[int]] = {}
        timelines = await self._timelines_of_places(home, begins)
        for resident_id, begin in begins.items():
            if resident_id in timelines:
                continue
            by_day.setdefault(home.calendar.day_of(max(begin[0], 0) - RAW_AGE), []).append(resident_id)
        newcomers = home.newcomers & begins.keys()
        earlier = await moves.earlier_days(self._connection, newcomers, home.calendar) if newcomers else {}
        for day, residents in by_day.items():
            since = home.calendar.midnight(day)
            elements = await observations.window(self._connection, home.id, residents, since, END)
            summaries = await days.summaries(
                self._connection, home.id, residents, day - SUMMARY_DAYS - 1, day - 1, home.calendar
            )
            for resident_id in residents:
                before = earlier.get(resident_id)
                timelines[resident_id] = Timeline(elements[resident_id], summaries[resident_id], earlier=before)
        return timelines

    async def _timelines_of_places(self, home: Home, begins: dict[int, Key]) -> dict[int, Timeline]:
        """Per unit, and of the facility, all that a view at its beginning looks back on, and everything since."""
        mine = [one for one in home.place_ids.items() if one[1] in begins]
        if not mine:
            return {}
        since = max(BEGINNING, min(begins[place_id][0] for _, place_id in mine) - LOOK_BACK)
        rows = await cases.of_facility(self._connection, home.id, since)
        reported = await cases.reported_days(self._connection, home.id, home.calendar.day_of(since))
        heard: list[Contact | Outage | Equipment] = [*await contacts.of_facility(self._connection, home.id, since)]
        heard += await equipment.of_facility(self._connection, home.id, since)
        heard += [one.outage for one in await outages.long_ones(self._connection, round(time.time() * 1_000))]
        return {place_id: Timeline(places.elements_of(home, rows, reported, heard, place)) for place, place_id in mine}


def _last(anchors: list[Anchor]) -> AnchorBefore:
    return lambda key: anchors[-1] if anchors else None


def stored_of(row: EpisodeRow) -> Stored:
    """As reconciling takes it."""
    return Stored(row.id, row.episode, row.aliases)
