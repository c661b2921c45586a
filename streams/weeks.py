"""What do the last weeks of facilities say? Judged by facility, once their days are over and were seen.

A facility is due when days changed that are over by now; any worker takes it,
in short turns between the checks. Days that changed come from the figures
(`store.days`), so that the path of a check pays nothing for it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import count
from typing import Final

from alerts.reconcile import folded_since, reconcile
from detectors.profile import Profile
from detectors.times import DAY, Millis
from detectors.weekly.copies import stretches_of
from detectors.weekly.course import base_of, conditions_of, course, standing_after
from detectors.weekly.known import Known
from detectors.weekly.week import DAYS, PRESENCE_KEPT
from store import episodes, registry, rules, weeks
from store.connection import Connection, transaction
from streams.archive import Archive, stored_of
from streams.homes import Home
from streams.judging import Judged, judge
from streams.places import facility_of
from streams.transaction import Transactions, Work

TURN_SECONDS: Final = 5.0
AT_ONCE_SECONDS: Final = 0.2
SHARE: Final = 20
"""Weeks take at most a twentieth of a worker's time, as the figures do."""

FACILITIES_A_TURN: Final = 50
REACH_DAYS: Final = PRESENCE_KEPT // DAY
"""Weeks that ended longer ago are not judged again, whatever is recorded of them."""

_CALENDAR: Final = Profile()
"""Who is due is asked by Beijing time; whose day is not over yet is left."""


class Weeks:
    """Takes its turn within the sweep."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._again_at = 0.0

    async def run(self, connection: Connection, looked: Mapping[int, Millis]) -> None:
        """Some facilities whose weeks are due are judged; `looked`: per partition, up to when it was seen."""
        begun = time.monotonic()
        seen = {partition: until for partition, until in looked.items() if until > 0}
        if begun < self._again_at or not seen:
            return
        async with transaction(connection):
            today = _CALENDAR.day_of(max(seen.values()))
            due = await weeks.due(connection, list(seen), today, FACILITIES_A_TURN)
        for code, partition in due:
            if time.monotonic() - begun > AT_ONCE_SECONDS:
                break
            await self.judge(connection, code, partition, seen[partition])
        ended = time.monotonic()
        self._again_at = ended + max(TURN_SECONDS, SHARE * (ended - begun))

    async def judge(self, connection: Connection, code: str, partition: int, looked: Millis) -> None:
        """The weeks of a facility that changed and were over at `looked` are judged, in one transaction."""
        async with transaction(connection):
            await rules.share(connection)
            facility = (await registry.lock_facilities(connection, [code]))[code]
            home = await self._transactions.home(connection, facility)
            first, last = await weeks.dirty_from(connection, home.id), home.calendar.day_of(looked) - 1
            if first is None or first > last:
                return
            work = Work(home, [], partition)
            if facility.refold_from is not None:  # what is written here says that it has been
                again = home.to_judge_again(facility.refold_from)
                work.judged += await judge(home, {}, again, home.looked_until, Archive(connection))
            first = max(first, last - REACH_DAYS + 1)
            known, others = await _known(connection, home, first, last)
            await _judge(connection, work, known, first, last)
            await self._transactions.write(connection, [work], "live")
            is_over = known.week(last, home.known.places(None)).is_empty
            await weeks.judged(connection, home.id, None if is_over else last + 1)
        self._transactions.homes.keep([home])
        if others:
            # Not in the same transaction: two facilities that mark one another would wait for one another.
            async with transaction(connection):
                await weeks.mark(connection, others)


async def known_of(connection: Connection, facility_id: int, calendar: Profile, first: int, last: int) -> Known:
    """What the weeks that end on these days rest on, but for what stands in other facilities too."""
    begins = first - DAYS + 1
    checks = await weeks.checks(connection, facility_id, begins, last, calendar)
    staff = await weeks.staff_heard(connection, facility_id, calendar.midnight(first + 1), calendar.midnight(last + 1))
    return Known(
        checks,
        await weeks.presences(connection, facility_id, begins, last, calendar),
        await weeks.staff(connection, facility_id),
        staff.tests,
        staff.on_duty,
        {day: stretches_of(one for one in checks if one.day == day) for day in range(begins, last + 1)},
    )


async def _known(connection: Connection, home: Home, first: int, last: int) -> tuple[Known, set[tuple[int, int]]]:
    """What the weeks rest on, and (facility, day) of others that must be judged again because of what is new here."""
    begins = first - DAYS + 1
    known = await known_of(connection, home.id, home.calendar, first, last)
    judged = {day: known.stretches[day] for day in range(first, last + 1)}
    changed = await weeks.keep_stretches(connection, home.id, judged, last - REACH_DAYS - DAYS)
    digests = changed.union(*known.stretches.values())
    others: set[tuple[int, int]] = set()
    for one in await weeks.elsewhere(connection, home.id, digests, begins) if digests else ():
        known.elsewhere.setdefault(one.digest, []).append((one.facility, one.day))
        if one.digest in changed:
            others.add((one.facility_id, first))
    return known, others


async def _judge(connection: Connection, work: Work, known: Known, first: int, last: int) -> None:
    """What becomes of the facility's episodes is part of the work."""
    home = work.home
    conditions = conditions_of(home.rules)
    each = [known.week(day, home.known.places(None)) for day in range(first, last + 1)]
    base = base_of(each[0])
    person = facility_of(home)
    rows = await episodes.not_over(connection, home.id, base[0], [person.id])
    stored = [stored_of(one) for one in rows if one.episode.condition in conditions]
    before = [change for one in stored for change in one.episode.trail if change.key <= base]
    changes, failures = course(home.rules, each, standing_after(sorted(before, key=lambda one: one.key)))
    if not changes and not failures and not any(one.episode.trail[-1].key > base for one in stored):
        return
    reconciled = reconcile(stored, folded_since(stored, base, changes), count(-1, -1).__next__)
    work.judged.append(Judged(person, base, False, [], reconciled, failures, False, apart=True))
