"""Outbreaks by definition: the first case of a facility (D28), cases close together (D29), and when it is over (D34).

Onsets count in event time, so whatever order reports arrive in, the same day
is flagged. Silence is not quiet: an outbreak is over only by days that were
reported.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from detectors.clusters.window import LEAST_K, scaled_k
from detectors.detector import ABSENT, Absent, Ascending, Present, Question, Says, Severity
from detectors.history import History
from detectors.observations import Case, ReportedDay
from detectors.places import PlaceDetector, PlaceProfile, PlaceView, place_view
from detectors.times import DAY, HOUR, Millis


class _Ending(PlaceDetector, frozen=True):
    """Quiet for so long, on enough days that were reported, is over."""

    ascending: ClassVar[Ascending] = (("least_reported_days", "over_days"),)

    over_days: Annotated[int, Meta(ge=1, le=60)] = 14  # without a new case (CDC: two incubations; UK homes use 28)
    least_reported_days: Annotated[int, Meta(ge=0)] = 10  # of these days, seven in ten (own choice)

    def judge_quiet(self, view: PlaceView, newer: list[Case]) -> Absent | None:
        """A day was reported; `newer` are the cases of the last `over_days`."""
        return ABSENT if not newer and self.was_reported(view) else None

    def was_reported(self, view: PlaceView) -> bool:
        """Enough of the last days were reported for their quiet to mean something."""
        return view.days_reported(self.over_days * DAY) >= self.least_reported_days


class FirstCase(_Ending, frozen=True):
    """A positive test of anybody in the facility; the clock of the whole-facility test starts.

    One infection means that everybody is tested at once (China, testing plan of
    2022-12-27; CMS: one case is an outbreak). Each day until that is done means
    1.3 more cases (288 homes in the US).
    """

    says: ClassVar[Says] = {"first_case": ("test", "pathogen", "hours", "due")}
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result"})

    test_everybody_within_hours: int = 24  # "at once" in the plan; the number is configuration
    severity: Severity = Severity.P1

    def applies(self, view: History) -> bool:
        here = place_view(view)
        return here.is_new_positive or type(here.element) is ReportedDay

    def judge(self, view: History) -> Present | Absent | None:
        here = place_view(view)
        if not here.is_new_positive:
            return self.judge_quiet(here, here.new_positives(self.over_days * DAY))
        (case, *_) = here.new_positives()
        test, pathogen = case.said
        facts = {"test": test, "pathogen": pathogen, "hours": str(self.test_everybody_within_hours)}
        return Present(self.severity, "first_case", (case,), facts | {"due": here.profile.clock(self._due(here))})

    def asks(self, view: History) -> Millis | None:
        """Everybody is to be tested; asked at the first case, and not at each that follows."""
        here = place_view(view)
        is_first = here.is_new_positive and len(here.new_positives(self.over_days * DAY)) == 1
        return self._due(here) if is_first else None

    def _due(self, view: PlaceView) -> Millis:
        return view.at + self.test_everybody_within_hours * HOUR


class CasesTogether(_Ending, frozen=True):
    """At least so many people of one unit, or of the facility, fell ill within 72 hours.

    The number follows the size: what chance reaches on at most `chance` of
    days, at least 2 (`clusters.window`). What a unit's own alert says already is
    not said again of the facility.
    """

    says: ClassVar[Says] = {"together": ("count", "limit", "hours")}
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result", "check_in"})
    kinds: ClassVar[frozenset[str]] = frozenset({"unit", "facility"})

    cases: int = 0  # that make a cluster; 0: by the size of the unit. Washington State 2020: 2, Wisconsin: 3
    within_hours: int = 72  # less than this apart: outbreak definitions of Wisconsin and Washington
    rate_per_1000: float = 1.5  # usual cases per 1,000 resident-days (assumed order of magnitude)
    chance: float = 0.005  # share of days on which chance may reach the number (own choice)
    severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        here = place_view(view)
        return here.is_new or type(here.element) is ReportedDay

    def judge(self, view: History) -> Present | Absent | None:
        here = place_view(view)
        if not here.is_new:
            return self.judge_quiet(here, here.new_cases(self.over_days * DAY))
        profile, together = here.profile, tuple(here.new_cases(self.within_hours * HOUR))
        assert isinstance(profile, PlaceProfile)
        limit = self.limit_of(profile.residents)
        if len(together) < limit or (here.kind == "facility" and self._is_of_a_unit(profile, together)):
            return None
        facts = {"count": str(len(together)), "limit": str(limit), "hours": str(self.within_hours)}
        return Present(self.severity, "together", together, facts)

    def limit_of(self, residents: int | None) -> int:
        """How many cases make a cluster where so many live; None: nobody knows."""
        if self.cases:
            return self.cases
        if residents is None:
            return LEAST_K
        return scaled_k(residents * self.within_hours / 24 * self.rate_per_1000 / 1000, self.chance)

    def _is_of_a_unit(self, profile: PlaceProfile, together: tuple[Case, ...]) -> bool:
        units = [case.unit for case in together if case.unit is not None]
        return any(units.count(unit) >= self.limit_of(profile.units.get(unit)) for unit in set(units))


class OutbreakOver(_Ending, frozen=True):
    """No new case for 14 days after a positive test or several cases; where too few days were reported, look.

    It is for information, and ends with the next case or when it has been shown for some days.
    """

    says: ClassVar[Says] = {"over": ("days",), "unheard": ("days", "reported")}
    inputs: ClassVar[frozenset[str]] = frozenset({"test_result", "check_in"})

    least_cases: int = 2  # that were an outbreak without any positive test
    shown_days: int = 7  # own choice
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        here = place_view(view)
        return self._is_case(here) or type(here.element) is ReportedDay

    def judge(self, view: History) -> Present | Absent | None:
        here = place_view(view)
        if self._is_case(here):
            return ABSENT
        newest = self._run(here)[:1]
        return None if newest and here.at - newest[0].at < (self.over_days + self.shown_days) * DAY else ABSENT

    def asks(self, view: History) -> Millis | None:
        """At the first midnight after the quiet time."""
        here = place_view(view)
        if not self._is_case(here):
            return None
        day = here.profile.day_of(here.at + self.over_days * DAY - 1)
        return here.profile.midnight(day + 1)

    def answered(self, view: History, question: Question) -> bool:
        """Another case: the time begins anew."""
        here = place_view(view)
        return self._is_case(here)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        here = place_view(view)
        run = self._run(here)
        if not any(case.sign == "positive" for case in run) and len(run) < self.least_cases:
            return None
        reported = here.days_reported(self.over_days * DAY)
        if self.was_reported(here):
            return Present(self.severity, "over", (run[0],), {"days": str(self.over_days)})
        facts = {"days": str(self.over_days), "reported": str(reported)}
        return Present(self.severity, "unheard", (run[0],), facts)

    def _is_case(self, view: PlaceView) -> bool:
        return view.is_new or view.is_new_positive

    def _run(self, view: PlaceView) -> list[Case]:
        """The cases of the outbreak, newest first: each less than the quiet time before the next."""
        cases = {(case.at, case.id): case for case in (*view.new_cases(), *view.new_positives())}
        newest = [cases[key] for key in sorted(cases, reverse=True)]
        end = next(
            (n for n in range(1, len(newest)) if newest[n - 1].at - newest[n].at >= self.over_days * DAY), len(newest)
        )
        return newest[:end]
