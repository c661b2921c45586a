"""The quiet gate: which rules does a reading concern? Most readings lie inside every band and concern none.

A rule is not asked about a reading inside its own quiet band unless it stands,
has asked something, or is still within its afterglow: by the definition of the
band it would have nothing to say (tests/laws hold it to that).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from detectors.detector import Baseline
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.schedule import InForce, Judge

IsQuiet = Callable[[Reading], bool]
_Bounds = tuple[tuple[str, int, int], ...]
"""(vital, least, most)"""

_TRUTHS: Final = ("on_oxygen", "after_activity")


class Gate:
    """The bands of one rule set, for one profile and one day's baseline."""

    __slots__ = ("_judges", "force", "is_quiet", "leaves_no_glow")

    def __init__(self, force: InForce, bands: tuple[_Bounds, ...]) -> None:
        """`bands` are those of the rules in force, in their order."""
        glowing = [band for (rule, _), band in zip(force.judges, bands, strict=True) if rule.detector.afterglow]
        self.force: Final = force
        self.is_quiet: Final = _test_of(_inside_all(bands))
        self.leaves_no_glow: Final = _test_of(_inside_all(glowing))
        self._judges: Final = [
            (judge, _test_of(band), bool(judge[0].detector.afterglow))
            for judge, band in zip(force.judges, bands, strict=True)
            if band or judge[0].detector.afterglow
        ]

    def concerned(self, reading: Reading, glows: bool) -> list[Judge]:
        """The rules in whose band the reading does not lie, and while it glows those with an afterglow."""
        return [
            judge
            for judge, is_quiet, has_afterglow in self._judges
            if (glows and has_afterglow) or not is_quiet(reading)
        ]


def gate_for(force: InForce, profile: Profile, baseline: Baseline) -> Gate:
    """The gate of a resident's day; residents with the same bands share it."""
    bands = (rule.detector.quiet(profile, baseline) for rule, _ in force.judges)
    return _gate_of(
        force, tuple([tuple([(vital, *bounds) for vital, bounds in sorted(band.items())]) for band in bands])
    )


@lru_cache(maxsize=16_384)
def _gate_of(force: InForce, bands: tuple[_Bounds, ...]) -> Gate:
    return Gate(force, bands)


def _inside_all(bands: Iterable[_Bounds]) -> _Bounds:
    low: dict[str, int] = {}
    high: dict[str, int] = {}
    for band in bands:
        for vital, least, most in band:
            low[vital] = max(low.get(vital, least), least)
            high[vital] = min(high.get(vital, most), most)
    return tuple([(vital, low[vital], high[vital]) for vital in sorted(low)])


@lru_cache(maxsize=16_384)
def _test_of(bounds: _Bounds) -> IsQuiet:
    """Does a reading lie inside all bounds?

    Built as source, because it runs for every reading: 0.2 us against 2 us for a loop over the bounds.
    """
    tests: Sequence[str] = [_condition(vital, least, most) for vital, least, most in bounds]
    test: IsQuiet = eval(f"lambda r: {' and '.join(tests) or 'True'}")  # noqa: S307  # names and integers of our own
    return test


def _condition(vital: str, least: int, most: int) -> str:
    if vital in _TRUTHS:
        return f"not r.{vital}"
    if vital == "consciousness":
        return "(r.consciousness is None or r.consciousness == 'A')"
    return f"((x := r.{vital}) is None or {least} <= x <= {most})"
