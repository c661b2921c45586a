"""Many alike at once: one person is not rung three hundred times, and what is new still comes through. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from detectors.times import MINUTE, Millis
from store.deliveries import Recent

WITHIN: Final[Millis] = 10 * MINUTE
ALIKE: Final = 8
"""After so many of one condition in ten minutes a person hears the next ones together (own choice)."""

SILENT_SHARE: Final = 0.6
SILENT_LEAST: Final = 5
SILENT_WITHIN: Final[Millis] = 15 * MINUTE
SILENT: Final = "facility_silent"
SILENCES: Final = frozenset({"missed_check", SILENT})
"""Conditions that only say that nothing came."""


class Storms:
    """Counts whom P1 and P2 alerts were told."""

    def __init__(self, recent: Iterable[Recent]) -> None:
        self._alike: dict[tuple[str, str], int] = {}
        self._here: set[tuple[str, str, int]] = set()
        self._listed: set[str] = set()
        for one in recent:
            self._note(one.person, one.condition, one.facility_id, one.number)

    def joins(self, person: str, condition: str, facility_id: int) -> bool:
        """This one is told with others: the person heard of many alike. The first of a facility never is."""
        known = (person, condition, facility_id) in self._here
        if known and self._alike.get((person, condition), 0) >= ALIKE:
            return True
        self._note(person, condition, facility_id, 1)
        return False

    def listed(self, person: str) -> bool:
        """This one is in a list: the person hears of the first by itself, whatever it is."""
        known = person in self._listed
        self._listed.add(person)
        return known

    def _note(self, person: str, condition: str, facility_id: int, number: int) -> None:
        self._alike[person, condition] = self._alike.get((person, condition), 0) + number
        self._here.add((person, condition, facility_id))


def inhibited(condition: str, severity: int, county: str, silent: int, facilities: int) -> str | None:
    """Why this alert is not told by itself: its whole county is offline. Urgent ones always are."""
    if severity == 1 or condition not in SILENCES:
        return None
    if not is_offline(silent, facilities):
        return None
    return f"county {county} is offline: {silent} of {facilities} facilities are silent"


def is_offline(silent: int, facilities: int) -> bool:
    """So many of a county's facilities fell silent together that it is one event."""
    return silent >= SILENT_LEAST and silent >= SILENT_SHARE * facilities
