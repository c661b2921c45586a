"""The whole engine in memory: arrivals in any order in, the episodes of every resident out.

`sizao detect` and the laws' tests run it; the worker does the same over the
store, with `Subject` and `Timeline` in common.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable, Iterable, Mapping

from detectors.bindings import Bound, bound
from detectors.corrections import (
    Arrival,
    EventKey,
    Placed,
    bindings_of,
    effective,
    is_better,
    is_in_time,
    original_of,
    residents_of,
)
from detectors.days import DaySummary
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.observations import Binding, Correction, Element
from detectors.profile import Profile
from detectors.schedule import Rules
from detectors.state import Anchor, Change, Key, Output
from detectors.subject import Subject
from detectors.timeline import Timeline, key_of
from detectors.times import LATE_HORIZON, NEVER, Millis

ProfilesOf = Callable[[str], tuple[tuple[Profile, ...], Rules]]
"""The profiles of a resident, ascending by valid_from, and the rules in force there."""


class Life:
    """One resident in memory: the whole timeline, every anchor, every change."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.subject = Subject(folder)
        self.timeline = Timeline()
        self.changes: list[Change] = []
        self.anchors: list[Anchor] = []

    def place(self, old: Element | None, new: Element | None) -> Key:
        """`new` stands in the timeline instead of `old`; the earliest key this touches."""
        keys = []
        if old is not None:
            self.timeline.remove(old, self.folder.profile_at(old.at))
            keys.append(key_of(old))
        if new is not None:
            self.timeline.insert(new, self.folder.profile_at(new.at))
            keys.append(key_of(new))
        return min(keys)

    def judge(self, first: Key | None, until: Millis) -> tuple[Key, list[Change]]:
        """Everything up to date after a change at `first` (None: only time has passed)."""
        subject = self.subject
        if subject.needs_timeline(first, until):
            subject.refold(subject.cut_before(first, until), until, self.timeline, self.anchor_before)
        else:
            subject.append(self.timeline.after(subject.key) if first is not None else (), until)
        base, out = subject.take()
        self._replace(base, out)
        return base, out.changes

    def _replace(self, base: Key, out: Output) -> None:
        del self.changes[bisect.bisect_right(self.changes, base, key=lambda change: change.key) :]
        del self.anchors[bisect.bisect_right(self.anchors, base, key=lambda anchor: anchor.key) :]
        self.changes += out.changes
        self.anchors += out.anchors

    def anchor_before(self, key: Key) -> Anchor | None:
        """The last anchor earlier than `key`."""
        index = bisect.bisect_left(self.anchors, key, key=lambda anchor: anchor.key) - 1
        return self.anchors[index] if index >= 0 else None


class Engine:
    """Processes arrivals in any order and batches, with repetition."""

    def __init__(self, profiles_of: ProfilesOf, gated: bool = True) -> None:
        self._profiles_of = profiles_of
        self._gated = gated
        self._horizon = LATE_HORIZON
        self.lives: dict[str, Life] = {}
        self._arrivals: dict[EventKey, Arrival] = {}
        self._corrections: dict[EventKey, list[Correction]] = {}
        self._bindings: dict[str, list[Bound]] = {}
        self._measured_by: dict[str, list[EventKey]] = {}
        self._placed: dict[EventKey, Placed] = {}
        self._wakes: list[tuple[Millis, str]] = []

    def life(self, resident: str) -> Life:
        """The resident's life, begun when first asked for."""
        if resident not in self.lives:
            profiles, rules = self._profiles_of(resident)
            self.lives[resident] = self._begun(Folder(profiles, rules, self._gated))
            self._watch(resident)
        return self.lives[resident]

    def _begun(self, folder: Folder) -> Life:
        return Life(folder)

    def process(self, batch: Iterable[Arrival], until: Millis) -> list[str]:
        """Takes arrivals in, judges those they touch and whatever is due up to `until`; the residents touched."""
        touched: dict[str, Key] = {}
        self._announce(touched)
        for arrival in batch:
            for key in self._absorb(arrival):
                self._place(key, touched)
        judged = list(touched)
        for resident, first in touched.items():
            self.lives[resident].judge(first, until)
            self._watch(resident)
        judged += [resident for resident in self._pass_time(until) if resident not in touched]
        return judged

    def _absorb(self, arrival: Arrival) -> list[EventKey]:
        """Keeps an arrival; the keys of events whose contribution may have changed."""
        event = arrival.event
        old = self._arrivals.get(arrival.key)
        if not is_in_time(event, arrival.received_at, self._horizon):
            return []
        self._know(arrival)
        if not is_better(arrival, old):
            return []
        self._arrivals[arrival.key] = arrival
        keys = [arrival.key]
        if arrival.device is not None:
            self._measured_by.setdefault(arrival.device, []).append(arrival.key)
        if old is not None and isinstance(old.event, Binding):
            self._bindings[old.event.device].remove(bound(old.event, old.resident, old.received_at))
            keys += self._measured_by.get(old.event.device, [])
        if isinstance(event, Binding):
            self._bindings.setdefault(event.device, []).append(bound(event, arrival.resident, arrival.received_at))
            keys += self._measured_by.get(event.device, [])
        for one in (None if old is None else old.event, event):
            if isinstance(one, Correction):
                named = self._corrections.setdefault(original_of(one), [])
                if one is event:
                    named.append(one)
                else:
                    named[:] = [other for other in named if other is not one]
                keys += [original_of(one), *((other.at, other.id) for other in named)]
        return keys

    def _place(self, key: EventKey, touched: dict[str, Key]) -> None:
        new = effective(key, self._arrivals, self._corrections, self._bindings)
        old = self._placed.get(key)
        if new == old:
            return
        if new is None:
            del self._placed[key]
        else:
            self._placed[key] = new
        for placed, is_new in ((old, False), (new, True)):
            for subject, element in () if placed is None else self._told_of(placed):
                life = self.life(subject)
                first = life.place(None, element) if is_new else life.place(element, None)
                touched[subject] = min(first, touched.get(subject, first))

    def _know(self, arrival: Arrival) -> None:
        for resident in residents_of(arrival):
            self.life(resident)  # a resident is known though every check of theirs is taken back: checks may be missed

    def _told_of(self, placed: Placed) -> list[tuple[str, Element]]:
        """Whose timelines the element is part of."""
        return [(placed.resident, placed.element)]

    def _announce(self, touched: dict[str, Key]) -> None:
        """Elements that are no arrivals of their own come first."""

    def _pass_time(self, until: Millis) -> list[str]:
        woken = []
        while self._wakes and self._wakes[0][0] <= until:
            _, resident = heapq.heappop(self._wakes)
            life = self.lives[resident]
            if life.subject.wakes_at <= until:
                life.judge(None, until)
                woken.append(resident)
            self._watch(resident)
        return woken

    def _watch(self, resident: str) -> None:
        wakes_at = self.lives[resident].subject.wakes_at
        if wakes_at < NEVER:
            heapq.heappush(self._wakes, (wakes_at, resident))

    def episodes(self, resident: str) -> list[Episode]:
        """The resident's episodes, by condition and beginning."""
        return episodes_of(self.lives[resident].changes)


def reference(
    arrivals: Iterable[Arrival],
    profiles_of: ProfilesOf,
    until: Millis,
    earlier: Mapping[str, Mapping[int, DaySummary]] | None = None,
) -> dict[str, list[Episode]]:
    """All arrivals at once, in order, without anchors, gate or repair: what the engine must equal.

    `earlier` are the days of the stays before, of those who moved in.
    """
    in_time = [one for one in arrivals if is_in_time(one.event, one.received_at)]
    timelines: dict[str, list[Element]] = {resident: [] for one in in_time for resident in residents_of(one)}
    for placed in what_counts(in_time):
        timelines[placed.resident].append(placed.element)
    found = {}
    for resident, elements in timelines.items():
        folder = Folder(*profiles_of(resident), gated=False)
        before = (earlier or {}).get(resident)
        found[resident] = episodes_of(fold(folder, sorted(elements, key=key_of), until, before))
    return found


def what_counts(in_time: Iterable[Arrival]) -> list[Placed]:
    """Of arrivals in time: the best of each event, corrected."""
    best: dict[EventKey, Arrival] = {}
    for arrival in in_time:
        if is_better(arrival, best.get(arrival.key)):
            best[arrival.key] = arrival
    corrections: dict[EventKey, list[Correction]] = {}
    for arrival in best.values():
        if isinstance(arrival.event, Correction):
            corrections.setdefault(original_of(arrival.event), []).append(arrival.event)
    bindings = bindings_of(best.values())
    return [placed for key in best if (placed := effective(key, best, corrections, bindings)) is not None]
