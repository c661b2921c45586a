"""What is known of a facility over some days, and each week that lies in them."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence

from msgspec import Struct

from detectors.observations import TestResult
from detectors.profile import Profile
from detectors.times import Millis
from detectors.weekly.week import (
    DAYS,
    PRESENCE_KEPT,
    TESTS_KEPT,
    Check,
    Copied,
    StaffMember,
    Stay,
    Week,
)


class Known(Struct):
    """Everything in order of time; presences reach 35 days and tests of staff 14 days before the first week's end."""

    checks: list[Check] = []
    presences: dict[str, list[tuple[Millis, str]]] = {}  # of each resident
    staff: tuple[StaffMember, ...] = ()
    staff_tests: dict[str, list[TestResult]] = {}
    on_duty: list[tuple[Millis, int]] = []  # as reported
    stretches: Mapping[int, Mapping[int, tuple[Check, ...]]] = {}  # day -> digest -> its checks
    elsewhere: dict[int, list[tuple[str, int]]] = {}  # digest -> (other facility, day)

    def week(self, day: int, profiles: Sequence[Profile]) -> Week:
        """The week whose last day this is, as it was known when the day was over; `profiles` ascend."""
        ends = profiles[-1].midnight(day + 1)
        here = next((one for one in reversed(profiles) if one.valid_from <= ends), profiles[0])
        begins = here.midnight(day - DAYS + 1)
        first, last = (bisect.bisect_left(self.checks, at, key=_at) for at in (begins, ends))
        tests = {
            who: [one for one in mine if ends - TESTS_KEPT <= one.at < ends] for who, mine in self.staff_tests.items()
        }
        on_duty = [number for at, number in self.on_duty if begins <= at < ends]
        return Week(
            day,
            here,
            tuple(self.checks[first:last]),
            tuple(stay for who in self.presences for stay in self._stays(who, begins, ends)),
            self._copied(range(day - DAYS + 1, day + 1)),
            self.staff,
            {who: mine for who, mine in tests.items() if mine},
            on_duty[-1] if on_duty else None,
        )

    def _stays(self, who: str, begins: Millis, ends: Millis) -> list[Stay]:
        """A resident's stays in hospital that reach into the week."""
        found: list[Stay] = []
        since: Millis | None = None
        for at, presence in self.presences[who]:
            if not ends - PRESENCE_KEPT <= at < ends:
                continue
            if presence == "hospital":
                since = at if since is None else since
            elif since is not None:
                found.append(Stay(who, since, at))
                since = None
        if since is not None:
            found.append(Stay(who, since, None))
        return [one for one in found if one.until is None or one.until > begins]

    def _copied(self, days: range) -> tuple[Copied, ...]:
        """Other facilities in which stretches of these days stand in these days too."""
        found: dict[str, list[tuple[Check, ...]]] = {}
        for day in days:
            for digest, checks in self.stretches.get(day, {}).items():
                for other in {other for other, there in self.elsewhere.get(digest, ()) if there in days}:
                    found.setdefault(other, []).append(checks)
        return tuple(Copied(other, len(mine), mine[0]) for other, mine in sorted(found.items()))


def _at(check: Check) -> Millis:
    return check.at
