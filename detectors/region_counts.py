"""More cases in a county or a city than its own past makes likely (D51-D54).

A region is judged day by day, each day from a fixed stretch of the days before
it, so a late report corrects what it touches and the order of arrival is
nothing. What is asked of a day is asked of `detectors.clusters`; here is when
a signal begins and ends. Silence is not quiet: a day on which too few homes
were heard of opens nothing and ends nothing.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Annotated, ClassVar, Final

from msgspec import Meta, Struct

from detectors.clusters.counts import ClusterDetector, Count, Lag, NotNegative, Positive, Tail, Verdict
from detectors.clusters.ears import Ears
from detectors.detector import Present, Says, Severity, Unfinished
from detectors.places import PlaceDetector

BEFORE_THE_BASELINE: Final = 14
"""Days in which, or on the baseline's first day, a first report must lie: then the whole baseline could be reported."""

HEARD_SHARE: Final = 0.5
"""Of the people of a region must live in homes that were heard of: fewer make no count (own choice)."""

Days = Annotated[int, Meta(ge=3, le=60)]


class DayCount(Struct, frozen=True):
    """What a region reported of a day."""

    day: int
    cases: int | None = None  # people who fell ill, by onset; None: too few of its homes were heard of
    residents: int = 0  # of the homes that were heard of
    tests: int = 0
    positives: int = 0


def heard(day: int, cases: int, residents: int, known: int, tests: tuple[int, int]) -> DayCount:
    """The day's counts; `known` are all who live there, `residents` those of the homes that were heard of."""
    enough = residents > 0 and residents >= HEARD_SHARE * known
    return DayCount(day, cases if enough else None, residents, *tests)


class Said(Struct, frozen=True):
    """What a rule says of one day."""

    day: int
    number: int | None = None  # of cases, or of positives; None: nothing to judge
    limit: float | None = None  # None: not enough history
    usual: float = 0.0  # of the baseline, a day; of positives: for as many tests
    tests: int = 0


class RegionDetector(PlaceDetector, frozen=True, metaclass=Unfinished):
    """The day's number exceeds the limit of the statistic, and is not below the least.

    It is over when each of the last `quiet_days` was judged and lay no further
    than `recovered_share` of the way from the usual to its limit. Silent until
    the baseline is full.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"statistics"})
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result", "check_in"})

    recovered_share: Annotated[float, Meta(gt=0, le=1)] = 0.5  # own choice
    quiet_days: Annotated[int, Meta(ge=1, le=14)] = 3  # in a row (own choice)
    baseline_days: Days = 28
    lag_days: Lag = 2  # between the baseline and the day: a slow rise does not hide itself
    severity: Severity = Severity.P2

    @property
    def reach_days(self) -> int:
        """How many days before a day its judgement may rest on."""
        return self.baseline_days + self.lag_days + BEFORE_THE_BASELINE

    @property
    def least(self) -> int:
        """Fewer open nothing."""
        return 1

    def says_of(self, counts: Sequence[DayCount], row: int) -> Said:
        """What it says of the day in this row; `counts` is a row for each day, in order."""
        first = max(0, row - self.reach_days)
        return _said(self, tuple(counts[first : row + 1]))

    def opens(self, said: Said) -> bool:
        """The day is far above what is usual."""
        return (
            said.number is not None
            and said.limit is not None
            and said.number > said.limit
            and said.number >= self.least
        )

    def is_over(self, last: Sequence[Said]) -> bool:
        """The last days, as many as it wants, were all judged and quiet."""
        return len(last) == self.quiet_days and all(self._is_quiet(one) for one in last)

    def _is_quiet(self, said: Said) -> bool:
        if said.number is None or said.limit is None:
            return False
        return said.number <= said.usual + self.recovered_share * (said.limit - said.usual)

    @abstractmethod
    def found(self, said: Said, homes: str) -> Present:
        """What is said of a day that opens; `homes` names those with the most cases."""

    def counted(self, count: DayCount) -> Count:
        """The day as the statistic takes it."""
        return Count(count.day, count.cases, count.residents or None)

    @abstractmethod
    def statistic(self) -> ClusterDetector:
        """The statistic with these parameters."""


@lru_cache(maxsize=4_096)  # some 20 MB
def _said(detector: RegionDetector, counts: tuple[DayCount, ...]) -> Said:
    """Remembered: of the days that are judged again and again hardly any has changed."""
    today = counts[-1]
    verdict: Verdict = detector.statistic().judge_alone([detector.counted(one) for one in counts])[-1]
    if verdict.statistic is None and verdict.limit is None:
        return Said(today.day)
    end = len(counts) - 1 - detector.lag_days
    past = [detector.counted(one) for one in counts[max(0, end - detector.baseline_days) : max(0, end)]]
    return Said(
        today.day,
        detector.counted(today).cases,
        verdict.limit,
        _usual([one for one in past if one.cases is not None], detector.counted(today)),
        today.tests,
    )


def _usual(past: Sequence[Count], today: Count) -> float:
    """The mean of the baseline's days; of positives the share, for as many tests as today."""
    cases, tests = sum(one.cases or 0 for one in past), sum(one.tests or 0 for one in past)
    if today.tests is not None:
        return today.tests * cases / tests if tests else 0.0
    return cases / len(past) if past else 0.0


class _CaseCount(RegionDetector, frozen=True):
    says: ClassVar[Says] = {"above": ("day", "cases", "usual", "limit", "homes")}


class EarsC1OfRegion(_CaseCount, frozen=True):
    """Mean of the week before plus `z` times its spread."""

    baseline_days: Days = 7
    lag_days: Lag = 0
    z: Positive = 6.0
    min_sigma: NotNegative = 2.0  # cases; the least spread

    def found(self, said: Said, homes: str) -> Present:
        return Present(self.severity, "above", (), _cases(said, homes))

    def statistic(self) -> ClusterDetector:
        return Ears(baseline=self.baseline_days, lag=self.lag_days, z=self.z, min_sigma=self.min_sigma)


class EarsC2OfRegion(EarsC1OfRegion, frozen=True):
    """The same with two days between the week and the day."""

    lag_days: Lag = 2

    def found(self, said: Said, homes: str) -> Present:
        return Present(self.severity, "above", (), _cases(said, homes))


class PredictedOfRegion(_CaseCount, frozen=True):
    """Above the 1 - alpha quantile of what the baseline predicts: negative binomial, per resident heard of."""

    alpha: Tail = 0.00001  # chance of a false alarm a day, were the past like today
    least_cases: Annotated[int, Meta(ge=1)] = 5  # fewer are for the rules of one home (own choice)

    @property
    def least(self) -> int:
        return self.least_cases

    def found(self, said: Said, homes: str) -> Present:
        return Present(self.severity, "above", (), _cases(said, homes))

    def statistic(self) -> ClusterDetector:
        from detectors.clusters.predictive import NegativeBinomial  # scipy: `load_statistics`

        return NegativeBinomial(alpha=self.alpha, baseline=self.baseline_days, lag=self.lag_days)


class PositivityOfRegion(RegionDetector, frozen=True):
    """More tests positive than the baseline's share makes likely: beta-binomial, for as many tests as today."""

    says: ClassVar[Says] = {"positivity": ("day", "positives", "tests", "share", "usual", "limit")}
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result"})

    alpha: Tail = 0.000003
    least_cases: Annotated[int, Meta(ge=1)] = 5  # positives (own choice)
    severity: Severity = Severity.P3

    @property
    def least(self) -> int:
        return self.least_cases

    def counted(self, count: DayCount) -> Count:
        return Count(count.day, count.positives, None, count.tests)

    def found(self, said: Said, homes: str) -> Present:
        facts = {
            "day": _date(said.day),
            "positives": str(said.number),
            "tests": str(said.tests),
            "share": f"{100 * (said.number or 0) / max(1, said.tests):.1f}",
            "usual": f"{said.usual:.1f}",
            "limit": f"{said.limit:.0f}",
        }
        return Present(self.severity, "positivity", (), facts)

    def statistic(self) -> ClusterDetector:
        from detectors.clusters.positivity import Positivity  # scipy: `load_statistics`

        return Positivity(alpha=self.alpha, baseline=self.baseline_days, lag=self.lag_days)


def load_statistics() -> None:
    """What the statistics need is loaded; the first county would wait a second for it, and all readings with it."""
    for name in ("positivity", "predictive"):
        import_module(f"detectors.clusters.{name}")


def homes_named(cases: Mapping[str, int], most: int = 3) -> str:
    """The homes with the most cases of a day.

    >>> homes_named({"F-2": 1, "F-1": 4, "F-3": 1, "F-4": 1})
    'F-1(4) F-2(1) F-3(1)'
    """
    ranked = sorted(cases.items(), key=lambda one: (-one[1], one[0]))[:most]
    return " ".join(f"{home}({number})" for home, number in ranked) or "-"


def _cases(said: Said, homes: str) -> dict[str, str]:
    return {
        "day": _date(said.day),
        "cases": str(said.number),
        "usual": f"{said.usual:.1f}",
        "limit": f"{said.limit:.1f}",
        "homes": homes,
    }


def _date(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
