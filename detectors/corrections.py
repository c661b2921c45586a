"""Which elements count, and whose: receipts in time, duplicates with other content, corrections, bindings. All pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from detectors.bindings import Bound, bound, resident_at
from detectors.observations import Binding, Correction, Doubt, Element, Reading
from detectors.times import LATE_HORIZON, MINUTE, Millis

AHEAD: Final[Millis] = 10 * MINUTE
"""A clock may be this far in the future (domain.md 1.10)."""


EventKey = tuple[Millis, str]
"""(observed at, id): what an event is known by. The same id at another time is another event."""


class Arrival(Struct, frozen=True):
    """Something received about a resident. `content` orders two arrivals with the same id and time of receipt."""

    resident: str  # empty: nobody said
    received_at: Millis
    event: Element | Correction | Binding
    content: int = 0
    device: str | None = None  # of a reading without resident: who it is bound to

    @property
    def key(self) -> EventKey:
        """What the event is known by."""
        return self.event.at, self.event.id


class Placed(Struct, frozen=True):
    """An element in the timeline of a resident or a member of staff."""

    resident: str
    element: Element


def is_in_time(event: Element | Correction | Binding, received_at: Millis, horizon: Millis = LATE_HORIZON) -> bool:
    """It may change episodes. A correction is as old as the oldest thing it moves."""
    if not isinstance(event, Correction):
        return -AHEAD <= received_at - event.at <= horizon
    moved = [event.corrects_at] + ([event.replacement.at] if event.replacement is not None else [])
    return all(-AHEAD <= received_at - at <= horizon for at in moved)


def residents_of(arrival: Arrival) -> set[str]:
    """Whom it speaks of: its resident, and the one a replacement goes to."""
    event = arrival.event
    other = event.replacement_resident if isinstance(event, Correction) else None
    return {one for one in (arrival.resident, other) if one}


def is_better(new: Arrival, old: Arrival | None) -> bool:
    """Same id, other content: the smallest (received_at, content) counts, whichever was processed first."""
    return old is None or (new.received_at, new.content) < (old.received_at, old.content)


def winner(corrections: Iterable[Correction]) -> Correction | None:
    """Of the corrections of one original, the one that counts: the last by (at, id)."""
    return max(corrections, key=lambda correction: (correction.at, correction.id), default=None)


def bindings_of(arrivals: Iterable[Arrival]) -> dict[str, list[Bound]]:
    """The bindings among these arrivals, per device."""
    found: dict[str, list[Bound]] = {}
    for one in arrivals:
        if isinstance(one.event, Binding):
            found.setdefault(one.event.device, []).append(bound(one.event, one.resident, one.received_at))
    return found


def effective(
    key: EventKey,
    arrivals: Mapping[EventKey, Arrival],
    corrections: Mapping[EventKey, list[Correction]],
    bindings: Mapping[str, Iterable[Bound]],
) -> Placed | None:
    """The element that the event of this key contributes now, and to whom; None: nothing.

    `arrivals` holds one arrival per key, `corrections` those that name an
    original by its key, `bindings` those of a device. A replacement takes the
    place of its original under an id of its own. Corrections and
    bindings are not corrected.
    """
    arrival = arrivals.get(key)
    if arrival is None or isinstance(arrival.event, Binding):
        return None
    event = arrival.event
    if isinstance(event, Correction):
        if event.replacement is None or event.action != "replaced_by" or _is_demo(event.replacement):
            return None
        wins = winner(corrections.get(original_of(event), ())) is event
        whose = event.replacement_resident or arrival.resident
        return Placed(whose, event.replacement) if wins and whose else None
    whose = arrival.resident or resident_at(bindings.get(arrival.device or "", ()), event.at) or ""
    if _is_demo(event) or not whose:
        return None
    by = winner(corrections.get(key, ()))
    return Placed(whose, event) if by is None or by.action == "stands" else None


def original_of(correction: Correction) -> EventKey:
    """What it corrects."""
    return correction.corrects_at, correction.corrects


def _is_demo(element: Element) -> bool:
    """Demonstration and test data are no part of anybody's life."""
    return isinstance(element, Reading) and bool(element.doubt & Doubt.DEMO)
