"""Planted faults: the laws must notice each within the examples that every run tries."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from alerts import follow
from alerts.reconcile import Reconciled, reconcile
from detectors.engine import Engine, Life
from detectors.fold import Anchor, Folder, Key, State
from detectors.subject import Subject
from detectors.timeline import Timeline
from detectors.times import NEVER
from tests.laws import trial
from tests.laws.test_laws import SEEDS

Patch = pytest.MonkeyPatch


def a_late_element_is_ignored(patch: Patch) -> None:
    """Judge on from where we are: what came late is never judged in its place."""
    patch.setattr(Subject, "needs_timeline", lambda self, first, until: False)


def an_anchor_forgets_its_questions(patch: Patch) -> None:
    patch.setattr(State, "copy", lambda self: State(dict(self.standing), [], dict(self.clocks)))


def an_anchor_forgets_what_stands(patch: Patch) -> None:
    patch.setattr(State, "copy", lambda self: State({}, list(self.questions), dict(self.clocks)))


def the_anchor_is_one_too_late(patch: Patch) -> None:
    right = Life.anchor_before

    def later(self: Life, key: Key) -> Anchor | None:
        found = right(self, key)
        index = -1 if found is None else self.anchors.index(found)
        return self.anchors[index + 1] if index + 1 < len(self.anchors) else found

    patch.setattr(Life, "anchor_before", later)


def a_due_time_passed_over_is_forgotten(patch: Patch) -> None:
    right = Subject.append

    def forgetful(self: Subject, elements: object, until: int) -> None:
        right(self, elements, until)
        self.skipped = None

    patch.setattr(Subject, "append", forgetful)


def the_gate_ignores_the_afterglow(patch: Patch) -> None:
    right = Folder.__init__

    def careless(self: Folder, *args: object, **given: object) -> None:
        right(self, *args, **given)
        self._afterglow = -1

    patch.setattr(Folder, "__init__", careless)


def a_rebuilt_history_forgets_where_the_resident_is(patch: Patch) -> None:
    patch.setattr(Timeline, "_presence_before", lambda self, *args: ("in", -NEVER))


def the_last_content_wins(patch: Patch) -> None:
    """Of two arrivals with the same id the one processed last counts."""
    patch.setattr("detectors.engine.Engine._absorb", _absorbing_anything)


def _absorbing_anything(self: Engine, arrival: object) -> list[str]:
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
    def silent(*args: object) -> Reconciled:
        found = reconcile(*args)
        told = [one for one in found.transitions if one.kind != "withdrawn"]
        return Reconciled(found.kept, found.gone, told)

    patch.setattr(follow, "reconcile", silent)


def a_restart_begins_with_nothing_standing(patch: Patch) -> None:
    right = Subject.resume

    def empty(self: Subject, until: int, timeline: Timeline, anchor_before: Callable[[Key], None]) -> None:
        right(self, until, timeline, lambda key: None)

    patch.setattr(Subject, "resume", empty)


def only_the_last_place_of_a_moved_element_is_judged(patch: Patch) -> None:
    right = Engine._place

    def last(self: Engine, event_id: str, touched: dict[str, Key]) -> None:
        mine: dict[str, Key] = {}
        right(self, event_id, mine)
        touched.update({who: max(key, touched.get(who, key)) for who, key in mine.items()})

    patch.setattr(Engine, "_place", last)


FAULTS = [
    a_late_element_is_ignored,
    an_anchor_forgets_its_questions,
    an_anchor_forgets_what_stands,
    the_anchor_is_one_too_late,
    a_due_time_passed_over_is_forgotten,
    the_gate_ignores_the_afterglow,
    a_rebuilt_history_forgets_where_the_resident_is,
    the_last_content_wins,
    a_day_is_not_summed_up_again,
    a_withdrawn_episode_goes_without_a_word,
    a_restart_begins_with_nothing_standing,
    only_the_last_place_of_a_moved_element_is_judged,
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
def test_the_laws_notice(fault: Callable[[Patch], None], monkeypatch: Patch) -> None:
    fault(monkeypatch)
    for seed in range(SEEDS):
        try:
            trial.run(random.Random(seed))
        except AssertionError:
            return
    pytest.fail(f"{fault.__name__} passed {SEEDS} histories unnoticed")
