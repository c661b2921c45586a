"""Facilities judged week by week in memory: what was written down in any order in, the episodes of facilities out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from detectors.corrections import Arrival
from detectors.episodes import Episode, episodes_of
from detectors.observations import TestResult
from detectors.profile import Profile
from detectors.schedule import Rules, scheduled
from detectors.state import Change, RuleFailure
from detectors.subjects import SubjectName
from detectors.times import DAY, NEVER, Millis
from detectors.weekly.copies import stretches_of
from detectors.weekly.course import base_of, course, standing_after
from detectors.weekly.known import Known
from detectors.weekly.week import DAYS, PRESENCE_KEPT, Check, StaffMember

EventKey = tuple[Millis, str]
Rank = tuple[Millis, int]
"""(received, content): of two rows with one key the smaller counts."""

Said = Check | TestResult | str | int
"""A reading; a test of a member of staff; where a resident is; how many are on duty."""


class Heard(Struct, frozen=True):
    """Something a facility wrote down that weekly rules look at."""

    at: Millis
    id: str
    who: str  # the code of the resident or of the member of staff; empty: of the facility
    said: Said
    rank: Rank = (0, 0)


class _Facility:
    """All that was heard of a facility, by local day."""

    def __init__(self) -> None:
        self.heard: dict[EventKey, Heard] = {}
        self.taken_back: dict[EventKey, tuple[Millis, str, bool]] = {}  # by the last correction (at, id, whether)
        self.days: dict[int, set[EventKey]] = {}
        self.stretches: dict[int, dict[int, tuple[Check, ...]]] = {}  # day -> digest -> checks
        self.dirty_from: int | None = None
        self.changes: list[Change] = []
        self.failures: list[RuleFailure] = []

    def touch(self, day: int) -> None:
        """The weeks that hold this day are judged again."""
        self.dirty_from = day if self.dirty_from is None else min(day, self.dirty_from)

    def of_days(self, first: int, last: int) -> list[Heard]:
        """What counts of these days, in order."""
        keys = sorted(key for day in range(first, last + 1) for key in self.days.get(day, ()))
        return [self.heard[key] for key in keys if not self.taken_back.get(key, (0, "", False))[2]]


class WeekEngine:
    """The counterpart of `PlaceEngine`: facilities are named as `SubjectName` writes them."""

    def __init__(
        self,
        known_of: Callable[[str], tuple[tuple[Profile, ...], Rules]],
        staff_of: Callable[[str], tuple[StaffMember, ...]] = lambda facility: (),
    ) -> None:
        self._known_of = known_of
        self._staff_of = staff_of
        self._facilities: dict[str, _Facility] = {}
        self._standing_in: dict[int, dict[str, set[int]]] = {}  # digest -> facility -> days
        self._next: Millis = NEVER  # no day that is to be judged is over before

    def hear(self, facility: str, heard: Heard) -> None:
        """One more row, in any order, as often as it likes."""
        mine = self._facilities.setdefault(facility, _Facility())
        key = (heard.at, heard.id)
        known = mine.heard.get(key)
        if known is None or heard.rank < known.rank:
            mine.heard[key] = heard
            day = self._day_of(facility, heard.at)
            mine.days.setdefault(day, set()).add(key)
            self._touch(facility, day)

    def correct(self, facility: str, original: EventKey, at: Millis, made: str, takes_back: bool) -> None:
        """Of several corrections the last by (at, id) counts."""
        mine = self._facilities.setdefault(facility, _Facility())
        mine.taken_back[original] = max((at, made, takes_back), mine.taken_back.get(original, (at, made, takes_back)))
        self._touch(facility, self._day_of(facility, original[0]))

    def process(self, batch: Iterable[Arrival], until: Millis) -> set[str]:
        """The days that are over at `until` are judged; the facilities in which something may have changed."""
        if until < self._next:
            return set()
        over = {code: self._day_of(code, until) - 1 for code in self._facilities}
        for code in [code for code, mine in self._facilities.items() if _is_due(mine, over[code])]:
            self._compare(code, over[code])
        touched = [code for code, mine in self._facilities.items() if _is_due(mine, over[code])]
        for code in touched:
            self._judge(code, over[code])
        waiting = [(code, mine.dirty_from) for code, mine in self._facilities.items() if mine.dirty_from is not None]
        self._next = min((self._ends(code, day) for code, day in waiting), default=NEVER)
        return {_name(code) for code in touched}

    def episodes(self, facility: str) -> list[Episode]:
        """All episodes up to what has been judged."""
        return episodes_of(self._facilities[SubjectName.parse(facility).facility].changes)

    # ------------------------------------------------------------ inside

    def _day_of(self, facility: str, at: Millis) -> int:
        return self._known_of(_name(facility))[0][0].day_of(at)

    def _ends(self, facility: str, day: int) -> Millis:
        return self._known_of(_name(facility))[0][0].midnight(day + 1)

    def _touch(self, facility: str, day: int) -> None:
        self._facilities[facility].touch(day)
        self._next = min(self._next, self._ends(facility, day))

    def _compare(self, code: str, last: int) -> None:
        """Stretches that stand elsewhere are known on both sides."""
        mine = self._facilities[code]
        assert mine.dirty_from is not None
        for day in range(mine.dirty_from, last + 1):
            before = mine.stretches.get(day, {})
            checks = [one.said for one in mine.of_days(day, day) if isinstance(one.said, Check)]
            now = mine.stretches[day] = stretches_of(checks)
            for digest in before.keys() - now.keys():
                self._standing_in[digest][code].discard(day)
            for digest in before.keys() ^ now.keys():
                places = self._standing_in.setdefault(digest, {})
                if digest in now:
                    places.setdefault(code, set()).add(day)
                for other in places.keys() - {code}:
                    self._touch(other, day)

    def _judge(self, code: str, last: int) -> None:
        mine = self._facilities[code]
        assert mine.dirty_from is not None
        profiles, rules = self._known_of(_name(code))
        known = self._known(code, mine.dirty_from, last)
        weeks = [known.week(day, profiles) for day in range(mine.dirty_from, last + 1)]
        base = base_of(weeks[0])
        mine.changes = [change for change in mine.changes if change.key <= base]
        changes, failures = course(scheduled(rules), weeks, standing_after(mine.changes))
        mine.changes += changes
        mine.failures += failures
        mine.dirty_from = None if weeks[-1].is_empty else last + 1

    def _known(self, code: str, first: int, last: int) -> Known:
        """What the weeks of these days rest on."""
        mine = self._facilities[code]
        known = Known(staff=self._staff_of(code), stretches=mine.stretches)
        for one in mine.of_days(first - PRESENCE_KEPT // DAY, last):
            if isinstance(one.said, Check):
                known.checks.append(one.said)
            elif isinstance(one.said, TestResult):
                known.staff_tests.setdefault(one.who, []).append(one.said)
            elif isinstance(one.said, str):
                known.presences.setdefault(one.who, []).append((one.at, one.said))
            else:
                known.on_duty.append((one.at, one.said))
        for day in range(first - DAYS + 1, last + 1):
            for digest in mine.stretches.get(day, ()):
                there = self._standing_in[digest]
                known.elsewhere[digest] = [(other, day) for other in there.keys() - {code} for day in there[other]]
        return known


def _name(facility: str) -> str:
    return str(SubjectName(facility, "facility", facility))


def _is_due(facility: _Facility, last: int) -> bool:
    return facility.dirty_from is not None and facility.dirty_from <= last
