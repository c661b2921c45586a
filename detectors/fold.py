"""The fold: a timeline in, changes of standing out. Pure, in order of (at, rank, id).

`docs/engine-semantics.md` states the rules of this module for readers. What
matters most: elements are judged at once; due times only up to `looked_until`,
what the partitions have shown us; a due time passed over by a later element is
remembered and folded when `looked_until` reaches it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from detectors.days import DaySummary
from detectors.detector import Present, Question
from detectors.due_times import Due, DueTimes, key_of
from detectors.gate import Gate, gate_for
from detectors.history import History
from detectors.observations import CheckIn, Element, Reading
from detectors.places import PlaceView, SubjectKind
from detectors.profile import Profile
from detectors.rules import Rule
from detectors.schedule import Bits, InForce, Judge, Rules, scheduled
from detectors.state import AFTER_ALL, OBSERVED, Change, Key, Output, Standing, State
from detectors.times import Millis

_Changed = dict[str, tuple[Rule, str, Present | None]]
"""Condition -> the rule whose judgement changed it, its sentence, its finding (None: it is over)."""


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
        self.due_times = DueTimes(profiles, self.rules)
        self.profile_at: Final = self.due_times.profile_at
        self._gate: tuple[Profile, tuple[int | None, int | None], Gate] | None = None

    def view(self, profile: Profile) -> History:
        """An empty history of such a subject."""
        return History(profile) if self.kind == "resident" else PlaceView(profile, self.kind)

    def start(self, after: Millis | None = None) -> State:
        """The empty state whose calendar runs on from `after`; None: from the profile's own beginning."""
        return State(clocks=self.due_times.clocks_after(after))

    # ------------------------------------------------------------ due times

    def run_dues(
        self, state: State, view: History, before: Key, until: Millis, out: Output, when: Millis | None = None
    ) -> Key | None:
        """Judges due times earlier than `before` and not after `until`; the first one left out for `until`, if any.

        `when` is the first of them, if that is known already.
        """
        horizon = until if before is AFTER_ALL else before[0]
        while (due := self.due_times.next_due(state, horizon, when)) is not None and due.key < before:
            when = None
            if due.key[0] > until:
                return self._pass_over(state, before, out)
            view.profile = self.profile_at(due.key[0])
            view.pass_time(due.key[0])
            if due.ends is not None:
                self._end(state, due, due.ends, out)
            else:
                self._run_due(state, view, due, out)
        return None

    def _pass_over(self, state: State, before: Key, out: Output) -> Key | None:
        """Due times wait until we have looked; the end of a rule's time does not: nothing could be seen of it."""
        if before != AFTER_ALL:
            for due in sorted(self.due_times.retiring(state), key=key_of):
                if due.key < before:
                    self._end(state, due, "retired", out)
        left = self.due_times.next_due(state)
        return left.key if left is not None and left.key < before else None

    def _end(self, state: State, due: Due, why: str, out: Output) -> None:
        del state.standing[due.rule.id]
        self._record(state, {due.rule.condition: (due.rule, why, None)}, due.key, out)
        out.mark(due.key, state, changed=True)

    def _run_due(self, state: State, view: History, due: Due, out: Output) -> None:
        rule, key = due.rule, due.key
        if due.question is not None:
            state.questions.remove(due.question)
        else:
            state.clocks[rule.id] = self.due_times.next_clock(rule, key[0])
        found = None
        runs = rule.modes is None or view.profile.mode in rule.modes
        if runs and (self.rules.is_constant or self.rules.is_still(rule, key[0])):
            try:
                found = rule.detector.judge_due(view, due.question)
            except Exception as error:
                out.failed(key, rule.id, error)
        changed: _Changed = {}
        if type(found) is Present:
            standing = state.standing.get(rule.id)
            # Silence may raise, never ease.
            severity = found.severity if standing is None else min(found.severity, standing.severity)
            state.standing[rule.id] = Standing(severity, key[0])
            if standing is None or severity < standing.severity:
                changed[rule.condition] = (rule, found.because, found)
        if changed:
            self._record(state, changed, key, out)
        out.mark(key, state, changed=bool(changed) or due.question is not None)

    # ------------------------------------------------------------ elements

    def step(self, state: State, view: History, element: Element, out: Output) -> bool:
        """One element is judged by every rule that applies; False: no rule was asked, nothing has begun."""
        view.profile = self.profile_at(element.at)
        view.add(element)
        begins = not state.clocks and bool(self.rules.clocked)
        if begins:
            state.clocks = self.due_times.clocks_after(element.at - 1)
        concerned = self._concerned(state, view, element)
        if not concerned:
            if state.standing:
                out.mark((element.at, OBSERVED, element.id), state, changed=False)
            return begins
        out.ran += len(concerned)
        key = (element.at, OBSERVED, element.id)
        changed: _Changed = {}
        asked = self._judge(concerned, state, view, key, out, changed)
        if changed:
            self._record(state, changed, key, out)
        if changed or asked or state.standing:
            out.mark(key, state, changed=bool(changed) or asked)
        return True

    def _judge(
        self, concerned: Sequence[Judge], state: State, view: History, key: Key, out: Output, changed: _Changed
    ) -> bool:
        """These rules have judged the newest element, and asked; whether questions came or went.

        One loop and not a function a rule: of the ill some seventeen are asked about every reading.
        """
        asked = False
        for judge in concerned:
            if judge.modes is not None and view.profile.mode not in judge.modes:
                continue
            try:
                if not judge.detector.applies(view):
                    continue
            except Exception as error:
                out.failed(key, judge.id, error)
                continue
            standing = state.standing.get(judge.id)
            try:
                found = judge.detector.judge(view)
            except Exception as error:
                out.failed(key, judge.id, error)
                found = None
            if type(found) is Present:
                state.standing[judge.id] = Standing(found.severity, key[0])
                if standing is None or standing.severity != found.severity:
                    _keep_worst(changed, judge.rule, found.because, found)
            elif standing is not None:
                if found is None:
                    state.standing[judge.id] = Standing(standing.severity, key[0])
                else:
                    del state.standing[judge.id]
                    _keep_worst(changed, judge.rule, "absent", None)
            if judge.asks:
                asked |= self._ask(judge, state, view, key, out)
        return asked

    def _concerned(self, state: State, view: History, element: Element) -> Sequence[Judge]:
        """The rules that may have something to say to the newest element; all others would say nothing."""
        force = self.rules.at(element.at)
        if not self.gated:
            return force.judges
        if type(element) is not Reading:
            quietly = state.is_empty and type(element) is CheckIn and view.says_nothing(element)
            return () if quietly else force.hearing[type(element)]
        bits = self._bits(view, element, force)
        if state.standing or state.questions:
            listening = force.listening
            for rule_id in state.standing:
                bits |= listening.get(rule_id, 0)
            for question in state.questions:
                bits |= listening.get(question.rule, 0)
        return force.chosen(bits) if bits else ()

    def passes(self, view: History, reading: Reading) -> Bits:
        """The newest reading goes through the gate: the rules it concerns although they neither stand nor asked."""
        return self._bits(view, reading, self.rules.at(reading.at))

    def _bits(self, view: History, reading: Reading, force: InForce) -> Bits:
        gate = view.gate
        if gate is None or gate.force is not force:
            gate = self._gate_now(view, force)
        bits = 0 if gate.is_quiet(reading) else gate.outside(reading)
        if bits & force.glowing:
            view.unquiet_at = reading.at
        if view.where.hospital_at is not None and view.is_back_from_hospital:
            bits |= force.after_hospital  # a check-up asks for the next one
        # What was quiet for another profile or rule set may be half of a set that is not.
        dark = reading.at - force.afterglow
        if view.unquiet_at >= dark or view.profile.valid_from >= dark or force.since >= dark:
            return bits | force.glowing
        return bits

    def _ask(self, judge: Judge, state: State, view: History, key: Key, out: Output) -> bool:
        """Forgets questions the element answers, keeps the one it asks; whether either happened."""
        answered, rule_id = False, judge.id
        for question in state.questions:
            if question.rule == rule_id:
                answered = self._forget_answered(judge, state, view, key, out)
                if judge.asks_once and any(one.rule == rule_id for one in state.questions):
                    return answered
                break
        try:
            due = judge.detector.asks(view)
        except Exception as error:
            out.failed(key, judge.id, error)
            due = None
        if due is None:
            return answered
        bisect.insort(state.questions, Question(due, judge.id, key[2], key[0]))
        return True

    def _forget_answered(self, judge: Judge, state: State, view: History, key: Key, out: Output) -> bool:
        """The rule's questions that the element answers are gone; whether there were any."""
        answered = False
        for question in tuple(state.questions):
            try:
                if question.rule == judge.id and judge.detector.answered(view, question):
                    state.questions.remove(question)
                    answered = True
            except Exception as error:
                out.failed(key, judge.id, error)
        return answered

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

    def _gate_now(self, view: History, force: InForce) -> Gate:
        """The gate of the view's day. From day to day a resident's baseline hardly moves."""
        baseline, known = view.baseline(), self._gate
        if known is None or known[0] is not view.profile or known[1] != baseline or known[2].force is not force:
            known = self._gate = (view.profile, baseline, gate_for(force, view.profile, baseline))
        view.gate = known[2]
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
    view.days.put_all((earlier or {}).items())
    for element in elements:
        folder.run_dues(state, view, (element.at, OBSERVED, element.id), until, out)
        folder.step(state, view, element, out)
    folder.run_dues(state, view, AFTER_ALL, until, out)
    return out.changes
