"""The fold: a timeline in, changes of standing out. Pure, in order of (at, rank, id).

`docs/engine-semantics.md` states the rules of this module for readers. What
matters most: elements are judged at once; due times only up to `looked_until`,
what the partitions have shown us; a due time passed over by a later element is
remembered and folded when `looked_until` reaches it.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from detectors.days import DaySummary
from detectors.detector import Absent, Baseline, Present, Question, Severity
from detectors.gate import Gate, gate_for
from detectors.history import History
from detectors.observations import CheckIn, Element, Reading
from detectors.places import PlaceView, SubjectKind
from detectors.profile import Profile
from detectors.rules import Rule
from detectors.schedule import InForce, Judge, Rules, scheduled
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
        return State(dict(self.standing), list(self.questions), dict(self.clocks))

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

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.anchors: list[Anchor] = []
        self.failures: list[RuleFailure] = []
        self.latest: Key = BEFORE_ALL  # the last thing judged beyond a quiet element
        self.since_anchor = 0
        self.ran = 0  # how often a rule was asked about an element

    def mark(self, key: Key, state: State, changed: bool) -> None:
        """An anchor at every change, and every 64 elements while something stands."""
        self.latest = key
        self.since_anchor += 1
        if changed or self.since_anchor >= ANCHOR_EVERY:
            self.since_anchor = 0
            self.anchors.append(Anchor(key, state.copy()))

    def cut(self, after: Key) -> None:
        """Forgets what was produced later than `after`."""
        del self.changes[bisect.bisect_right(self.changes, after, key=lambda change: change.key) :]
        del self.anchors[bisect.bisect_right(self.anchors, after, key=lambda anchor: anchor.key) :]
        self.failures = [failure for failure in self.failures if failure.key <= after]
        self.latest, self.since_anchor = min(self.latest, after), 0


_Changed = dict[str, tuple[Rule, str, Present | None]]
"""Condition -> the rule whose judgement changed it, its sentence, its finding (None: it is over)."""


class Due(NamedTuple):
    """Something that comes without anything being observed: a clock, a question's end, or the end of a finding."""

    key: Key
    rule: Rule
    question: Question | None = None
    ends: str | None = None  # the finding ends: "lapsed" or "retired"


def _key_of(due: Due) -> Key:
    return due.key


class Folder:
    """Folds the elements of one subject in order; knows nothing of batches."""

    def __init__(
        self, profiles: tuple[Profile, ...], rules: Rules, gated: bool = True, kind: SubjectKind = "resident"
    ) -> None:
        """`profiles` ascend by `valid_from`; the first also holds for everything before it."""
        self.profiles = profiles
        self.kind: Final = kind
        self.rules = scheduled(rules).of_kind(kind)
        self.gated = gated
        self._gate: tuple[Profile, Baseline, Gate] | None = None
        self._profile_starts = [profile.valid_from for profile in profiles]

    # ------------------------------------------------------------ starting

    def view(self, profile: Profile) -> History:
        """An empty history of such a subject."""
        return History(profile) if self.kind == "resident" else PlaceView(profile, self.kind)

    def profile_at(self, at: Millis) -> Profile:
        """The profile valid at a moment."""
        if len(self.profiles) == 1:
            return self.profiles[0]
        return self.profiles[max(0, bisect.bisect_right(self._profile_starts, at) - 1)]

    def start(self, after: Millis | None = None) -> State:
        """The empty state whose calendar runs on from `after`.

        None: from the profile's own beginning; where it has none, the first element starts the calendar.
        """
        begins = self.profiles[0].checks_from
        if begins is not None:
            after = begins if after is None else max(after, begins)
        if after is None:
            return State()
        return State(clocks={rule_id: self._next_clock(rule_id, after) for rule_id in self.rules.clocked})

    def _next_clock(self, rule_id: str, after: Millis) -> Millis:
        """The next due time of the calendar, by the profile and the rule valid when it comes."""
        moment = after
        for end in self._changes_after(after):
            rule = self.rules.at(moment).by_id.get(rule_id)
            due = NEVER if rule is None else rule.detector.next_due(self.profile_at(moment), after)
            if due < end:
                return due
            moment, after = end, end - 1
        return NEVER

    def _changes_after(self, when: Millis) -> list[Millis]:
        """The moments at which another profile or rule set begins, and the end of all times."""
        later = self._profile_starts[bisect.bisect_right(self._profile_starts, when) :]
        return [*sorted({*later, *self.rules.starts_after(when)}), NEVER]

    def run_on(self, state: State, key: Key) -> None:
        """The calendar of an anchor at `key` goes by the profiles and rules known now; it may be older than they."""
        begins = self.profiles[0].checks_from
        if begins is None and not state.clocks:
            return  # it has not begun
        clocks = {}
        for rule_id in self.rules.clocked:
            after = key[0] - ((key[0], DUE, rule_id) > key)
            due = state.clocks.get(rule_id, after + 1)
            if (due, DUE, rule_id) <= key:  # passed over, and still to be looked at
                after = due - 1
            clocks[rule_id] = self._next_clock(rule_id, after if begins is None else max(after, begins))
        state.clocks = clocks

    # ------------------------------------------------------------ due times

    def next_due(self, state: State) -> Due | None:
        """What comes next without anything being observed."""
        rules = self.rules
        dues = [Due((at, DUE, name), rules.rule(name, at)) for name, at in state.clocks.items() if at < NEVER]
        for question in state.questions:
            key = (question.due, DUE, f"{question.rule}:{question.cause_id}")
            dues.append(Due(key, rules.rule(question.rule, question.cause_at), question))
        for rule_id, standing in state.standing.items():
            rule = rules.rule(rule_id, standing.since_judged)
            if rule.lapses_after is not None:
                dues.append(Due((standing.since_judged + rule.lapses_after, LAPSE, rule_id), rule, ends="lapsed"))
        dues += self._retiring(state)
        return min(dues, key=_key_of, default=None)

    def wake_at(self, state: State) -> Millis:
        """When the next due time comes; NEVER if none."""
        if state.is_empty:
            return min(state.clocks.values(), default=NEVER)  # the common case, without building anything
        due = self.next_due(state)
        return NEVER if due is None else due.key[0]

    def run_dues(self, state: State, view: History, before: Key, until: Millis, out: Output) -> Key | None:
        """Judges due times earlier than `before` and not after `until`; the first one left out for `until`, if any."""
        if not self._may_be_due(state, until if before is AFTER_ALL else before[0]):
            return None  # the common case, without building anything
        while (due := self.next_due(state)) is not None and due.key < before:
            if due.key[0] > until:
                return self._pass_over(state, before, out)
            view.profile = self.profile_at(due.key[0])
            view.pass_time(due.key[0])
            if due.ends is not None:
                self._end(state, due, due.ends, out)
            else:
                self._run_due(state, view, due, out)
        return None

    def _may_be_due(self, state: State, horizon: Millis) -> bool:
        """False: nothing comes up to this time."""
        for due in state.clocks.values():
            if due <= horizon:
                return True
        if state.questions and state.questions[0].due <= horizon:
            return True
        if not state.standing:
            return False
        return not self.rules.is_constant or any(
            (lapses := self.rules.rule(rule_id, one.since_judged).lapses_after) is not None
            and one.since_judged + lapses <= horizon
            for rule_id, one in state.standing.items()
        )

    def _pass_over(self, state: State, before: Key, out: Output) -> Key | None:
        """Due times wait until we have looked; the end of a rule's time does not: nothing could be seen of it."""
        if before != AFTER_ALL:
            for due in sorted(self._retiring(state), key=_key_of):
                if due.key < before:
                    self._end(state, due, "retired", out)
        left = self.next_due(state)
        return left.key if left is not None and left.key < before else None

    def _retiring(self, state: State) -> Iterator[Due]:
        for rule_id, standing in state.standing.items():
            retired = self.rules.retired_at(rule_id, standing.since_judged)
            if retired < NEVER:
                rule = self.rules.rule(rule_id, standing.since_judged)
                yield Due((retired, RETIRED, rule_id), rule, ends="retired")

    def _end(self, state: State, due: Due, why: str, out: Output) -> None:
        del state.standing[due.rule.id]
        self._record(state, {due.rule.condition: (due.rule, why, None)}, due.key, out)
        out.mark(due.key, state, changed=True)

    def _run_due(self, state: State, view: History, due: Due, out: Output) -> None:
        rule, key = due.rule, due.key
        if due.question is not None:
            state.questions.remove(due.question)
        else:
            state.clocks[rule.id] = self._next_clock(rule.id, key[0])
        found = None
        if self.rules.is_still(rule, key[0]) and self._runs(rule, view.profile):
            found = self._guarded(rule, key, out, rule.detector.judge_due, view, due.question)
        changed: _Changed = {}
        if isinstance(found, Present):
            standing = state.standing.get(rule.id)
            # Silence may raise, never ease.
            severity = found.severity if standing is None else min(found.severity, standing.severity)
            state.standing[rule.id] = Standing(severity, key[0])
            if standing is None or severity < standing.severity:
                changed[rule.condition] = (rule, found.because, found)
        self._record(state, changed, key, out)
        out.mark(key, state, changed=bool(changed) or due.question is not None)

    # ------------------------------------------------------------ elements

    def step(self, state: State, view: History, element: Element, out: Output) -> bool:
        """One element is judged by every rule that applies; False: it left the state as it was."""
        view.profile = self.profile_at(element.at)
        view.add(element)
        begins = not state.clocks and bool(self.rules.clocked)
        if begins:
            state.clocks = self.start(element.at - 1).clocks
        concerned = self._concerned(state, view, element)
        if not concerned:
            return begins
        out.ran += len(concerned)
        key = (element.at, OBSERVED, element.id)
        changed: _Changed = {}
        asked = False
        for rule, asks in concerned:
            if not self._runs(rule, view.profile):
                continue
            if self._guarded(rule, key, out, rule.detector.applies, view):
                self._judge(rule, state, view, key, out, changed)
                if asks:
                    asked |= self._ask(rule, state, view, key, out)
        self._record(state, changed, key, out)
        if changed or asked or state.standing:
            out.mark(key, state, changed=bool(changed) or asked)
        return True

    def _concerned(self, state: State, view: History, element: Element) -> Sequence[Judge]:
        """The rules that may have something to say to the newest element; all others would say nothing."""
        if type(element) is not Reading:
            quietly = self.gated and state.is_empty and type(element) is CheckIn and view.says_nothing(element)
            return () if quietly else self.rules.at(element.at).judges
        found = self.passes(view, element)
        if state.is_empty or not self.gated:
            return found
        awake = {rule.id for rule, _ in found}.union(state.standing, (question.rule for question in state.questions))
        return [judge for judge in self.rules.at(element.at).judges if judge[0].id in awake]

    def passes(self, view: History, reading: Reading) -> Sequence[Judge]:
        """The newest reading goes through the gate: the rules it concerns although they neither stand nor asked."""
        force = self.rules.at(reading.at)
        if not self.gated:
            return force.judges
        gate = self._gate_now(view, force)
        is_quiet = gate.is_quiet(reading)
        if not is_quiet and not gate.leaves_no_glow(reading):
            view.unquiet_at = reading.at
        # What was quiet for another profile or rule set may be half of a set that is not.
        dark = reading.at - force.afterglow
        glows = view.unquiet_at >= dark or view.profile.valid_from >= dark or force.since >= dark
        if view.is_back_from_hospital:
            return force.judges  # a check-up asks for the next one, also under a profile that only now has cut-offs
        if is_quiet:
            return force.glowing if glows else ()
        return gate.concerned(reading, glows)

    def _judge(
        self,
        rule: Rule,
        state: State,
        view: History,
        key: Key,
        out: Output,
        changed: _Changed,
    ) -> None:
        found = self._guarded(rule, key, out, rule.detector.judge, view)
        standing = state.standing.get(rule.id)
        if isinstance(found, Present):
            state.standing[rule.id] = Standing(found.severity, view.at)
            if standing is None or standing.severity != found.severity:
                _keep_worst(changed, rule, found.because, found)
        elif isinstance(found, Absent):
            if standing is not None:
                del state.standing[rule.id]
                _keep_worst(changed, rule, "absent", None)
        elif standing is not None:
            state.standing[rule.id] = Standing(standing.severity, view.at)

    def _ask(self, rule: Rule, state: State, view: History, key: Key, out: Output) -> bool:
        """Forgets questions the element answers, keeps the one it asks; whether either happened."""
        before = len(state.questions)
        if before:
            state.questions = [
                question
                for question in state.questions
                if question.rule != rule.id or not self._guarded(rule, key, out, rule.detector.answered, view, question)
            ]
        asked = len(state.questions) != before
        due = self._guarded(rule, key, out, rule.detector.asks, view)
        if due is None or (rule.detector.asks_once and any(q.rule == rule.id for q in state.questions)):
            return asked
        bisect.insort(state.questions, Question(due, rule.id, key[2], key[0]))
        return True

    def _record(self, state: State, changed: _Changed, key: Key, out: Output) -> None:
        for condition in sorted(changed):
            rule, because, found = changed[condition]
            standing = sorted(
                (rule_id, one.severity)
                for rule_id, one in state.standing.items()
                if self.rules.rule(rule_id, one.since_judged).condition == condition
            )
            facts, evidence = ({}, ()) if found is None else (found.facts, found.evidence)
            out.changes.append(Change(key, condition, tuple(standing), rule.id, because, facts, evidence))

    # ------------------------------------------------------------ rules

    def _runs(self, rule: Rule, profile: Profile) -> bool:
        return rule.modes is None or profile.mode in rule.modes

    def _guarded(self, rule: Rule, key: Key, out: Output, ask: Callable[..., Any], *asked: object) -> Any:
        """A rule that raises says nothing; it must not keep the others from judging."""
        try:
            return ask(*asked)
        except Exception as error:
            out.failures.append(RuleFailure(key, rule.id, f"{type(error).__name__}: {error}"))
            return None

    def _gate_now(self, view: History, force: InForce) -> Gate:
        baseline, known = view.baseline(), self._gate
        if known is None or known[0] is not view.profile or known[1] != baseline or known[2].force is not force:
            known = self._gate = (view.profile, baseline, gate_for(force, view.profile, baseline))
        return known[2]


def _keep_worst(changed: _Changed, rule: Rule, because: str, found: Present | None) -> None:
    """Of several rules that change one condition at once, the worst finding speaks."""
    before = changed.get(rule.condition)
    if before is None or _weight(found) < _weight(before[2]):
        changed[rule.condition] = (rule, because, found)


def _weight(found: Present | None) -> int:
    return 9 if found is None else found.severity


def fold(
    folder: Folder, elements: Iterable[Element], until: Millis, earlier: Mapping[int, DaySummary] | None = None
) -> list[Change]:
    """The law that everything else must equal: all changes of a timeline given in order, looked at up to `until`.

    `earlier` are the days of a stay that this one goes on from.
    """
    state, view, out = folder.start(), folder.view(folder.profiles[0]), Output()
    view.days.update(earlier or {})
    for element in elements:
        folder.run_dues(state, view, (element.at, OBSERVED, element.id), until, out)
        folder.step(state, view, element, out)
    folder.run_dues(state, view, AFTER_ALL, until, out)
    return out.changes
