"""Breathing: too many breaths a minute (D07)."""

from __future__ import annotations

from typing import ClassVar

from detectors.detector import ABSENT, Absent, Ascending, Band, Baseline, Detector, Present, Says, Severity
from detectors.history import History
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.steady import has_lasted
from detectors.times import MINUTE


class Tachypnoea(Detector, frozen=True):
    """Thirty breaths a minute at rest are the severe case of the Chinese protocol; 25 score three points in NEWS2.

    Breaths are counted by somebody who looks: one count is enough. It is over
    after two counts that score nothing. Silent until breaths are counted.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", respirations_per_min=31))
    >>> Tachypnoea().judge(view).severity.name
    'P1'
    >>> view.add(Reading(20 * MINUTE, "b", respirations_per_min=18))
    >>> Tachypnoea().judge(view) is None  # one good count proves little
    True
    """

    says: ClassVar[Says] = dict.fromkeys(("refer", "urgent"), ("limit",))
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"respirations_per_min"})
    ascending: ClassVar[Ascending] = (("recovered_to", "urgent_from", "refer_from"),)

    refer_from: int = 30  # severe: diagnosis and treatment protocol, 10th edition
    urgent_from: int = 25  # three points in NEWS2
    recovered_to: int = 20  # no point in NEWS2; 21-24 keeps what stands
    recovered_for_minutes: int = 10  # own choice
    refer_severity: Severity = Severity.P1
    urgent_severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        latest = view.latest
        return latest is not None and latest.respirations_per_min is not None and not latest.after_activity

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        assert latest.respirations_per_min is not None
        if latest.respirations_per_min >= self.refer_from:
            return Present(self.refer_severity, "refer", (latest,), {"limit": str(self.refer_from)})
        if latest.respirations_per_min >= self.urgent_from:
            return Present(self.urgent_severity, "urgent", (latest,), {"limit": str(self.urgent_from)})
        return ABSENT if has_lasted(view, self._is_well, self.recovered_for_minutes * MINUTE) else None

    def _is_well(self, reading: Reading) -> bool | None:
        breaths = reading.respirations_per_min
        return None if breaths is None or reading.after_activity else breaths <= self.recovered_to

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"respirations_per_min": (0, self.urgent_from - 1)}
