"""When was a facility in contact? By the hour, and only what came as it happened shows that it is there.

An upload of old checks says what was done then, not that anybody is there
now; a reading stamped in the future says nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from detectors.corrections import AHEAD
from detectors.observations import Contact, ContactKind
from detectors.profile import Profile
from detectors.times import DAY, HOUR, LATE_HORIZON, Millis

FRESH: Final[Millis] = HOUR
"""A round that is written down and then typed comes within the hour (own choice)."""

CONTACTS_KEPT: Final[Millis] = 60 * DAY
RHYTHM_DAYS: Final = 35
GAP_DAYS: Final = 8
"""A rhythm is that of the days D-35..D-8: nothing within the late horizon of 7 days can move it."""


def kind_of(observed_at: Millis, received_at: Millis, is_skewed: bool) -> ContactKind:
    """What an event shows by when it came; `is_skewed`: the sender's clock is known to be wrong.

    >>> kind_of(8 * HOUR, 8 * HOUR, False), kind_of(8 * HOUR, 14 * HOUR, False)
    ('fresh', 'backlog')
    >>> kind_of(8 * HOUR, 7 * HOUR, False), kind_of(0, 8 * DAY, False)
    ('misdated', 'misdated')
    """
    delay = received_at - observed_at
    if -AHEAD <= delay <= FRESH:
        return "fresh"
    return "backlog" if FRESH < delay <= LATE_HORIZON and not is_skewed else "misdated"


def seen_at(observed_at: Millis, received_at: Millis, kind: ContactKind) -> Millis:
    """When it shows that: a fresh one when it was observed, never later than it came; others when they came."""
    return min(observed_at, received_at) if kind == "fresh" else received_at


def contact(at: Millis, kind: ContactKind, profile: Profile) -> Contact:
    """The contact in the local hour of a moment."""
    midnight = profile.midnight(profile.day_of(at))
    return Contact(midnight + (at - midnight) // HOUR * HOUR, kind)


class Contacts:
    """The hours in which a facility was in contact, as bits per local day and kind."""

    __slots__ = ("_days", "_last")

    def __init__(self) -> None:
        self._days: dict[ContactKind, dict[int, int]] = {"fresh": {}, "backlog": {}, "misdated": {}}
        self._last: dict[ContactKind, Millis] = {}

    def add(self, one: Contact, profile: Profile) -> None:
        """It is later than everything added before."""
        day = profile.day_of(one.at)
        days = self._days[one.id]
        hour = min(23, (one.at - profile.midnight(day)) // HOUR)  # a day of 25 hours
        days[day] = days.get(day, 0) | 1 << hour
        self._last[one.id] = one.at
        for old in [known for known in days if known < day - RHYTHM_DAYS]:
            del days[old]

    def last(self, at: Millis, *kinds: ContactKind) -> Contact | None:
        """The last of these kinds, by default of any; None: none within what is kept."""
        found = [
            Contact(last, kind)
            for kind, last in self._last.items()
            if (not kinds or kind in kinds) and at - last <= CONTACTS_KEPT
        ]
        return max(found, key=lambda one: one.at, default=None)

    def habit(self, today: int) -> tuple[ContactKind, ...]:
        """By which kinds a facility is known to be there: one that mostly types long afterwards is, when it does."""
        fresh, backlog = (set(self._within(self._days[kind], today, 0)) for kind in ("fresh", "backlog"))
        return ("fresh",) if 2 * len(fresh) >= len(fresh | backlog) else ("fresh", "backlog")

    def settled(self, today: int, kinds: tuple[ContactKind, ...]) -> dict[int, int]:
        """Local day -> bits of hours in which it was in contact, of the days by which its rhythm is told."""
        found: dict[int, int] = {}
        for kind in kinds:
            for day in self._within(self._days[kind], today, GAP_DAYS):
                found[day] = found.get(day, 0) | self._days[kind][day]
        return found

    def _within(self, days: Mapping[int, int], today: int, gap: int) -> Iterator[int]:
        return (day for day in days if today - RHYTHM_DAYS <= day <= today - gap)
