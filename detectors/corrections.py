"""Which elements count: receipts in time, duplicates with other content, corrections. All pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from detectors.observations import Correction, Doubt, Element, Reading
from detectors.times import DAY, MINUTE, Millis

LATE_HORIZON: Final[Millis] = 7 * DAY
"""Later receipts are stored, counted and shown, and change no episode (design.md, law 3)."""

AHEAD: Final[Millis] = 10 * MINUTE
"""A clock may be this far in the future (domain.md 1.10)."""


EventKey = tuple[Millis, str]
"""(observed at, id): what an event is known by. The same id at another time is another event."""


class Arrival(Struct, frozen=True):
    """Something received about a resident. `content` orders two arrivals with the same id and time of receipt."""

    resident: str
    received_at: Millis
    event: Element | Correction
    content: int = 0

    @property
    def key(self) -> EventKey:
        """What the event is known by."""
        return self.event.at, self.event.id


class Placed(Struct, frozen=True):
    """An element in the timeline of a resident."""

    resident: str
    element: Element


def is_in_time(event: Element | Correction, received_at: Millis) -> bool:
    """It may change episodes. A correction is as old as the oldest thing it moves."""
    if isinstance(event, Correction):
        moved = [event.corrects_at] + ([event.replacement.at] if event.replacement is not None else [])
    else:
        moved = [event.at]
    return all(-AHEAD <= received_at - at <= LATE_HORIZON for at in moved)


def residents_of(arrival: Arrival) -> set[str]:
    """Whom it speaks of: its resident, and the one a replacement goes to."""
    event = arrival.event
    other = event.replacement_resident if isinstance(event, Correction) else None
    return {arrival.resident} if other is None else {arrival.resident, other}


def is_better(new: Arrival, old: Arrival | None) -> bool:
    """Same id, other content: the smallest (received_at, content) counts, whichever was processed first."""
    return old is None or (new.received_at, new.content) < (old.received_at, old.content)


def winner(corrections: Iterable[Correction]) -> Correction | None:
    """Of the corrections of one original, the one that counts: the last by (at, id)."""
    return max(corrections, key=lambda correction: (correction.at, correction.id), default=None)


def effective(
    key: EventKey, arrivals: dict[EventKey, Arrival], corrections: dict[EventKey, list[Correction]]
) -> Placed | None:
    """The element that the event of this key contributes now, and to whom; None: nothing.

    `arrivals` holds one arrival per key, `corrections` those that name an
    original by its key. A replacement takes the place of its original under
    the correction's own id. Corrections of corrections do not exist.
    """
    arrival = arrivals.get(key)
    if arrival is None:
        return None
    event = arrival.event
    if isinstance(event, Correction):
        if event.replacement is None or event.action != "replaced_by" or _is_demo(event.replacement):
            return None
        wins = winner(corrections.get(original_of(event), ())) is event
        return Placed(event.replacement_resident or arrival.resident, event.replacement) if wins else None
    if _is_demo(event):
        return None
    by = winner(corrections.get(key, ()))
    return Placed(arrival.resident, event) if by is None or by.action == "stands" else None


def original_of(correction: Correction) -> EventKey:
    """What it corrects."""
    return correction.corrects_at, correction.corrects


def _is_demo(element: Element) -> bool:
    """Demonstration and test data are no part of anybody's life."""
    return isinstance(element, Reading) and bool(element.doubt & Doubt.DEMO)
