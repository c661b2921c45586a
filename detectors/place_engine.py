"""Units and facilities judged in memory: what counts of residents and staff, told to where it happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from detectors.corrections import Arrival, Placed, is_in_time
from detectors.engine import Engine, Life, ProfilesOf, what_counts
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.observations import Contact, Element, Equipment, Outage, ReportedDay
from detectors.places import CASE_HORIZON, SubjectKind, case_of
from detectors.state import Key
from detectors.subjects import SubjectName
from detectors.timeline import key_of
from detectors.times import Millis

Heard = ReportedDay | Contact | Outage
"""What a facility is told beside signs of illness."""

UnitOf = Callable[[SubjectName, Millis], str | None]
"""Where a resident lives at a moment; None: nobody knows."""


def told_of(placed: Placed, unit_of: UnitOf) -> list[tuple[str, Element]]:
    """The places to which an observation is told, each with what it is there: signs of illness, a home's equipment."""
    who = SubjectName.parse(placed.resident)
    if isinstance(placed.element, Equipment):
        return [(placed.resident, placed.element)] if placed.element.says_something else []
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

    Subjects are named as `SubjectName` writes them. A unit is known from its first case, a facility once it was heard.
    """

    def __init__(self, profiles_of: ProfilesOf, unit_of: UnitOf) -> None:
        super().__init__(profiles_of, gated=False)
        self._horizon = CASE_HORIZON
        self._unit_of = unit_of
        self._heard: dict[str, dict[Key, Heard]] = {}
        self._news: list[tuple[str, Heard | None, Heard]] = []
        self._places: dict[str, list[SubjectName]] = {}  # of each facility, those that are known

    def hear(self, facility: str, what: Heard) -> None:
        """The facility was heard, or we did not listen to it; an outage that is known already may have ended."""
        known = self._heard.setdefault(facility, {})
        before = known.get(key_of(what))
        if what != before:
            known[key_of(what)] = what
            self._news.append((facility, before, what))

    def know(self, facility: str) -> None:
        """The facility is known although nothing was heard of it."""
        self.life(str(SubjectName(facility, "facility", facility)))

    def life(self, resident: str) -> Life:
        """The place's life, begun with what was heard of its facility."""
        if resident not in self.lives:
            name = SubjectName.parse(resident)
            life = self.lives[resident] = self._begun(folder_of(name, self._profiles_of))
            self._places.setdefault(name.facility, []).append(name)
            for what in self._heard.get(name.facility, {}).values():
                if concerns(what, name.kind):
                    life.place(None, what)
            self._watch(resident)
        return self.lives[resident]

    def _know(self, arrival: Arrival) -> None:
        """A unit is known when it has a case."""

    def _told_of(self, placed: Placed) -> list[tuple[str, Element]]:
        return told_of(placed, self._unit_of)

    def _announce(self, touched: dict[str, Key]) -> None:
        news, self._news = self._news, []
        begun = {str(SubjectName(facility, "facility", facility)) for facility, _, _ in news} - self.lives.keys()
        for place in begun:
            life = self.life(place)
            if life.timeline.keys:
                touched[place] = life.timeline.keys[0]
        for facility, before, what in news:
            for name in self._places[facility]:
                place = str(name)
                if place not in begun and concerns(what, name.kind):
                    first = self.lives[place].place(before, what)
                    touched[place] = min(first, touched.get(place, first))


def concerns(what: Heard, kind: str) -> bool:
    """Days concern the units too; contacts and outages only the facility."""
    return kind == "facility" or type(what) is ReportedDay


def folder_of(name: SubjectName, profiles_of: ProfilesOf) -> Folder:
    """The fold of a place."""
    kind: SubjectKind = "unit" if name.kind == "unit" else "facility"
    return Folder(*profiles_of(str(name)), gated=False, kind=kind)


def place_reference(
    arrivals: Iterable[Arrival],
    heard: Mapping[str, Iterable[Heard]],
    profiles_of: ProfilesOf,
    unit_of: UnitOf,
    until: Millis,
) -> dict[str, list[Episode]]:
    """All at once, in order, without anchors or repair: what the engine must equal for every place that is known."""
    timelines: dict[str, list[Element]] = {str(SubjectName(one, "facility", one)): [] for one in heard}
    for placed in what_counts(one for one in arrivals if is_in_time(one.event, one.received_at, CASE_HORIZON)):
        for place, case in told_of(placed, unit_of):
            timelines.setdefault(place, []).append(case)
    found = {}
    for place, cases in timelines.items():
        name = SubjectName.parse(place)
        elements = [*cases, *(one for one in heard.get(name.facility, ()) if concerns(one, name.kind))]
        found[place] = episodes_of(fold(folder_of(name, profiles_of), sorted(elements, key=key_of), until))
    return found
