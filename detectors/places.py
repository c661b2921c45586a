"""What the rules of a unit or a facility may look back on: its cases, and the days on which it was heard.

A place is a subject like a resident: the same fold, anchors and reconcile
(docs/decisions/0045). Its timeline holds signs of illness (`Case`) and the
days on which anything was reported (`ReportedDay`), derived from what counts
of its residents and staff. Signs of one person less than 14 days apart are one
illness: only the first is a new case. That of a facility also holds the hours
in which it was in contact (`Contact`), our own outages (`Outage`), and what it
says of its devices (`Equipment`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from detectors.contacts import Contacts
from detectors.detector import Detector
from detectors.history import History
from detectors.observations import Case, CheckIn, Contact, Element, Equipment, Outage, ReportedDay, TestResult
from detectors.profile import Profile
from detectors.times import DAY, NEVER, Millis

SubjectKind = Literal["resident", "unit", "facility", "region"]

SAME_ILLNESS: Final[Millis] = 14 * DAY
"""An outbreak is over after 14 days without a new case (CDC; configuration elsewhere): so long an illness goes on."""

CASES_KEPT: Final[Millis] = 60 * DAY
LOOK_BACK: Final[Millis] = CASES_KEPT + SAME_ILLNESS
"""What a view is built from: whether the oldest case kept was a new one is seen in the 14 days before it."""

CASE_HORIZON: Final[Millis] = 14 * DAY
"""Later tests and onsets change nothing (design.md, law 3: case counts 14 days)."""

CASE_SYMPTOMS: Final = frozenset(
    ("fever", "cough", "dyspnoea", "sore_throat", "runny_nose", "diarrhoea", "vomiting", "loss_of_taste_or_smell")
)
"""Of acute infection. Fatigue, pain and headache alone are everyday life in a home (own choice)."""


GONE: Final = ""
"""The unit of somebody who has left."""


class PlaceProfile(Profile, frozen=True):
    """What is known of a unit or a facility from `valid_from` on."""

    residents: int | None = None  # how many live there; None: nobody said
    units: Mapping[str, int] = MappingProxyType({})  # of a facility: how many live in each unit


class PlaceView(History):
    """The view a place's detector judges: new cases, reported days and contacts up to `at`, nothing of vital signs."""

    __slots__ = (
        "_equipment",
        "_last_positive",
        "_last_sign",
        "cases",
        "contacts",
        "is_new",
        "is_new_positive",
        "kind",
        "outages",
        "positives",
        "reported",
    )

    def __init__(self, profile: Profile, kind: SubjectKind = "facility") -> None:
        super().__init__(profile)
        self.kind = kind
        self.cases: list[Case] = []  # the first sign of each illness
        self.positives: list[Case] = []  # the first positive test of each
        self.reported: list[Millis] = []  # beginnings of the days
        self.contacts = Contacts()
        self.outages: list[Outage] = []
        self._equipment: list[Equipment] = []
        self.is_new = self.is_new_positive = False  # what the newest element is
        self._last_sign: dict[str, Millis] = {}
        self._last_positive: dict[str, Millis] = {}

    def add(self, element: Element) -> None:
        """The element has happened; it is later than everything added before."""
        self.pass_time(element.at)
        self.element = element
        if type(element) is ReportedDay:
            self.reported.append(element.at)
            self._forget(element.at)
        elif type(element) is Contact:
            self.contacts.add(element, self.profile)
        elif type(element) is Outage:
            self.outages.append(element)
        elif type(element) is Equipment:
            self._equipment.append(element)
        elif type(element) is Case:
            self.is_new = _is_first(self._last_sign, element)
            self.is_new_positive = element.sign == "positive" and _is_first(self._last_positive, element)
            if self.is_new:
                self.cases.append(element)
            if self.is_new_positive:
                self.positives.append(element)

    def pass_time(self, at: Millis) -> None:
        """A due time has come: nothing was observed."""
        super().pass_time(at)
        self.is_new = self.is_new_positive = False

    def new_cases(self, within: Millis = CASES_KEPT) -> list[Case]:
        """Whose illness began less than `within` ago, newest first."""
        return self._newest(self.cases, within)

    def new_positives(self, within: Millis = CASES_KEPT) -> list[Case]:
        """Who was first found positive less than `within` ago, newest first."""
        return self._newest(self.positives, within)

    def _newest(self, cases: list[Case], within: Millis) -> list[Case]:
        return [case for case in reversed(cases) if self.at - case.at < min(within, CASES_KEPT)]

    def equipment(self) -> list[Equipment]:
        """What was said of devices less than `CASES_KEPT` ago, newest first."""
        self._equipment[:] = [one for one in self._equipment if self.at - one.at < CASES_KEPT]
        return self._equipment[::-1]

    def days_reported(self, within: Millis) -> int:
        """On how many of the days that began within this time something was heard, today left out."""
        return sum(0 < self.at - day <= within for day in self.reported)

    def was_ever_heard(self) -> bool:
        """Something was reported or came within all that is looked back on."""
        return any(self.at - day <= CASES_KEPT for day in self.reported) or self.contacts.last(self.at) is not None

    def listened_since(self) -> Millis | None:
        """From when on we have listened without an outage; None: we do not listen now."""
        until = max((one.until for one in self.outages if self.at - one.until <= CASES_KEPT), default=-NEVER)
        return None if until > self.at else until

    def _forget(self, at: Millis) -> None:
        self.reported[:] = [day for day in self.reported if at - day <= CASES_KEPT]
        for cases in (self.cases, self.positives):
            cases[:] = [case for case in cases if at - case.at < CASES_KEPT]
        for last in (self._last_sign, self._last_positive):
            for person in [person for person, when in last.items() if at - when >= SAME_ILLNESS]:
                del last[person]


def _is_first(last: dict[str, Millis], case: Case) -> bool:
    """No sign of this person within the 14 days before; it is remembered."""
    before = last.get(case.person)
    last[case.person] = case.at
    return before is None or case.at - before >= SAME_ILLNESS


class PlaceDetector(Detector, frozen=True):
    """A detector whose view is that of a place; the contract is that of residents."""

    kinds: ClassVar[frozenset[str]] = frozenset({"facility"})


def place_view(view: History) -> PlaceView:
    """The view as a place's detector gets it from the fold of its place."""
    assert isinstance(view, PlaceView)
    return view


def case_of(element: Element, person: str, unit: str | None) -> Case | None:
    """The sign of illness in what was observed of a person; None: there is none."""
    if isinstance(element, TestResult) and element.result == "positive":
        return Case(element.at, element.id, person, "positive", (element.test, element.pathogen), unit)
    if isinstance(element, CheckIn) and element.symptoms and CASE_SYMPTOMS.intersection(element.symptoms):
        return Case(element.at, element.id, person, "symptoms", tuple(sorted(element.symptoms)), unit)
    return None


def place_profiles(
    home: Sequence[Profile],
    people: Mapping[str, Sequence[tuple[Millis, str | None]]],
    unit: str | None,
    registered_at: Millis | None = None,
) -> tuple[PlaceProfile, ...]:
    """The profiles of a facility, or of one of its units.

    `home` are the profiles of its unregistered residents, `people` the units
    of the registered ones, each from a time on; the first holds for ever before.
    A facility may be missed from when it was registered, else from its first element on.
    """
    moments = {profile.valid_from for profile in home} | {since for units in people.values() for since, _ in units[1:]}
    since = registered_at if unit is None else None
    return tuple(_place_profile(at, home, people, unit, since) for at in sorted(moments))


def unit_at(units: Sequence[tuple[Millis, str | None]], at: Millis) -> str | None:
    """Where somebody lived at a moment."""
    return next((unit for since, unit in reversed(units) if since <= at), units[0][1] if units else None)


def _place_profile(
    at: Millis,
    home: Sequence[Profile],
    people: Mapping[str, Sequence[tuple[Millis, str | None]]],
    unit: str | None,
    registered_at: Millis | None,
) -> PlaceProfile:
    there = [unit for units in people.values() if (unit := unit_at(units, at)) != GONE]
    sizes = {name: there.count(name) for name in sorted({name for name in there if name is not None})}
    here = next((profile for profile in reversed(home) if profile.valid_from <= at), home[0])
    return PlaceProfile(
        valid_from=at,
        zone=here.zone,
        cutoffs=here.cutoffs,
        mode=here.mode,
        checks_from=registered_at,
        residents=(len(there) or None) if unit is None else sizes.get(unit),
        units=sizes if unit is None else {},
    )
