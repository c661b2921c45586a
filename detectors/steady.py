"""How long a vital sign has been well, or beyond a limit: questions that several detectors ask of the history."""

from __future__ import annotations

from collections.abc import Callable

from detectors.days import RAW_COUNT
from detectors.history import History
from detectors.observations import Reading
from detectors.times import Millis

Answer = Callable[[Reading], bool | None]
"""What a reading says; None: it does not speak of the matter."""


def since_when(view: History, says: Answer) -> tuple[Reading, int] | None:
    """The oldest of the newest readings that all say yes, and how many say it; None: the newest does not."""
    oldest, number = None, 0
    for reading in view.recent():
        answer = says(reading)
        if answer is None:
            continue
        if not answer:
            break
        oldest, number = reading, number + 1
    return None if oldest is None else (oldest, number)


def has_lasted(view: History, says: Answer, lasting: Millis) -> bool:
    """At least two readings say yes, none between says no, and the first is `lasting` old or older.

    Several devices at one reading a second fill the 64 readings in less than that: then half of them are enough.
    """
    found = since_when(view, says)
    if found is None:
        return False
    oldest, number = found
    return number >= 2 and (view.at - oldest.at >= lasting or number >= RAW_COUNT // 2)
