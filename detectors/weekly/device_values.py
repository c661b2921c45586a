"""A device whose values say that it does not work: one value for everybody, or hardly ever a pulse (D26b)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Says
from detectors.weekly.chance import a_week_in, agreement, binomial_tail, one_in
from detectors.weekly.week import CENTURIES, Centuries, Check, Week, WeekDetector, runs, shown

Share = Annotated[float, Meta(gt=0, lt=1)]


class DeviceValues(WeekDetector, frozen=True):
    """A device showed the same oxygen and pulse many times in a row, or low perfusion far more often than cold fingers.

    Where the temperatures hardly change either it is no oximeter's fault, and
    D27 looks at it. Readings without a device are left out. Silent until a
    device has `least_readings` in the week.
    """

    says: ClassVar[Says] = {
        "stuck": ("device", "readings", "one_in"),
        "faint": ("device", "faint", "readings", "one_in"),
    }
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent", "perfusion_index_percent", "device_status"})

    spo2_spread_percent: Annotated[float, Meta(gt=0)] = 0.7  # the least of one resident (own choice, unsourced)
    paced_pulse_per_min: Annotated[float, Meta(gt=0)] = 0.6  # a pacemaker holds it: anybody it measures may have one
    least_readings: Annotated[int, Meta(ge=2)] = 8  # own choice
    cold_share: Share = 0.05  # of the fingers in winter (own choice, unsourced)
    centuries: Centuries = CENTURIES

    @classmethod
    def renewed(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """The spread was one of three, of which the others counted for nothing."""
        match parameters:
            case {"within": {"spo2_percent": spread}, **rest}:
                return {"spo2_spread_percent": spread, **rest}
        return parameters

    def judge_week(self, week: Week) -> Present | Absent | None:
        devices: dict[str, list[Check]] = {}
        for check in week.checks:
            if check.device is not None and check.spo2_tenths is not None:
                devices.setdefault(check.device, []).append(check)
        judged = {name: mine for name, mine in devices.items() if len(mine) >= self.least_readings}
        if not judged:
            return None
        readings = sum(map(len, judged.values()))
        found = [
            one
            for name, mine in judged.items()
            for one in (self._stuck(name, mine, readings), self._faint(name, mine, len(judged)))
        ]
        # Two questions to every device.
        chance, present = min(found, key=lambda one: one[0])
        if present is None or 2 * chance > a_week_in(self.centuries):
            return ABSENT
        return present

    def _stuck(self, device: str, mine: list[Check], readings: int) -> tuple[float, Present | None]:
        """(chance, finding) of its longest run."""
        begins, length = max(runs([(one.spo2_tenths, one.pulse_per_min) for one in mine]), key=lambda one: one[1])
        run = mine[begins : begins + length]
        if length < self.least_readings or run[0].pulse_per_min is None or _is_written_so(run):
            return 1.0, None
        chance = readings * (agreement(self.spo2_spread_percent) * agreement(self.paced_pulse_per_min)) ** (length - 1)
        facts = {"device": device, "readings": str(length), "one_in": one_in(2 * chance)}
        return chance, Present(self.severity, "stuck", shown(run), facts)

    def _faint(self, device: str, mine: list[Check], devices: int) -> tuple[float, Present | None]:
        """(chance, finding) of its low perfusion."""
        faint = [one for one in mine if one.is_faint]
        chance = devices * binomial_tail(len(mine), len(faint), self.cold_share)
        facts = {"device": device, "faint": str(len(faint)), "readings": str(len(mine)), "one_in": one_in(2 * chance)}
        return chance, Present(self.severity, "faint", shown(faint), facts)


def _is_written_so(run: list[Check]) -> bool:
    """The temperatures, of another device, stay the same more often than not."""
    same = sum(
        one.temperature_tenths is not None and one.temperature_tenths == other.temperature_tenths
        for one, other in pairwise(run)
    )
    return 2 * same > len(run) - 1
