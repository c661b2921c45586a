"""A worker without its store: anchors and a window of the timeline are all it has of the past.

It judges and reconciles as `streams/judging.py` does, and is stopped and
started again between batches; what it keeps must equal what was folded.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from itertools import count

from alerts.reconcile import Stored, folded_since, reconcile
from detectors.corrections import Arrival
from detectors.engine import Engine, Life, ProfilesOf
from detectors.episodes import episodes_of
from detectors.fold import Folder
from detectors.history import SUMMARY_DAYS
from detectors.place_engine import PlaceEngine
from detectors.places import LOOK_BACK
from detectors.recent import RAW_AGE
from detectors.state import LAPSE, RETIRED, Change, Key, Output
from detectors.subject import Subject
from detectors.timeline import Timeline
from detectors.times import NEVER, Millis


class StoredLife(Life):
    """One resident as the store has them: elements, anchors, changes, episodes under their ids."""

    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self.stored: list[Stored] = []
        self._ids = count(1)

    def judge(self, first: Key | None, until: Millis) -> tuple[Key, list[Change]]:
        subject = self.subject
        if subject.needs_timeline(first, until):
            cut = subject.cut_before(first, until)
            anchor = self.anchor_before(cut)
            begin = cut if anchor is None or anchor.state.is_empty else anchor.key
            subject.refold(cut, until, window_of(self.timeline, self.folder, begin[0]), lambda key: anchor)
        else:
            subject.append(self.timeline.after(subject.key) if first is not None else (), until)
        base, out = subject.take()
        assert all(one.key > base for one in (*out.changes, *out.anchors)), "what is on record was produced again"
        self._replace(base, out)
        self._reconcile(base, out.changes)
        return base, out.changes

    def _reconcile(self, base: Key, changes: list[Change]) -> None:
        """Law 2, with only the episodes that had not ended at `base`."""
        live = [one for one in self.stored if one.episode.ended is None or one.episode.ended > base]
        found = reconcile(live, folded_since(live, base, changes), self._ids.__next__)
        told = sorted(one.id for one in found.transitions if one.kind in ("joined", "withdrawn"))
        assert sorted(found.gone) == told, "an episode went without a word, or twice"
        self.stored = [one for one in self.stored if one not in live] + found.kept
        ids = [name for one in self.stored for name in (one.id, *one.aliases)]
        assert len(set(ids)) == len(ids), "an id stands twice"
        content = sorted((one.episode for one in self.stored), key=lambda one: (one.condition, one.opened))
        assert content == episodes_of(self.changes), "stored and folded differ"

    def learn(self, folder: Folder, until: Millis) -> None:
        """As `Archive.load` and `refolded` do when profiles or rules have changed."""
        before, self.folder = self.folder, folder
        starts = {profile.valid_from for profile in folder.profiles} - {one.valid_from for one in before.profiles}
        # A set that begins when another did takes its place.
        known = [(one.since, one.rules) for one in before.rules.periods]
        starts |= {one.since for one in folder.rules.periods if (one.since, one.rules) not in known}
        if self.subject.until == -NEVER:
            self.subject = Subject(folder)
            return
        self._resume(self.subject.until)
        first = (min(starts, default=NEVER), RETIRED, "")
        if first <= self.subject.key:
            self.judge(first, until)

    def restart(self) -> None:
        """Another process takes over: what it folds from the last anchor on is on record already."""
        if self.subject.until == -NEVER:
            return
        base, out = self._resume(self.subject.until)
        recorded = self.changes[bisect.bisect_right(self.changes, base, key=lambda change: change.key) :]
        assert out.changes == recorded, "a restart changed what stands"

    def _resume(self, until: Millis) -> tuple[Key, Output]:
        cut = (until, LAPSE + 1, "")
        anchor = self.anchor_before(cut)
        begin = cut if anchor is None or anchor.state.is_empty else anchor.key
        self.subject = Subject(self.folder)
        self.subject.resume(until, window_of(self.timeline, self.folder, begin[0]), lambda key: anchor)
        return self.subject.take()


class PlaceWorker(PlaceEngine):
    """The engine over places, with no more of the past than a store gives."""

    def _begun(self, folder: Folder) -> Life:
        return StoredLife(folder)

    def restart(self) -> None:
        """Every place goes on in another process."""
        for place, life in self.lives.items():
            assert isinstance(life, StoredLife)
            life.restart()
            self._watch(place)


class Worker(Engine):
    """The engine, with no more of the past than a store gives."""

    until: Millis = -NEVER

    def _begun(self, folder: Folder) -> Life:
        return StoredLife(folder)

    def process(self, batch: Iterable[Arrival], until: Millis) -> list[str]:
        self.until = until
        return super().process(batch, until)

    def learn(self, profiles_of: ProfilesOf, until: Millis) -> None:
        """Profiles and rules that count from some moment become known: what was judged from there is judged again."""
        self._profiles_of = profiles_of
        for resident, life in self.lives.items():
            assert isinstance(life, StoredLife)
            life.learn(Folder(*profiles_of(resident), self._gated), until)
            self._watch(resident)
        self._pass_time(until)  # what became due by it: the worker judges that too when it takes the facility over

    def restart(self) -> None:
        """Every life goes on in another process."""
        for resident, life in self.lives.items():
            assert isinstance(life, StoredLife)
            life.restart()
            self._watch(resident)


def window_of(timeline: Timeline, folder: Folder, earliest: Millis) -> Timeline:
    """What the store gives: the elements from the local midnight at least 72 h before, summaries of the days before."""
    if folder.kind != "resident":
        return Timeline(timeline.elements[bisect.bisect_left(timeline.keys, (earliest - LOOK_BACK, 0, "")) :])
    profile = folder.profile_at(earliest)
    first = profile.day_of(earliest - RAW_AGE)
    cut = bisect.bisect_left(timeline.keys, (profile.midnight(first), 0, ""))
    days = {day: timeline.summary(day, profile) for day in range(first - SUMMARY_DAYS - 1, first)}
    # Where checks count from a known moment, nobody needs to know the first element.
    begins = timeline.elements[0].at if timeline.elements and folder.profiles[0].checks_from is None else None
    return Timeline(
        timeline.elements[cut:], {day: summary for day, summary in days.items() if summary is not None}, begins
    )
