"""What does a fold carry from one element to the next, and what does it produce?"""

from __future__ import annotations

import bisect
from typing import Final

from msgspec import Struct

from detectors.detector import Question, Severity
from detectors.observations import Element
from detectors.times import NEVER, Millis

Key = tuple[Millis, int, str]
"""(at, rank, id): the order of everything that happens to a subject."""

OBSERVED: Final = 0
DUE: Final = 1
LAPSE: Final = 2
"""Ranks: a repeat or check exactly at its due time still counts."""

RETIRED: Final = -1
"""The rank of a rule's end: what is observed in the moment a new rule set begins is judged by that set."""

ENDINGS: Final = ("absent", "lapsed", "retired")
"""Why a rule fell silent: it found nothing more, could not judge for too long, or is in force no more."""

BEFORE_ALL: Final[Key] = (-NEVER, OBSERVED, "")
AFTER_ALL: Final[Key] = (NEVER, LAPSE, "")

ANCHOR_EVERY: Final = 64
"""While something stands, an anchor is recorded at least this often (elements)."""


class Standing(Struct, frozen=True, gc=False, array_like=True):
    """What a rule has found and not taken back."""

    severity: Severity
    since_judged: Millis  # when this rule could last judge: a lapse counts from here


class State(Struct):
    """All that a fold carries from one element to the next, beside the history."""

    standing: dict[str, Standing] = {}
    questions: list[Question] = []  # ascending by due time
    clocks: dict[str, Millis] = {}  # rule -> its next due time of the calendar

    def copy(self) -> State:
        """An anchor: nothing later changes it."""
        return State(self.standing.copy(), self.questions.copy(), self.clocks.copy())

    @property
    def is_empty(self) -> bool:
        """Nothing stands and nothing is asked: a late element is then its own start."""
        return not self.standing and not self.questions


class Change(Struct, frozen=True):
    """What stands in one condition after something happened, and why."""

    key: Key
    condition: str
    standing: tuple[tuple[str, Severity], ...]  # empty: the episode ends here
    rule: str  # whose judgement changed
    because: str  # the key of its sentence; one of ENDINGS when it ends
    facts: dict[str, str] = {}
    evidence: tuple[Element, ...] = ()

    @property
    def severity(self) -> Severity | None:
        """The worst that stands."""
        return min((severity for _, severity in self.standing), default=None)


class Anchor(Struct, frozen=True):
    """The whole fold state right after `key`."""

    key: Key
    state: State


class RuleFailure(Struct, frozen=True):
    """A rule raised: it is skipped for this element, the others judge, somebody is told."""

    key: Key
    rule: str
    error: str


class Output:
    """What a stretch of folding produced, in order."""

    __slots__ = ("anchors", "changes", "failures", "latest", "ran", "since_anchor")

    def __init__(self, since_anchor: int = 0) -> None:
        self.changes: list[Change] = []
        self.anchors: list[Anchor] = []
        self.failures: list[RuleFailure] = []
        self.latest: Key = BEFORE_ALL  # the last thing judged beyond a quiet element
        self.since_anchor = since_anchor
        self.ran = 0  # how often a rule was asked about an element

    @property
    def is_empty(self) -> bool:
        """No rule was asked, and nothing is to be recorded."""
        return not self.ran and not self.anchors and not self.changes and not self.failures

    def mark(self, key: Key, state: State, changed: bool) -> None:
        """An anchor at every change, and every 64 elements while something stands."""
        self.latest = key
        self.since_anchor += 1
        if changed or self.since_anchor >= ANCHOR_EVERY:
            self.since_anchor = 0
            self.anchors.append(Anchor(key, state.copy()))

    def failed(self, key: Key, rule: str, error: Exception) -> None:
        """A rule raised."""
        self.failures.append(RuleFailure(key, rule, f"{type(error).__name__}: {error}"))

    def cut(self, after: Key) -> None:
        """Forgets what was produced later than `after`."""
        del self.changes[bisect.bisect_right(self.changes, after, key=lambda change: change.key) :]
        del self.anchors[bisect.bisect_right(self.anchors, after, key=lambda anchor: anchor.key) :]
        self.failures = [failure for failure in self.failures if failure.key <= after]
        self.latest, self.since_anchor = min(self.latest, after), 0
