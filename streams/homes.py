"""What a worker remembers of a facility between batches: its residents' folds and open episodes.

It is a cache over the store, valid only for the facility's version, and can
always be loaded again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from alerts.apply import Home as Place
from alerts.reconcile import Stored
from detectors.fold import Folder
from detectors.observations import Contact
from detectors.places import SubjectKind
from detectors.schedule import Schedule
from detectors.state import BEFORE_ALL, RETIRED, Key
from detectors.subject import Subject
from detectors.times import NEVER, Millis
from store.homes import PersonRow
from store.profiles import Profiles


class Person:
    """A resident as the worker judges them; or a unit, or the facility itself."""

    __slots__ = ("code", "id", "kind", "open", "subject")

    def __init__(self, row: PersonRow, folder: Folder) -> None:
        self.id: Final = row.id
        self.code: Final = row.code
        self.kind: Final = row.kind
        self.subject = Subject(folder)
        self.open: list[Stored] = []  # episodes that had not ended when last reconciled


class Home:
    """A facility at one version."""

    __slots__ = (
        "apart",
        "calendar",
        "code",
        "contacts",
        "due_at",
        "good_until",
        "id",
        "known",
        "looked_until",
        "newcomers",
        "outages_known",
        "people",
        "place",
        "place_ids",
        "ran",
        "reported",
        "resident_ids",
        "rules",
        "unheard",
        "unjudged",
        "version",
    )

    def __init__(self, facility_id: int, code: str, version: int, known: Profiles, rules: Schedule) -> None:
        self.id = facility_id
        self.code = code
        self.version = version
        self.known = known
        self.calendar = known.default[-1]  # where a local day begins
        self.rules = rules
        self.apart = rules.apart  # conditions that are judged by region and day
        self.place = Place(facility_id, known.region, rules)  # as alerts name it
        self.looked_until: Millis = -NEVER
        self.ran = 0  # how often rules were asked, until somebody counts it
        self.due_at: Millis | None = None  # as the store has it
        self.good_until: Millis = NEVER  # from here on it is loaded again: the days of an earlier stay have settled
        self.newcomers: set[int] = set()  # residents whose history reads another stay
        self.people: dict[int, Person] = {}
        self.resident_ids: dict[str, int] = {}  # of the residents among them, by their codes
        self.place_ids: dict[tuple[SubjectKind, str], int] = {}  # of the places
        self.unjudged: set[int] = set()  # places that became known by a profile: judged from their first case
        self.reported: set[int] = set()  # local days known to be on record as reported
        self.unheard: dict[int, Key] = {}  # places whose silence means something else from a moment on
        self.outages_known = 0  # beginnings and ends of our outages its silence was judged with
        self.contacts: set[Contact] = set()  # contacts known to be on record

    def add(self, row: PersonRow) -> Person:
        """The subject is judged from now on; missed checks of a resident count from when they became known."""
        if row.kind == "resident":
            folder = Folder(self.known.of(row.id, row.known_from), self.rules)
            self.resident_ids[row.code] = row.id
        else:
            unit = row.code if row.kind == "unit" else None
            folder = Folder(self.known.places(unit), self.rules, gated=False, kind=row.kind)
            self.place_ids[row.kind, row.code] = row.id
        person = self.people[row.id] = Person(row, folder)
        return person

    def to_judge_again(self, since: Millis | None) -> dict[int, Key]:
        """Who was judged at or after a moment from which other profiles or rules count, and from where on."""
        again: dict[int, Key] = dict.fromkeys(self.unjudged, BEFORE_ALL)
        self.unjudged = set()
        if since is not None:
            cut: Key = (since, RETIRED, "")
            again |= {person.id: cut for person in self.people.values() if person.subject.key >= cut}
        for number, key in self.unheard.items():
            again[number] = min(key, again.get(number, key))
        self.unheard = {}
        return again

    def take_ran(self) -> int:
        """How often rules were asked since this was last called."""
        ran, self.ran = self.ran, 0
        return ran

    @property
    def wakes_at(self) -> Millis:
        """When something is due for somebody here."""
        return min((person.subject.wakes_at for person in self.people.values()), default=NEVER)


class Homes:
    """The most recently used facilities."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._homes: OrderedDict[int, Home] = OrderedDict()

    def get(self, facility_id: int, version: int) -> Home | None:
        """The facility, if what is remembered is of this version."""
        home = self._homes.get(facility_id)
        if home is None or home.version != version:
            self._homes.pop(facility_id, None)
            return None
        self._homes.move_to_end(facility_id)
        return home

    def keep(self, homes: Iterable[Home]) -> None:
        """Remembers what has been committed."""
        for home in homes:
            self._homes[home.id] = home
            self._homes.move_to_end(home.id)
        while len(self._homes) > self._most:
            self._homes.popitem(last=False)

    def forget(self, facility_ids: Iterable[int]) -> None:
        """What may be wrong is loaded again."""
        for facility_id in facility_ids:
            self._homes.pop(facility_id, None)

    def clear(self) -> None:
        """Nothing is remembered."""
        self._homes.clear()

    def __len__(self) -> int:
        return len(self._homes)
