"""Low, and low again: when a low oxygen saturation at rest is believed, and when it is over."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Final

from detectors.beyond import BUCKET
from detectors.days import RAW_COUNT
from detectors.detector import Ascending, Detector, Unfinished
from detectors.history import History
from detectors.observations import Reading
from detectors.steady import since_when
from detectors.times import HOUR, MINUTE, SECOND, Millis

HIGHEST: Final = 1_000
"""100 % in tenths."""


def dips(view: History, low: int, well: int, hours: int) -> int:
    """In how many quarters of these hours oxygen at rest on air was low, and well too."""
    return sum(one.least <= low and one.most >= well for one in view.quarters(hours * HOUR // BUCKET))


class LowAgain(Detector, frozen=True, metaclass=Unfinished):
    """Oxygen at rest on room air that is low, and low again: what the resting rules share.

    A repeat is any rest-on-air reading `apart_seconds` to
    `confirm_within_minutes` later: a low one confirms, a higher one refutes;
    low again within `again_within_hours` confirms what nobody refuted. On a
    continuous stream every reading must be low for `continuous_seconds`, and it
    is over only when none was for `continuous_recovered_minutes`; where somebody
    dips again and again, as a sleeper who stops breathing now and then, for
    `restless_recovered_minutes`: one episode, and not one each.
    """

    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent"})
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    ascending: ClassVar[Ascending] = (
        ("apart_seconds", "confirm_within_minutes", "again_within_hours"),
        ("recovered_for_seconds", "continuous_recovered_minutes", "restless_recovered_minutes"),
    )

    apart_seconds: int = 10
    confirm_within_minutes: int = 10
    again_within_hours: int = 24
    recovered_for_seconds: int = 60  # and for two readings: one good reading proves little
    continuous_seconds: int = 30  # own choice
    continuous_recovered_minutes: int = 10  # own choice: not low for so long
    restless_quarters: int = 3  # own choice: quarters of an hour with a dip
    restless_within_hours: int = 2  # own choice
    restless_recovered_minutes: int = 30  # own choice

    @abstractmethod
    def low_at(self, view: History) -> int:
        """Low at or below this, in tenths."""

    @abstractmethod
    def well_at(self, view: History) -> int:
        """Well again at or above this, in tenths."""

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.is_at_rest_on_air

    def is_low(self, view: History) -> bool:
        """The newest reading is at or below the limit."""
        latest = view.latest
        return latest is not None and latest.spo2_tenths is not None and latest.spo2_tenths <= self.low_at(view)

    def is_well(self, view: History) -> bool:
        """The resident has been well for long enough."""
        latest = view.latest
        assert latest is not None
        well, lasting = self.well_at(view), self.recovered_for_seconds * SECOND
        if not view.has_held(well, lasting, at_rest=True):
            return False
        if not latest.continuous:
            return True
        is_restless = dips(view, self.low_at(view), well, self.restless_within_hours) >= self.restless_quarters
        calm = self.restless_recovered_minutes if is_restless else self.continuous_recovered_minutes
        return view.has_held(self.low_at(view) + 1, calm * MINUTE, at_rest=True)

    def earlier_low(self, view: History) -> Reading | None:
        """Another low reading that no higher one refuted in its own confirming time."""
        latest, limit = view.latest, self.low_at(view)
        assert latest is not None
        if latest.continuous:
            return self._low_since(view, limit)
        asked = (limit, self.apart_seconds, self.confirm_within_minutes, self.again_within_hours)
        if asked not in view.memo:  # rules that share their limits ask the same
            view.memo[asked] = self._unrefuted_low(view, limit)
        earlier = view.memo[asked]
        assert earlier is None or isinstance(earlier, Reading)
        return earlier

    def _unrefuted_low(self, view: History, limit: int) -> Reading | None:
        latest = view.latest
        apart, within = self.apart_seconds * SECOND, self.confirm_within_minutes * MINUTE
        highs: list[Millis] = []
        for reading in view.recent(self.again_within_hours * HOUR):
            spo2 = reading.spo2_tenths
            if reading is latest or spo2 is None or reading.on_oxygen or reading.after_activity:
                continue
            if spo2 > limit:
                highs.append(reading.at)
            elif view.at - reading.at >= apart and not any(apart <= high - reading.at <= within for high in highs):
                return reading
        return None

    def _low_since(self, view: History, limit: int) -> Reading | None:
        """The reading since which all of a stream were low, when that is long enough ago."""

        def says(reading: Reading) -> bool | None:
            return (
                None if reading.spo2_tenths is None or not reading.is_at_rest_on_air else reading.spo2_tenths <= limit
            )

        found = since_when(view, says)
        if found is None:
            return None
        oldest, number = found
        # Several devices at 1 Hz fill the 64 readings in less than that time.
        return oldest if view.at - oldest.at >= self.continuous_seconds * SECOND or number >= RAW_COUNT else None
