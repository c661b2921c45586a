"""Planted faults: each must be noticed within the examples that every run tries.

Where the engine and its reference come to differ, the laws notice; where both
would be wrong together, a golden story does.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Iterable

import pytest

from alerts import follow
from alerts.reconcile import Reconciled, reconcile
from detectors import corrections
from detectors.bindings import Bound
from detectors.corrections import Arrival, EventKey
from detectors.detector import Present
from detectors.due_times import Due, DueTimes
from detectors.engine import Engine, Life
from detectors.fold import Folder
from detectors.history import History
from detectors.observations import Binding, Correction, Element
from detectors.oxygen import RestingHypoxia
from detectors.recent import RAW_AGE
from detectors.schedule import InForce, Schedule
from detectors.state import Anchor, Change, Key, Output, Standing, State
from detectors.subject import Subject
from detectors.timeline import Timeline
from detectors.times import NEVER, Millis
from tests.golden import test_golden
from tests.laws import trial
from tests.laws.test_laws import SEEDS

Patch = pytest.MonkeyPatch


def a_late_element_is_ignored(patch: Patch) -> None:
    """Judge on from where we are: what came late is never judged in its place."""
    patch.setattr(Subject, "needs_timeline", lambda self, first, until: self._overlooked(until) is not None)


def refolding_stops_early(patch: Patch) -> None:
    """Judged again are 72 hours after a late element; what was recorded later is kept."""
    right = Life.judge

    def reach(self: Life, first: Key | None, until: Millis) -> tuple[Key, list[Change]]:
        before, known = list(self.changes), self.subject.key
        base, changes = right(self, first, until)
        if first is not None and first <= known:
            end = (first[0] + RAW_AGE, 0, "")
            kept = [change for change in before if end < change.key <= known]
            again = [change for change in self.changes if not end < change.key <= known]
            self.changes = sorted(again + kept, key=lambda change: change.key)
        return base, changes

    patch.setattr(Life, "judge", reach)


def an_anchor_forgets_its_questions(patch: Patch) -> None:
    """The state right after a low reading, without the repeat it asked for."""
    patch.setattr(State, "copy", lambda self: State(dict(self.standing), [], dict(self.clocks)))


def an_anchor_forgets_what_stands(patch: Patch) -> None:
    """Judged again as if nobody had been ill."""
    patch.setattr(State, "copy", lambda self: State({}, list(self.questions), dict(self.clocks)))


def the_anchor_is_one_too_late(patch: Patch) -> None:
    """Judged again from after the late element."""
    right = Life.anchor_before

    def later(self: Life, key: Key) -> Anchor | None:
        found = right(self, key)
        index = -1 if found is None else self.anchors.index(found)
        return self.anchors[index + 1] if index + 1 < len(self.anchors) else found

    patch.setattr(Life, "anchor_before", later)


def a_due_time_passed_over_is_forgotten(patch: Patch) -> None:
    """What fell due before a later element, while we had not looked yet, is never judged."""
    right = Subject.append

    def forgetful(self: Subject, elements: object, until: int) -> None:
        right(self, elements, until)
        self.skipped = None

    patch.setattr(Subject, "append", forgetful)


def the_gate_ignores_the_afterglow(patch: Patch) -> None:
    """A normal reading that completes a NEWS2 runs no rule."""
    right = InForce.__init__

    def careless(self: InForce, *args: object) -> None:
        right(self, *args)
        self.afterglow = -1

    patch.setattr(InForce, "__init__", careless)


def a_rebuilt_history_forgets_where_the_resident_is(patch: Patch) -> None:
    """Who is in hospital misses checks after a restart."""
    patch.setattr(Timeline, "_presence_before", lambda self, *args: ("in", -NEVER))


def a_rebuilt_history_begins_72_hours_ago(patch: Patch) -> None:
    """And not at the midnight before: that day's median is of a part of it."""
    right = Timeline.history

    def short(self: Timeline, folder: Folder, key: Key) -> History:
        profile = folder.profile_at(key[0])
        first = profile.day_of(key[0] - RAW_AGE)
        days = {day: summary for day in range(first - 40, first) if (summary := self.summary(day, profile)) is not None}
        begin = bisect.bisect_left(self.keys, (key[0] - RAW_AGE, 0, ""))
        return right(Timeline(self.elements[begin:], days), folder, key)

    patch.setattr(Timeline, "history", short)


def the_last_content_wins(patch: Patch) -> None:
    """Of two arrivals with the same id the one processed last counts."""
    patch.setattr("detectors.engine.Engine._absorb", _absorbing_anything)


def _absorbing_anything(self: Engine, arrival: Arrival) -> list[str]:
    kept = self._arrivals.pop(arrival.key, None)
    ids = _RIGHT_ABSORB(self, arrival)
    if not ids and kept is not None:
        self._arrivals[arrival.key] = kept
    return ids


_RIGHT_ABSORB = Engine._absorb


def a_day_is_not_summed_up_again(patch: Patch) -> None:
    """Late readings leave yesterday's summary as it was."""
    right = Timeline.insert

    def stale(self: Timeline, element: object, profile: object) -> None:
        days = dict(self._days)
        right(self, element, profile)
        self._days = days

    patch.setattr(Timeline, "insert", stale)


def a_withdrawn_episode_goes_without_a_word(patch: Patch) -> None:
    """Somebody was told, and never hears the all-clear."""

    def silent(*args: object) -> Reconciled:
        found = reconcile(*args)
        told = [one for one in found.transitions if one.kind != "withdrawn"]
        return Reconciled(found.kept, found.gone, told)

    patch.setattr(follow, "reconcile", silent)


def the_correction_received_last_wins(patch: Patch) -> None:
    """And not the last by (time, id)."""

    def received(found: list[Correction]) -> Correction | None:
        return next(reversed(list(found)), None)

    patch.setattr(corrections, "winner", received)


def a_restart_begins_with_nothing_standing(patch: Patch) -> None:
    """Another process takes over without reading the anchors."""
    right = Subject.resume

    def empty(self: Subject, until: int, timeline: Timeline, anchor_before: Callable[[Key], None]) -> None:
        right(self, until, timeline, lambda key: None)

    patch.setattr(Subject, "resume", empty)


def only_the_last_place_of_a_moved_element_is_judged(patch: Patch) -> None:
    """A batch that touches two moments is judged again from the later one."""
    right = Engine._place

    def last(self: Engine, event_id: str, touched: dict[str, Key]) -> None:
        mine: dict[str, Key] = {}
        right(self, event_id, mine)
        touched.update({who: max(key, touched.get(who, key)) for who, key in mine.items()})

    patch.setattr(Engine, "_place", last)


def a_window_that_shows_nothing_starts_the_calendar_again(patch: Patch) -> None:
    """Due times of long ago come back, and find nobody looked."""
    right = Subject._anchor

    def anew(self: Subject, cut: Key, timeline: Timeline, anchor_before: Callable[[Key], Anchor | None]) -> Anchor:
        found = right(self, cut, timeline, anchor_before)
        if found.state.is_empty and not timeline.reaches_before(cut):
            return Anchor(cut, self.folder.start(None))
        return found

    patch.setattr(Subject, "_anchor", anew)


def an_anchor_keeps_the_calendar_of_its_day(patch: Patch) -> None:
    """A profile or rule set that became known since does not move its next due times."""
    patch.setattr(DueTimes, "run_on", lambda self, state, key: None)


def a_rule_that_is_gone_stands_on(patch: Patch) -> None:
    """Until it lapses."""
    patch.setattr(Schedule, "retired_at", lambda self, rule_id, when: NEVER)


def a_binding_claims_only_what_comes_after_it(patch: Patch) -> None:
    """What waited to be claimed waits for ever."""
    right = Engine._absorb

    def ahead(self: Engine, arrival: Arrival) -> list[EventKey]:
        keys = right(self, arrival)
        return [arrival.key] if isinstance(arrival.event, Binding) else keys

    patch.setattr(Engine, "_absorb", ahead)


def the_binding_received_last_wins(patch: Patch) -> None:
    """And not the last begun."""

    def received(bindings: Iterable[Bound], at: int) -> str | None:
        covering = [one for one in bindings if one.begins <= at and (one.ends is None or at < one.ends)]
        return covering[-1].resident if covering else None

    patch.setattr(corrections, "resident_at", received)


OF_THE_ENGINE = [
    a_binding_claims_only_what_comes_after_it,
    the_binding_received_last_wins,
    an_anchor_keeps_the_calendar_of_its_day,
    a_rule_that_is_gone_stands_on,
    a_late_element_is_ignored,
    refolding_stops_early,
    an_anchor_forgets_its_questions,
    an_anchor_forgets_what_stands,
    the_anchor_is_one_too_late,
    a_due_time_passed_over_is_forgotten,
    the_gate_ignores_the_afterglow,
    a_rebuilt_history_forgets_where_the_resident_is,
    a_rebuilt_history_begins_72_hours_ago,
    the_last_content_wins,
    a_day_is_not_summed_up_again,
    the_correction_received_last_wins,
    a_withdrawn_episode_goes_without_a_word,
    a_restart_begins_with_nothing_standing,
    only_the_last_place_of_a_moved_element_is_judged,
    a_window_that_shows_nothing_starts_the_calendar_again,
]


WAYS = {
    a_window_that_shows_nothing_starts_the_calendar_again: trial.as_worker,
    an_anchor_keeps_the_calendar_of_its_day: trial.activated,
}
"""Faults of one way of judging are looked for in that way alone."""


@pytest.mark.parametrize("fault", OF_THE_ENGINE, ids=[fault.__name__ for fault in OF_THE_ENGINE])
def test_the_laws_notice(fault: Callable[[Patch], None], monkeypatch: Patch) -> None:
    fault(monkeypatch)
    for seed in range(SEEDS):
        try:
            trial.run(random.Random(seed), WAYS.get(fault))
        except (AssertionError, ValueError, RuntimeError):  # an episode that only ends explains nothing
            return
    pytest.fail(f"{fault.__name__} passed {SEEDS} histories unnoticed")


def the_greatest_content_counts(patch: Patch) -> None:
    """Of two with the same id the one received last counts."""
    right = corrections.is_better
    patch.setattr("detectors.engine.is_better", lambda new, old: old is None or right(old, new))


def a_lapse_counts_from_any_element(patch: Patch) -> None:
    """A reading on oxygen puts off the lapse of a rule that cannot judge it."""
    right = Folder.step

    def renewing(self: Folder, state: State, view: History, element: Element, out: Output) -> None:
        right(self, state, view, element, out)
        state.standing = {rule: Standing(one.severity, element.at) for rule, one in state.standing.items()}

    patch.setattr(Folder, "step", renewing)


def a_due_time_eases(patch: Patch) -> None:
    """Silence after a confirmed low reading makes it an unconfirmed one."""
    right = Folder._run_due

    def easing(self: Folder, state: State, view: History, due: Due, out: Output) -> None:
        found = None if due.question is None else due.rule.detector.judge_due(view, due.question)
        standing = state.standing.get(due.rule.id)
        if isinstance(found, Present) and standing is not None and found.severity > standing.severity:
            del state.standing[due.rule.id]
        right(self, state, view, due, out)

    patch.setattr(Folder, "_run_due", easing)


def a_repeat_at_its_due_time_is_too_late(patch: Patch) -> None:
    """The due time comes before what was observed in the same moment."""
    right = RestingHypoxia.asks

    def sooner(self: RestingHypoxia, view: History) -> Millis | None:
        due = right(self, view)
        return None if due is None else due - 1

    patch.setattr(RestingHypoxia, "asks", sooner)


def the_limit_is_compared_rounded(patch: Patch) -> None:
    """93.4 is taken for 93."""
    right = RestingHypoxia.limit
    patch.setattr(RestingHypoxia, "limit", lambda self, profile: right(self, profile) + 4)


def what_came_too_late_counts(patch: Patch) -> None:
    """A check of last week changes what was told last week."""
    patch.setattr("detectors.engine.is_in_time", lambda *_: True)


OF_MEANING = [
    the_greatest_content_counts,
    a_lapse_counts_from_any_element,
    a_due_time_eases,
    a_repeat_at_its_due_time_is_too_late,
    the_limit_is_compared_rounded,
    what_came_too_late_counts,
]


@pytest.mark.parametrize("fault", OF_MEANING, ids=[fault.__name__ for fault in OF_MEANING])
def test_a_golden_story_notices(fault: Callable[[Patch], None], monkeypatch: Patch) -> None:
    fault(monkeypatch)
    for story in test_golden.STORIES:
        try:
            test_golden.test_the_story_ends_in_its_episodes(story)
        except AssertionError:
            return
    pytest.fail(f"{fault.__name__} passed every story unnoticed")
