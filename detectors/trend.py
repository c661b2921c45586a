"""Oxygen that sinks slowly over days (D06)."""

from __future__ import annotations

from bisect import bisect_left
from typing import ClassVar, Final

from detectors.blocks import BLOCK, blocks_of
from detectors.detector import ABSENT, Absent, Ascending, Band, Baseline, Detector, Present, Says, Severity, tenths
from detectors.history import History
from detectors.observations import Reading
from detectors.oxygen import limit_for
from detectors.profile import Profile
from detectors.repeated import HIGHEST
from detectors.times import DAY

_BLOCKS_A_DAY: Final = DAY // BLOCK


class TrendDown(Detector, frozen=True):
    """The robust slope of oxygen at rest on air falls by a point a day, and the newest reading is not high.

    Theil-Sen: the median of the slopes between all pairs of six-hour blocks of
    72 hours, so that one stray reading bends nothing; and nearly every pair
    falls, for a median alone of a few noisy readings sinks by chance. Silent
    until there are six readings in four blocks.

    >>> from detectors.history import History
    >>> from detectors.times import HOUR
    >>> view = History(Profile())
    >>> for number in range(6):
    ...     view.add(Reading(number * 12 * HOUR, str(number), 970 - 10 * number))
    >>> TrendDown().judge(view).facts
    {'points': '2.0'}
    """

    says: ClassVar[Says] = {"sinking": ("points",)}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent"})
    ascending: ClassVar[Ascending] = (("recovered_per_day_percent", "fall_per_day_percent"),)

    fall_per_day_percent: float = 1  # domain.md 1.11, D06
    recovered_per_day_percent: float = 0.5  # own choice
    falling_percent: float = 90  # own choice: of the pairs of blocks
    ceiling_percent: float = 96  # docs/engine-semantics.md: above it there is nothing to watch
    scale_2_ceiling_percent: float = 90  # own choice
    least_readings: int = 6  # domain.md 1.11, D06
    least_blocks: int = 4  # own choice
    altitude_from_m: int = 1_500
    severity: Severity = Severity.P3

    def ceiling(self, profile: Profile) -> int:
        """Above this, in tenths, there is nothing to watch."""
        return limit_for(profile, self.ceiling_percent, self.scale_2_ceiling_percent, self.altitude_from_m)

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.is_at_rest_on_air

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        assert latest.spo2_tenths is not None
        if latest.spo2_tenths > self.ceiling(view.profile):
            return ABSENT
        blocks = blocks_of(view)
        blocks.go_on(view)
        if not blocks.are_enough(self.least_readings, self.least_blocks):
            return None
        if blocks.median_is_above(-tenths(self.recovered_per_day_percent) / _BLOCKS_A_DAY):
            return ABSENT
        slopes = blocks.slopes()
        slope = slopes[(len(slopes) - 1) // 2] * _BLOCKS_A_DAY
        falling = 100 * bisect_left(slopes, 0) >= self.falling_percent * len(slopes)
        if falling and slope <= -tenths(self.fall_per_day_percent):
            return Present(self.severity, "sinking", (latest,), {"points": f"{-slope / 10:.1f}"})
        return None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {"spo2_tenths": (self.ceiling(profile) + 1, HIGHEST)}
