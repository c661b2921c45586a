"""What a worker remembers of a facility between batches: its residents' folds and open episodes.

It is a cache over the store, valid only for the facility's version, and can
always be loaded again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from alerts.reconcile import Stored
from detectors.fold import Folder
from detectors.profile import Profile
from detectors.rules import RuleSet
from detectors.subject import Subject
from detectors.times import NEVER, Millis


class Person:
    """A resident as the worker judges them."""

    __slots__ = ("code", "id", "open", "subject")

    def __init__(self, resident_id: int, code: str, folder: Folder) -> None:
        self.id = resident_id
        self.code = code
        self.subject = Subject(folder)
        self.open: list[Stored] = []  # episodes that had not ended when last reconciled


class Home:
    """A facility at one version."""

    __slots__ = ("code", "id", "looked_until", "people", "profiles", "rules", "version")

    def __init__(
        self,
        facility_id: int,
        code: str,
        version: int,
        looked_until: Millis,
        profiles: dict[int, tuple[Profile, ...]],
        default: Profile,
        rules: RuleSet,
    ) -> None:
        self.id = facility_id
        self.code = code
        self.version = version
        self.looked_until = looked_until
        self.profiles = profiles
        self.profiles.setdefault(0, (default,))
        self.rules = rules
        self.people: dict[int, Person] = {}

    def person(self, resident_id: int, code: str) -> Person:
        """The resident, begun when first asked for."""
        found = self.people.get(resident_id)
        if found is None:
            profiles = self.profiles.get(resident_id) or self.profiles[0]
            found = self.people[resident_id] = Person(resident_id, code, Folder(profiles, self.rules))
        return found

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
