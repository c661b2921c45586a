"""More cases than chance brings (D30): a log-likelihood-ratio CUSUM per facility, its usual rate lent by its region.

Each day stands for itself: its score is the strongest evidence of any stretch
of the last weeks that ends on it, so a late report corrects the days it
touches and the order of arrival is nothing. While many homes of a county are
in outbreak no home's alarm is opened: the county has one, with the ranking of
where to look first (`detectors.ranking`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.clusters.counts import Count, Series
from detectors.clusters.cusum import evidence
from detectors.clusters.rates import PastRates
from detectors.detector import Ascending, Present, Says, Severity
from detectors.observations import Case
from detectors.places import SAME_ILLNESS, PlaceDetector
from detectors.times import Millis


class Score(Struct, frozen=True):
    """What one day of one facility says."""

    day: int
    score: float | None  # None: not enough history
    cases: int = 0  # of the stretch that speaks most for an outbreak
    days: int = 0  # its length
    expected: float = 0.0  # cases usual in it


class WaveDay(Struct, frozen=True):
    """How many facilities of a county are in excess on a day, of how many that are judged."""

    day: int
    above: int
    known: int


class CaseExcess(PlaceDetector, frozen=True):
    """The score exceeds `limit`, and it is over when hardly any stretch speaks for an outbreak any more.

    Silent until the region has `least_days` of history before the guard.
    """

    says: ClassVar[Says] = {"excess": ("cases", "days", "expected"), "wave": ("above", "known", "homes")}
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result", "check_in"})
    kinds: ClassVar[frozenset[str]] = frozenset({"statistics"})
    ascending: ClassVar[Ascending] = (("recovered", "limit"),)

    limit: Annotated[float, Meta(gt=0)] = 7.25  # what a false-alarm budget allows: `sizao backtest solve`
    recovered: Annotated[float, Meta(ge=0)] = 2.0  # 7 to 1 (own choice)
    ratio: Annotated[float, Meta(gt=1)] = 4.0  # an outbreak's rate over the usual one
    dispersion: Annotated[float, Meta(ge=0)] = 0.0  # of daily counts: variance = mean + dispersion * mean^2
    look_back_days: Annotated[int, Meta(ge=3, le=60)] = 28  # the longest stretch (own choice)
    window_days: Annotated[int, Meta(ge=7)] = 56  # of the past that the rate is learnt from (own choice)
    guard_days: Annotated[int, Meta(ge=14)] = 14  # before the day that it is not: cases may come 14 days late
    least_days: Annotated[int, Meta(ge=1)] = 14  # of the past before it says anything (own choice)
    wave_share: Annotated[float, Meta(gt=0, le=1)] = 0.3  # of a region's facilities in excess: a wave (own choice)
    wave_least: Annotated[int, Meta(ge=1)] = 5  # and at least so many facilities (own choice)
    wave_over_days: Annotated[int, Meta(ge=1, le=14)] = 7  # without one in a row: it is over (own choice)
    severity: Severity = Severity.P2

    @property
    def reach_days(self) -> int:
        """How many days before a day its score may rest on."""
        return self.window_days + self.guard_days + self.look_back_days

    def scores(self, region: Mapping[str, Series], first: int) -> dict[str, list[Score]]:
        """Of each facility the scores of its days from `first` on; the series reach back `reach_days` before it."""
        rates = PastRates(region, self.window_days, self.guard_days, self.least_days)
        found = {}
        for name, counts in region.items():
            usual = [rates.expected(name, row, count.day) for row, count in enumerate(counts)]
            rows = [row for row, count in enumerate(counts) if count.day >= first]
            found[name] = [self._score(counts, usual, row) for row in rows]
        return found

    def _score(self, counts: Series, usual: Sequence[float | None], row: int) -> Score:
        """The strongest evidence of a stretch that ends on this day, all of it against the usual rate of this day."""
        today, expected = counts[row], usual[row]
        if expected is None or expected <= 0:
            return Score(today.day, None)
        worth = evidence(expected, self.ratio, self.dispersion)
        total, cases, reported = 0.0, 0, 0
        best = Score(today.day, 0.0)
        for at in range(row, -1, -1):
            count = counts[at]
            if today.day - count.day >= self.look_back_days:
                break
            if count.cases is None:
                continue
            total += count.cases * worth.per_case - worth.drift
            cases, reported = cases + count.cases, reported + 1
            if best.score is not None and total > best.score:
                best = Score(today.day, total, cases, today.day - count.day + 1, expected * reported)
        return best

    def wave_days(self, scores: Mapping[str, Sequence[Score]]) -> list[WaveDay]:
        """Day by day how many facilities are in excess."""
        found = []
        for today in zip(*scores.values(), strict=True):
            known = [one.score for one in today if one.score is not None]
            found.append(WaveDay(today[0].day, sum(score > self.limit for score in known), len(known)))
        return found

    def is_wave(self, day: WaveDay) -> bool:
        """So many facilities of a county are in excess that alarms would only say what everybody knows."""
        return day.above >= self.wave_least and day.above >= self.wave_share * day.known

    def wave_course(self, days: Sequence[WaveDay], first: int, standing: bool) -> list[tuple[WaveDay, bool]]:
        """(day, whether the wave stands) from the day `first` on; `days` begin `wave_over_days` before it."""
        course = []
        for row, day in enumerate(days):
            if day.day < first:
                continue
            last = days[max(0, row + 1 - self.wave_over_days) : row + 1]
            standing = any(map(self.is_wave, last)) if standing else self.is_wave(day)
            course.append((day, standing))
        return course

    def course(self, scores: Sequence[Score], waves: frozenset[int], standing: bool) -> list[tuple[Score, bool]]:
        """(score, whether it now stands) at every day on which that changes; `standing` before the first."""
        changes = []
        for one in scores:
            if one.score is None:
                continue
            now = one.score > self.recovered if standing else one.score > self.limit and one.day not in waves
            if now != standing:
                changes.append((one, now))
            standing = now
        return changes

    def found(self, score: Score, evidence: tuple[Case, ...]) -> Present:
        """What is said of a day that opens; `evidence` are the cases of its stretch, newest first."""
        facts = {"cases": str(score.cases), "days": str(score.days), "expected": f"{score.expected:.1f}"}
        return Present(self.severity, "excess", evidence, facts)

    def wave(self, day: WaveDay, homes: str) -> Present:
        """What is said of a county when a wave begins; `homes` are worsening fastest."""
        facts = {"above": str(day.above), "known": str(day.known), "homes": homes}
        return Present(self.severity, "wave", (), facts)


def new_cases_by_day(signs: Iterable[tuple[Millis, str, int]]) -> dict[int, int]:
    """Illnesses by their first day, of signs (when, whose, local day) in order of time."""
    last: dict[str, Millis] = {}
    found: dict[int, int] = {}
    for at, person, day in signs:
        if at - last.get(person, -SAME_ILLNESS) >= SAME_ILLNESS:
            found[day] = found.get(day, 0) + 1
        last[person] = at
    return found


def series_of(cases: Mapping[int, int], reported: Iterable[int], residents: int, first: int, last: int) -> list[Count]:
    """The days first..last of a facility; a day without any report and any case was not reported."""
    known = {*reported, *cases}
    return [
        Count(day, cases.get(day, 0) if day in known else None, residents or None) for day in range(first, last + 1)
    ]
