"""What a facility says it lacks: no working oximeter for a day, or no working oxygen device (D35).

A report that leaves a number blank says nothing of it, and is not taken for zero.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar

from msgspec import Meta

from detectors.detector import ABSENT, Absent, Present, Question, Says, Severity, Unfinished
from detectors.history import History
from detectors.observations import Equipment
from detectors.places import PlaceDetector, place_view
from detectors.times import HOUR, Millis


class _Gap(PlaceDetector, frozen=True, metaclass=Unfinished):
    """Every report for so long said that none works; the next that says one does ends it. No warm-up."""

    says: ClassVar[Says] = {"none": ("since", "hours")}
    inputs: ClassVar[frozenset[str]] = frozenset({"facility_report"})
    hears: ClassVar[tuple[type, ...]] = (Equipment,)

    none_for_hours: Annotated[int, Meta(ge=0)] = 24  # catalogue D35
    working_again: Annotated[int, Meta(ge=1)] = 1  # as many, in one report (own choice)
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        element = place_view(view).element
        return type(element) is Equipment and self._number(element) is not None

    def judge(self, view: History) -> Present | Absent | None:
        newest, *_ = self._said(view)
        if self._number(newest):
            return ABSENT if (self._number(newest) or 0) >= self.working_again else None
        return self._found(view) if view.at >= self._due(view) else None

    def asks(self, view: History) -> Millis | None:
        """The first report of none asks whether it is still so when its time is over."""
        run = self._run(view)
        return self._due(view) if len(run) == 1 and self.none_for_hours else None

    def answered(self, view: History, question: Question) -> bool:
        return not self._run(view)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        return self._found(view)

    @abstractmethod
    def _number(self, said: Equipment) -> int | None:
        """How many of its devices work, as a report says; None: it does not say."""

    @abstractmethod
    def _found(self, view: History) -> Present:
        """It has lasted long enough."""

    def _said(self, view: History) -> list[Equipment]:
        """The reports that say this number, newest first."""
        return [one for one in place_view(view).equipment() if self._number(one) is not None]

    def _run(self, view: History) -> list[Equipment]:
        """The newest of them, as far as they say that none works."""
        said = self._said(view)
        end = next((n for n, one in enumerate(said) if self._number(one)), len(said))
        return said[:end]

    def _due(self, view: History) -> Millis:
        return self._run(view)[-1].at + self.none_for_hours * HOUR

    def _facts(self, view: History) -> dict[str, str]:
        return {"since": view.profile.clock(self._run(view)[-1].at), "hours": str(self.none_for_hours)}


class NoOximeter(_Gap, frozen=True):
    """No oximeter of the facility has worked for a day: nobody's oxygen is watched.

    >>> from detectors.places import PlaceProfile, PlaceView
    >>> view = PlaceView(PlaceProfile())
    >>> rule = NoOximeter()
    >>> view.add(Equipment(0, "a", oximeters=0))
    >>> rule.judge(view), rule.asks(view) == 24 * HOUR
    (None, True)
    >>> view.add(Equipment(24 * HOUR, "b", oximeters=0))
    >>> rule.judge(view).because
    'none'
    """

    def _number(self, said: Equipment) -> int | None:
        return said.oximeters

    def _found(self, view: History) -> Present:
        return Present(self.severity, "none", tuple(self._run(view)[:1]), self._facts(view))


class NoOxygenDevice(_Gap, frozen=True):
    """No oxygen device of the facility works: whoever needs oxygen must leave, which is told at once."""

    none_for_hours: Annotated[int, Meta(ge=0)] = 0

    def _number(self, said: Equipment) -> int | None:
        return said.oxygen_devices

    def _found(self, view: History) -> Present:
        return Present(self.severity, "none", tuple(self._run(view)[:1]), self._facts(view))
