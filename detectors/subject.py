"""One subject, judged as checks arrive: the fold of the whole timeline, without folding the whole timeline.

An element later than all before it is one step. A late one refolds from the
anchor before it **to the end**: stopping early is wrong, since what stands can
differ for ever in a band between (docs/engine-semantics.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from detectors.fold import Folder
from detectors.observations import Element
from detectors.state import AFTER_ALL, BEFORE_ALL, LAPSE, OBSERVED, Anchor, Key, Output, State
from detectors.timeline import Timeline
from detectors.times import NEVER, Millis

AnchorBefore = Callable[[Key], Anchor | None]
"""The last anchor earlier than a key; None when there is none."""

NOTHING: Final = Output()
"""Of a stretch in which nobody was asked and nothing is to be recorded."""


class Subject:
    """Fold state and history of one subject at `key`, and what was produced since `base`."""

    __slots__ = ("base", "folder", "key", "out", "skipped", "state", "until", "view", "wakes_at")

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.state: State = folder.start()
        self.view = folder.view(folder.profiles[0])
        self.key: Key = BEFORE_ALL  # the last thing that happened
        self.until: Millis = -NEVER  # due times are judged up to here
        self.skipped: Key | None = None  # the first due time that a later element passed over
        self.base: Key = BEFORE_ALL  # `out` replaces everything recorded after this
        self.out = Output()
        self.wakes_at: Millis = folder.due_times.wake_at(self.state)  # when something is due, observed or not

    def take(self) -> tuple[Key, Output]:
        """What was produced, and since when it replaces what was recorded; the next output begins here."""
        base, out = self.base, self.out
        self.base = self.key
        if out.is_empty:
            return base, NOTHING  # the common case, without building anything
        self.out = Output(out.since_anchor)
        return base, out

    def append(self, elements: Iterable[Element], until: Millis) -> None:
        """Elements in order, each later than everything before; then due times up to `until`."""
        if until > self.until:  # noqa: PLR1730  # once a reading: `max` costs three times as much
            self.until = until
        step, state, view, out, key = self.folder.step, self.state, self.view, self.out, self.key
        for element in elements:
            key = (element.at, OBSERVED, element.id)
            is_due = self.wakes_at <= element.at  # else nothing can be due before it
            if is_due:
                when = self.wakes_at if self.skipped is None else None
                left = self.folder.run_dues(state, view, key, self.until, out, when)
                if left is not None and (self.skipped is None or left < self.skipped):
                    self.skipped = left
            if step(state, view, element, out) or is_due:
                self._note_waking()
        self.key = key
        if self.wakes_at <= self.until:
            self._run_dues()

    def needs_timeline(self, first: Key | None, until: Millis) -> bool:
        """Something changed at or before what was judged, or a due time passed over can now be looked at."""
        if first is not None and first <= self.key:
            return True
        return self._overlooked(until) is not None

    def resume(self, until: Millis, timeline: Timeline, anchor_before: AnchorBefore) -> None:
        """Continues where another process stopped that had looked at due times up to `until`.

        What it produces from the last anchor on is what was recorded already.
        """
        self.until = max(self.until, until)
        self.base = AFTER_ALL
        self._restart(self._anchor((until, LAPSE + 1, ""), timeline, anchor_before), timeline)

    def cut_before(self, first: Key | None, until: Millis) -> Key:
        """From where a change at `first` (None: only time passes) must be judged again: an anchor lies before it."""
        keys = [key for key in (first, self._overlooked(until)) if key is not None]
        return (min(keys)[0], OBSERVED - 1, "")

    def _overlooked(self, until: Millis) -> Key | None:
        """A due time passed over that can be looked at now."""
        if self.skipped is not None and self.skipped[0] <= max(until, self.until):
            return self.skipped
        return None

    def refold(self, cut: Key, until: Millis, timeline: Timeline, anchor_before: AnchorBefore) -> None:
        """Judges again from the anchor before the cut to the end."""
        self.until = max(self.until, until)
        if self.skipped is not None and self.skipped >= cut:
            self.skipped = None
        self._restart(self._anchor(cut, timeline, anchor_before), timeline)

    def _anchor(self, cut: Key, timeline: Timeline, anchor_before: AnchorBefore) -> Anchor:
        anchor = anchor_before(cut)
        if anchor is not None and not anchor.state.is_empty:
            return anchor
        # Nothing stood: begin right at the cut. Without a beginning of its own, the calendar runs only if something
        # came before; with one, a window that shows nothing must not bring back the due times of long ago.
        runs = self.folder.profiles[0].checks_from is not None or timeline.reaches_before(cut)
        return Anchor(cut, self.folder.start(cut[0] - (cut[1] < OBSERVED) if runs else None))

    def _restart(self, anchor: Anchor, timeline: Timeline) -> None:
        self.base = min(self.base, anchor.key)
        self.out.cut(anchor.key)
        self.state = anchor.state.copy()
        self.folder.due_times.run_on(self.state, anchor.key)
        self.view = timeline.history(self.folder, anchor.key)
        self.key = anchor.key
        self._note_waking()
        self.append(timeline.after(anchor.key), self.until)

    def _run_dues(self) -> None:
        self.folder.run_dues(self.state, self.view, AFTER_ALL, self.until, self.out)
        self.key = max(self.key, self.out.latest)
        self._note_waking()

    def _note_waking(self) -> None:
        wakes = self.folder.due_times.wake_at(self.state)
        self.wakes_at = wakes if self.skipped is None else min(wakes, self.skipped[0])
