"""The quiet gate: which rules does a reading concern? Most readings lie inside every band and concern none.

A rule is not asked about a reading inside its own quiet band unless it stands,
has asked something, or is still within its afterglow: by the definition of the
band it would have nothing to say (tests/laws hold it to that).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from msgspec import structs

from detectors.detector import Baseline
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.schedule import Bits, InForce

_Bounds = tuple[tuple[str, int, int], ...]
"""(vital, least, most)"""

_TRUTHS: Final = ("on_oxygen", "after_activity")


class Gate:
    """The bands of one rule set, for one profile and one day's baseline."""

    __slots__ = ("_bands", "_outside", "force", "is_quiet")

    def __init__(self, force: InForce, bands: tuple[_Bounds, ...]) -> None:
        """`bands` are those of the rules in force, in their order."""
        self.force: Final = force
        self.is_quiet: Final[Callable[[Reading], bool]] = _test_of(_inside_all(bands))
        self._bands: Final = bands
        self._outside: Callable[[Reading], Bits] | None = None

    def outside(self, reading: Reading) -> Bits:
        """The rules in whose band the reading does not lie."""
        if self._outside is None:  # most gates see quiet readings only
            self._outside = _table_of(self._bands)
        return self._outside(reading)


def gate_for(force: InForce, profile: Profile, baseline: Baseline) -> Gate:
    """The gate of a resident's day; residents who differ in nothing but times share it."""
    return _gate_of(force, structs.replace(profile, valid_from=0, checks_from=None, checks_until=None), baseline)


@lru_cache(maxsize=16_384)
def _gate_of(force: InForce, profile: Profile, baseline: Baseline) -> Gate:
    bands = (judge.detector.quiet(profile, baseline) for judge in force.judges)
    return Gate(force, tuple([tuple([(vital, *bounds) for vital, bounds in sorted(band.items())]) for band in bands]))


def _inside_all(bands: Iterable[_Bounds]) -> _Bounds:
    low: dict[str, int] = {}
    high: dict[str, int] = {}
    for band in bands:
        for vital, least, most in band:
            low[vital] = max(low.get(vital, least), least)
            high[vital] = min(high.get(vital, most), most)
    return tuple([(vital, low[vital], high[vital]) for vital in sorted(low)])


@lru_cache(maxsize=16_384)
def _test_of(bounds: _Bounds) -> Callable[[Reading], bool]:
    """Does a reading lie inside all bounds?

    Built as source, because it runs for every reading: 0.2 us against 2 us for a loop over the bounds.
    """
    tests = [_condition(vital, least, most) for vital, least, most in bounds]
    test: Callable[[Reading], bool] = eval(f"lambda r: {' and '.join(tests) or 'True'}")  # noqa: S307  # names and integers of our own
    return test


def _condition(vital: str, least: int, most: int) -> str:
    if vital in _TRUTHS:
        return f"not r.{vital}"
    if vital == "consciousness":
        return "(r.consciousness is None or r.consciousness == 'A')"
    return f"((x := r.{vital}) is None or {least} <= x <= {most})"


def _table_of(bands: tuple[_Bounds, ...]) -> Callable[[Reading], Bits]:
    """Which bands does a reading lie outside of? Per vital a table from values to rules, built as source too."""
    by_vital: dict[str, list[tuple[Bits, int, int]]] = {}
    for place, band in enumerate(bands):
        for vital, least, most in band:
            by_vital.setdefault(vital, []).append((1 << place, least, most))
    tables: dict[str, Any] = {"find": bisect_right}
    terms = [_term(vital, bounds, tables) for vital, bounds in sorted(by_vital.items())]
    table: Callable[[Reading], Bits] = eval(f"lambda r: {' | '.join(terms) or '0'}", tables)  # noqa: S307  # as above
    return table


def _term(vital: str, bounds: list[tuple[Bits, int, int]], tables: dict[str, Any]) -> str:
    every = sum(bit for bit, _, _ in bounds)
    if vital in _TRUTHS:
        return f"({every} if r.{vital} else 0)"
    if vital == "consciousness":
        return f"(0 if r.consciousness is None or r.consciousness == 'A' else {every})"
    edges = sorted({edge for _, least, most in bounds for edge in (least, most + 1)})
    tables[f"edges_{vital}"] = edges
    tables[f"rules_{vital}"] = [
        sum(bit for bit, least, most in bounds if not least <= value <= most) for value in (edges[0] - 1, *edges)
    ]
    return f"(0 if (x := r.{vital}) is None else rules_{vital}[find(edges_{vital}, x)])"
