"""A resident's timeline: the elements that count, in order, and the history they make at any cut."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence

from detectors.days import DaySummary, summarise
from detectors.fold import Folder
from detectors.history import SUMMARY_DAYS, History
from detectors.observations import CheckIn, Element, Presence, Reading
from detectors.places import LOOK_BACK
from detectors.profile import Profile
from detectors.recent import RAW_AGE
from detectors.state import OBSERVED, Key
from detectors.times import Millis


def key_of(element: Element) -> Key:
    """Where an element stands in the order of everything."""
    return (element.at, OBSERVED, element.id)


class Timeline:
    """Elements in order, and summaries of the days before them.

    In memory it may hold a whole life; read from the store it holds a window
    that begins at a local midnight, with `summaries` for the days before.
    """

    def __init__(
        self,
        elements: Iterable[Element] = (),
        summaries: dict[int, DaySummary] | None = None,
        begins: Millis | None = None,
        earlier: Mapping[int, DaySummary] | None = None,
    ) -> None:
        """`begins` is the time of the resident's first element, where `elements` is only a window.

        `earlier` are the days of a stay that this one goes on from.
        """
        self._begins = begins
        self.elements: list[Element] = sorted(elements, key=key_of)
        self.keys: list[Key] = [key_of(element) for element in self.elements]
        self._before = dict(summaries or {})
        self._earlier = dict(earlier or {})
        self._days: dict[int, DaySummary] = {}

    def insert(self, element: Element, profile: Profile) -> None:
        """The element is in its place."""
        key = key_of(element)
        index = bisect.bisect_left(self.keys, key)
        self.keys.insert(index, key)
        self.elements.insert(index, element)
        self._days.pop(profile.day_of(element.at), None)

    def remove(self, element: Element, profile: Profile) -> None:
        """The element never happened."""
        index = bisect.bisect_left(self.keys, key_of(element))
        del self.keys[index], self.elements[index]
        self._days.pop(profile.day_of(element.at), None)

    def after(self, key: Key) -> Sequence[Element]:
        """The elements later than `key`."""
        return self.elements[bisect.bisect_right(self.keys, key) :]

    def reaches_before(self, key: Key) -> bool:
        """Something was observed earlier than `key`."""
        if self._begins is not None and self._begins < key[0]:
            return True
        return bool(self.keys) and self.keys[0] < key

    def history(self, folder: Folder, key: Key) -> History:
        """The history right after `key`: day summaries, then the elements from the midnight at least 72 h before.

        It equals one built in order from the first element (tests/unit/detectors/test_history.py).
        """
        if folder.kind != "resident":
            return self._place_history(folder, key)
        profile = folder.profile_at(key[0])
        view = History(profile)
        first_day = profile.day_of(key[0] - RAW_AGE)
        view.days.put_all((d, one) for d, one in self._earlier.items() if d >= first_day - SUMMARY_DAYS - 1)
        begin = bisect.bisect_left(self.keys, (profile.midnight(first_day), OBSERVED, ""))
        for day in range(first_day - SUMMARY_DAYS - 1, first_day):
            summary = self.summary(day, profile)
            if summary is not None:
                view.days.put(day, summary)
                view.where.follows(summary)
                for test in summary.tests:
                    view.hear_of(test)
        view.presence, view.presence_at = self._presence_before(begin, first_day, profile)
        for element in self.elements[begin : bisect.bisect_right(self.keys, key)]:
            view.profile = folder.profile_at(element.at)
            view.add(element)
            if type(element) is Reading:
                folder.passes(view, element)
        view.pass_time(max(view.at, key[0]))
        return view

    def _place_history(self, folder: Folder, key: Key) -> History:
        view = folder.view(folder.profile_at(key[0]))
        begin = bisect.bisect_left(self.keys, (key[0] - LOOK_BACK, OBSERVED, ""))
        for element in self.elements[begin : bisect.bisect_right(self.keys, key)]:
            view.profile = folder.profile_at(element.at)
            view.add(element)
        view.pass_time(max(view.at, key[0]))
        return view

    def summary(self, day: int, profile: Profile) -> DaySummary | None:
        """One local day: medians at rest on air, and the presence last stated; None when nothing was observed."""
        if day not in self._days:
            start = bisect.bisect_left(self.keys, (profile.midnight(day), OBSERVED, ""))
            end = bisect.bisect_left(self.keys, (profile.midnight(day + 1), OBSERVED, ""))
            if start == end:
                return self._before.get(day)
            self._days[day] = summarise(self.elements[start:end])
        return self._days[day]

    def _presence_before(self, begin: int, first_day: int, profile: Profile) -> tuple[Presence, Millis]:
        for element in reversed(self.elements[:begin]):
            if type(element) is CheckIn:
                return element.presence, element.at
        for day in range(first_day - 1, first_day - SUMMARY_DAYS - 2, -1):
            summary = self._before.get(day)
            if summary is not None and summary.presence is not None and summary.presence_at is not None:
                return summary.presence, summary.presence_at
        return "in", History(profile).presence_at
