"""Cold: a body temperature that scores three points in NEWS2 (D16)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import (
    ABSENT,
    Absent,
    Ascending,
    Band,
    Baseline,
    Detector,
    Present,
    Says,
    Severity,
    printed,
    tenths,
)
from detectors.fever import site_of
from detectors.history import History
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.times import HOUR, MINUTE

HOTTEST = 1_000
"""No upper bound: fever is another rule's matter."""


class Hypothermia(Detector, frozen=True):
    """A temperature at or below the limit; of the forehead, which the air cools, twice.

    In the old an infection may show as cold. The old are rarely colder than
    35 by the armpit when well. Silent until a temperature is measured.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", temperature_tenths=350))
    >>> Hypothermia().judge(view).severity.name
    'P2'
    """

    says: ClassVar[Says] = {"cold": ("limit",)}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"temperature_celsius"})
    ascending: ClassVar[Ascending] = (
        ("limit_celsius", "recovered_celsius"),
        ("forehead_apart_minutes", "forehead_within_hours"),
    )

    limit_celsius: float = 35.0  # three points in NEWS2
    recovered_celsius: float = 35.6  # own choice
    recovered_for_minutes: int = 30  # own choice: and not low since
    forehead_apart_minutes: int = 10  # own choice
    forehead_within_hours: int = 24  # own choice
    severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.temperature_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        assert latest.temperature_tenths is not None
        limit = tenths(self.limit_celsius)
        facts = {"limit": printed(limit)}
        if latest.temperature_tenths > limit:
            return ABSENT if self._is_over(view, latest) else None
        if site_of(latest, view.profile) != "forehead":
            return Present(self.severity, "cold", (latest,), facts)
        earlier = self._earlier(view, limit)
        return None if earlier is None else Present(self.severity, "cold", (latest, earlier), facts)

    def _is_over(self, view: History, latest: Reading) -> bool:
        if latest.temperature_tenths is None or latest.temperature_tenths < tenths(self.recovered_celsius):
            return False
        since = view.recent(self.recovered_for_minutes * MINUTE)
        return not any(
            reading.temperature_tenths is not None and reading.temperature_tenths <= tenths(self.limit_celsius)
            for reading in since
        )

    def _earlier(self, view: History, limit: int) -> Reading | None:
        for reading in view.recent(self.forehead_within_hours * HOUR):
            apart = view.at - reading.at >= self.forehead_apart_minutes * MINUTE
            if apart and reading.temperature_tenths is not None and reading.temperature_tenths <= limit:
                return reading
        return None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"temperature_tenths": (tenths(self.limit_celsius) + 1, HOTTEST)}
