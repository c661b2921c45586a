"""Units and facilities judged in memory: what counts of residents and staff, told to where it happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from detectors.corrections import Arrival, Placed, is_in_time
from detectors.engine import Engine, Life, ProfilesOf, what_counts
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.observations import Element, ReportedDay
from detectors.places import CASE_HORIZON, SubjectKind, case_of
from detectors.state import Key
from detectors.subjects import SubjectName
from detectors.timeline import key_of
from detectors.times import Millis

UnitOf = Callable[[SubjectName, Millis], str | None]
"""Where a resident lives at a moment; None: nobody knows."""


def told_of(placed: Placed, unit_of: UnitOf) -> list[tuple[str, Element]]:
    """The places in whose timelines an observation is a sign of illness, each with it."""
    who = SubjectName.parse(placed.resident)
    said = getattr(placed.element, "unit", None)
    case = case_of(placed.element, who.person, said or unit_of(who, placed.element.at))
    if case is None:
        return []
    places = [SubjectName(who.facility, "facility", who.facility)]
    if case.unit is not None:
        places.append(SubjectName(who.facility, "unit", case.unit))
    return [(str(place), case) for place in places]


class PlaceEngine(Engine):
    """The engine over places: arrivals of residents and staff in any order in, the episodes of places out.

    Subjects are named as `SubjectName` writes them. A place is known from its first case.
    """

    def __init__(self, profiles_of: ProfilesOf, unit_of: UnitOf) -> None:
        super().__init__(profiles_of, gated=False)
        self._horizon = CASE_HORIZON
        self._unit_of = unit_of
        self._days: dict[str, set[Millis]] = {}
        self._new_days: list[tuple[str, Millis]] = []

    def heard(self, facility: str, day: Millis) -> None:
        """Something was reported of a facility on the local day that begins then."""
        days = self._days.setdefault(facility, set())
        if day not in days:
            days.add(day)
            self._new_days.append((facility, day))

    def life(self, resident: str) -> Life:
        """The place's life, begun with the days on which its facility was heard."""
        if resident not in self.lives:
            name = SubjectName.parse(resident)
            life = self.lives[resident] = self._begun(folder_of(name, self._profiles_of))
            for day in self._days.get(name.facility, ()):
                life.place(None, ReportedDay(day, "day"))
            self._watch(resident)
        return self.lives[resident]

    def _know(self, arrival: Arrival) -> None:
        """A place is known when it has a case."""

    def _told_of(self, placed: Placed) -> list[tuple[str, Element]]:
        return told_of(placed, self._unit_of)

    def _announce(self, touched: dict[str, Key]) -> None:
        for facility, day in self._new_days:
            for place, life in self.lives.items():
                if SubjectName.parse(place).facility == facility:
                    first = life.place(None, ReportedDay(day, "day"))
                    touched[place] = min(first, touched.get(place, first))
        self._new_days.clear()


def folder_of(name: SubjectName, profiles_of: ProfilesOf) -> Folder:
    """The fold of a place."""
    kind: SubjectKind = "unit" if name.kind == "unit" else "facility"
    return Folder(*profiles_of(str(name)), gated=False, kind=kind)


def place_reference(
    arrivals: Iterable[Arrival],
    days: Mapping[str, Iterable[Millis]],
    profiles_of: ProfilesOf,
    unit_of: UnitOf,
    until: Millis,
) -> dict[str, list[Episode]]:
    """All at once, in order, without anchors or repair: what the engine must equal for every place with a case."""
    timelines: dict[str, list[Element]] = {}
    for placed in what_counts(one for one in arrivals if is_in_time(one.event, one.received_at, CASE_HORIZON)):
        for place, case in told_of(placed, unit_of):
            timelines.setdefault(place, []).append(case)
    found = {}
    for place, cases in timelines.items():
        name = SubjectName.parse(place)
        elements = [*cases, *(ReportedDay(day, "day") for day in days.get(name.facility, ()))]
        found[place] = episodes_of(fold(folder_of(name, profiles_of), sorted(elements, key=key_of), until))
    return found
