"""Whose reading is it? A shared device measures the resident it was bound to last; of nobody it is never guessed."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from detectors.observations import Binding
from detectors.times import LATE_HORIZON, Millis


class Bound(Struct, frozen=True):
    """A binding as it counts. Of a device's bindings the last one begun decides, also that nobody is bound."""

    begins: Millis
    at: Millis
    id: str
    ends: Millis | None
    resident: str


def bound(binding: Binding, resident: str, received_at: Millis) -> Bound:
    """From when on the binding counts: from its own beginning, but for nothing that would be too late."""
    begins = max(binding.valid_from, received_at - LATE_HORIZON)
    return Bound(begins, binding.at, binding.id, binding.valid_to, resident)


def resident_at(bindings: Iterable[Bound], at: Millis) -> str | None:
    """Whom a device measured at a time; None: the reading waits to be claimed.

    >>> from detectors.times import HOUR
    >>> morning = Bound(8 * HOUR, 8 * HOUR, "1", None, "R-07")
    >>> lunch = Bound(12 * HOUR, 12 * HOUR, "2", 13 * HOUR, "R-08")
    >>> [resident_at([lunch, morning], hour * HOUR) for hour in (7, 9, 12, 14)]
    [None, 'R-07', 'R-08', None]
    """
    last = max((one for one in bindings if one.begins <= at), key=_order, default=None)
    return None if last is None or (last.ends is not None and last.ends <= at) else last.resident


def _order(one: Bound) -> tuple[Millis, Millis, str]:
    return one.begins, one.at, one.id
