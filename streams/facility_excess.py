"""More cases than chance brings in the facilities of a county (D30): what becomes of their episodes and its wave."""

from __future__ import annotations

from itertools import count

from alerts.reconcile import Stored, folded_since, reconcile
from detectors.excess import Score
from detectors.observations import Case
from detectors.schedule import Schedule
from detectors.state import Key
from ingest import regions as codes
from store import episodes, excess, registry
from store.connection import Connection
from store.excess import Member
from streams.archive import Archive, stored_of
from streams.counting import Counted, in_stretch
from streams.excess_course import Found, found, not_for
from streams.homes import Home
from streams.judging import Judged, judge
from streams.places import case_in, facility_of
from streams.regions import after_day, reconcile_wave, standing_in, stored_of_region, wave_conditions
from streams.transaction import Transactions, Work

Newest = tuple[int, Score, bool]
"""(facility id, the score of the last day, whether the county was in a wave)."""

_Locked = tuple[Home, list[Judged], list[Stored]]
"""A facility, what else was due of it, and its episodes that had not ended."""


class FacilityExcess:
    """Judges the facilities of a county."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def judge(
        self, connection: Connection, county: str, rules: Schedule, counted: Counted
    ) -> tuple[list[Newest], list[Work]]:
        """The newest scores, and what becomes of the county's wave and of the facilities that are in excess or were."""
        base, conditions = after_day(counted.begin), wave_conditions(rules)
        has_place = codes.level(county) in ("county", "city")  # else nobody knows whose wave it is
        of_county = await stored_of_region(connection, county, base, conditions) if has_place else []
        waves = _rules_standing(of_county, base)
        first = found(counted, rules, lambda facility_id, score: (), {}, waves)
        locked = await self._lock(connection, counted, first, base, conditions)
        standing: dict[str, set[int]] = {}
        for facility_id, (_, _, stored) in locked.items():
            for rule_id in _rules_standing(stored, base):
                standing.setdefault(rule_id, set()).add(facility_id)

        def cases_of(facility_id: int, score: Score) -> tuple[Case, ...]:
            if facility_id not in locked:
                return ()
            rows = in_stretch(counted.rows[facility_id], score)
            return tuple(case_in(locked[facility_id][0], row) for row in reversed(rows))

        result = found(counted, rules, cases_of, standing, waves)
        work = [_work(one, locked[one.id], rules, result, base) for one in counted.members if one.id in locked]
        if has_place and (of_county or result.county):
            wave = await reconcile_wave(connection, county, rules, base, result.county)
            work += [] if wave is None else [wave]
        newest = [(number, score, result.is_wave) for number, score in result.newest.items() if counted.rows[number]]
        return newest, work

    async def _lock(
        self, connection: Connection, counted: Counted, first: Found, base: Key, conditions: frozenset[str]
    ) -> dict[int, _Locked]:
        """Every facility in which something changes or stood, in the order of their codes."""
        concerned = {number for number, changes in first.facilities.items() if changes}
        for condition in conditions:
            concerned |= await excess.in_excess(connection, [one.id for one in counted.members], condition, base[0])
        locked: dict[int, _Locked] = {}
        for one in counted.members:
            if one.id not in concerned or one.partition is None:
                continue
            facility = (await registry.lock_facilities(connection, [one.code]))[one.code]
            home = await self._transactions.home(connection, facility)
            due = []
            if facility.refold_from is not None:  # what is written here says that it has been
                again = home.to_judge_again(facility.refold_from)
                due = await judge(home, {}, again, home.looked_until, Archive(connection))
            person = facility_of(home)
            rows = [] if person is None else await episodes.not_over(connection, home.id, base[0], [person.id])
            known = [stored_of(row) for row in rows if row.episode.condition in conditions]
            stored = [each for each in known if each.episode.ended is None or each.episode.ended > base]
            locked[one.id] = home, due, stored
        return locked


def _work(member: Member, locked: _Locked, rules: Schedule, result: Found, base: Key) -> Work:
    """What becomes of a facility's episodes; a rule that is not for its mode changes nothing."""
    home, due, stored = locked
    work = Work(home, list(due), member.partition)
    person = facility_of(home)
    if person is None:
        return work
    apart = not_for(rules, home.calendar.mode)
    mine = [one for one in stored if one.episode.condition not in apart]
    changes = [change for change in result.facilities[member.id] if change.condition not in apart]
    reconciled = reconcile(mine, folded_since(mine, base, changes), count(-1, -1).__next__)
    if reconciled.transitions:
        work.judged.append(Judged(person, base, False, [], reconciled, [], False, apart=True))
    return work


def _rules_standing(stored: list[Stored], base: Key) -> frozenset[str]:
    return frozenset(rule_id for standing in standing_in(stored, base).values() for rule_id in standing)
