"""Devices that say of themselves that they do not work (D26)."""

from __future__ import annotations

from typing import ClassVar, Final

from detectors.detector import ABSENT, Absent, Band, Baseline, Detector, Present, Says, Severity
from detectors.history import History
from detectors.measurability import is_valid
from detectors.observations import DEMO, Doubt, Reading
from detectors.profile import Profile

_FAULT: Final = int(Doubt.INVALID_DEVICE | Doubt.IMPOSSIBLE)


class DeviceFault(Detector, frozen=True):
    """A resident's reading came with a fault of the device, or with an impossible value: technical, never clinical.

    The next valid saturation ends it. Whether the resident is well meanwhile
    is asked by the rule of what cannot be measured. Silent until a device complains.

    >>> from detectors.history import History
    >>> view = History(Profile())
    >>> view.add(Reading(0, "a", 970, doubt=int(Doubt.INVALID_DEVICE)))
    >>> DeviceFault().judge(view).severity.name
    'C'
    """

    says: ClassVar[Says] = {"fault": ()}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"device_status", "spo2_percent"})

    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return type(view.element) is Reading

    def judge(self, view: History) -> Present | Absent | None:
        reading = view.element
        assert type(reading) is Reading
        if reading.doubt & DEMO:
            return None
        if reading.doubt & _FAULT:
            return Present(self.severity, "fault", (reading,))
        return ABSENT if is_valid(view.latest) else None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"doubt": (0, 0)}
