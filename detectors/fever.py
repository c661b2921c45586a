"""Fever, by the site it was measured at: one high reading (D12), or two raised ones (D13).

China measures axilla and forehead. Surveillance fever is axillary >= 37.3 by
local use; the oral and rectal repeated limits follow McGeer; the others are
own choices (contract.md, Defaults). A forehead reading may raise but never
clear a fever, and asks for an axillary repeat (domain.md 1.12.5).
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

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
from detectors.history import History
from detectors.observations import Reading, Site
from detectors.profile import Profile
from detectors.times import HOUR, MINUTE, Millis

LOWEST = 0
"""No lower bound: coldness is another rule's matter."""


class SiteLimits(Struct, frozen=True):
    """A limit in degrees Celsius per site; at or above it counts."""

    axillary: float
    oral: float
    rectal: float
    ear: float
    forehead: float

    def of(self, site: Site) -> int:
        """The limit of one site, in tenths."""
        return tenths(getattr(self, site))

    def lowest(self) -> int:
        """The lowest limit of all sites, in tenths."""
        return min(tenths(getattr(self, site)) for site in self.__struct_fields__)


SINGLE = SiteLimits(axillary=37.3, oral=37.9, rectal=38.1, ear=37.9, forehead=37.8)
REPEATED = SiteLimits(axillary=37.1, oral=37.3, rectal=37.6, ear=37.5, forehead=37.5)
WELL = SiteLimits(axillary=36.9, oral=37.1, rectal=37.4, ear=37.3, forehead=37.3)
"""0.2 C below the repeated limit, as the axillary one lies below the single one: own choice."""


class _Fever(Detector, frozen=True):
    """What both share: which readings count, and how a fever is over."""

    inputs: ClassVar[frozenset[str]] = frozenset({"temperature_celsius"})
    hears: ClassVar[tuple[type, ...]] = (Reading,)

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.temperature_tenths is not None

    def _is_over(self, view: History, below: SiteLimits) -> bool:
        latest = view.latest
        assert latest is not None
        assert latest.temperature_tenths is not None
        site = site_of(latest, view.profile)
        return site != "forehead" and latest.temperature_tenths < below.of(site)

    def _facts(self, reading: Reading, limits: SiteLimits, profile: Profile) -> dict[str, str]:
        site = site_of(reading, profile)
        return {"limit": printed(limits.of(site)), "site": site}


class SingleFever(_Fever, frozen=True):
    """One temperature at or above its site's limit; over below the limit for repeated ones."""

    says: ClassVar[Says] = {"single": ("limit", "site")}
    ascending: ClassVar[Ascending] = (("recovered_below_celsius", "limits_celsius"),)

    limits_celsius: SiteLimits = SINGLE
    recovered_below_celsius: SiteLimits = REPEATED
    repeat_within_minutes: int = 30  # own: how long the page asks for the axillary repeat of a forehead reading
    severity: Severity = Severity.P3

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        if reaches(latest, self.limits_celsius, view.profile):
            return Present(self.severity, "single", (latest,), self._facts(latest, self.limits_celsius, view.profile))
        return ABSENT if self._is_over(view, self.recovered_below_celsius) else None

    def asks(self, view: History) -> Millis | None:
        latest = view.latest
        if latest is None or site_of(latest, view.profile) != "forehead":
            return None
        return view.at + self.repeat_within_minutes * MINUTE if self._raises(latest, view.profile) else None

    def _raises(self, reading: Reading, profile: Profile) -> bool:
        return reaches(reading, self.limits_celsius, profile)

    @property
    def asks_once(self) -> bool:
        return True

    def answered(self, view: History, question: object) -> bool:
        return view.latest is not None and site_of(view.latest, view.profile) != "forehead"

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"temperature_tenths": (LOWEST, self.limits_celsius.lowest() - 1)}


class RepeatedFever(_Fever, frozen=True):
    """Two raised temperatures at least an hour apart within a day; over clearly below the limit."""

    says: ClassVar[Says] = {"repeated": ("limit", "site")}
    ascending: ClassVar[Ascending] = (
        ("recovered_below_celsius", "limits_celsius"),
        ("apart_hours", "within_hours"),
    )

    limits_celsius: SiteLimits = REPEATED
    recovered_below_celsius: SiteLimits = WELL
    apart_hours: int = 1  # own choice: "repeated" is undefined in the source (domain.md 1.8)
    within_hours: int = 24
    severity: Severity = Severity.P3

    @classmethod
    def renewed(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """It was over below the limit that it begins with."""
        match parameters:
            case {"limits_celsius": limits}:
                return {"recovered_below_celsius": limits, **parameters}
        return parameters

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        if not reaches(latest, self.limits_celsius, view.profile):
            return ABSENT if self._is_over(view, self.recovered_below_celsius) else None
        earlier = self._earlier(view)
        if earlier is None:
            return None
        facts = self._facts(latest, self.limits_celsius, view.profile)
        return Present(self.severity, "repeated", (latest, earlier), facts)

    def _earlier(self, view: History) -> Reading | None:
        limits, profile, until = self.limits_celsius, view.profile, view.at - self.apart_hours * HOUR
        for reading in view.recent(self.within_hours * HOUR):
            if reading.at <= until and reaches(reading, limits, profile):
                return reading
        return None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"temperature_tenths": (LOWEST, self.limits_celsius.lowest() - 1)}


def site_of(reading: Reading, profile: Profile) -> Site:
    """Where it was measured; not said, the site the facility configured."""
    return reading.temperature_site or profile.temperature_site


def reaches(reading: Reading, limits: SiteLimits, profile: Profile) -> bool:
    """The reading has a temperature at or above the limit of its site."""
    celsius = reading.temperature_tenths
    if celsius is None:
        return False
    limit: float = getattr(limits, reading.temperature_site or profile.temperature_site)
    return celsius >= tenths(limit)
