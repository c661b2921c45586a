"""What comes without anything being observed, and when? Clocks, the ends of questions, lapses, rules that retire."""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from msgspec import Struct

from detectors.detector import Question
from detectors.profile import Profile
from detectors.rules import Rule
from detectors.schedule import Schedule
from detectors.state import DUE, LAPSE, RETIRED, Key, State
from detectors.times import NEVER, Millis


class Due(Struct, frozen=True, gc=False):
    """Something that comes without anything being observed: a clock, a question's end, or the end of a finding."""

    key: Key
    rule: Rule
    question: Question | None = None
    ends: str | None = None  # the finding ends: "lapsed" or "retired"


def key_of(due: Due) -> Key:
    """Its place in the order of everything."""
    return due.key


class DueTimes:
    """The due times of one subject, whose profiles ascend; the first also holds for everything before it."""

    __slots__ = ("_is_constant", "_profile_starts", "profiles", "rules")

    def __init__(self, profiles: tuple[Profile, ...], rules: Schedule) -> None:
        self.profiles = profiles
        self.rules = rules
        self._profile_starts = [profile.valid_from for profile in profiles]
        self._is_constant = len(profiles) == 1 and rules.is_constant

    def profile_at(self, at: Millis) -> Profile:
        """The profile valid at a moment."""
        if len(self.profiles) == 1:
            return self.profiles[0]
        return self.profiles[max(0, bisect.bisect_right(self._profile_starts, at) - 1)]

    # ------------------------------------------------------------ the calendar

    def clocks_after(self, after: Millis | None) -> dict[str, Millis]:
        """The calendar as it runs on from `after`.

        None: from the profile's own beginning; where it has none, the first element starts the calendar.
        """
        begins = self.profiles[0].checks_from
        if begins is not None:
            after = begins if after is None else max(after, begins)
        if after is None:
            return {}
        return {rule_id: self.first_clock(rule_id, after) for rule_id in self.rules.clocked}

    def next_clock(self, rule: Rule, after: Millis) -> Millis:
        """The due time of the calendar after one at which this rule was in force."""
        if self._is_constant:
            return rule.detector.next_due(self.profiles[0], after)
        return self.first_clock(rule.id, after)

    def first_clock(self, rule_id: str, after: Millis) -> Millis:
        """The next due time of the calendar, by the profile and the rule valid when it comes."""
        if self._is_constant:
            return self.rules.rule(rule_id, after).detector.next_due(self.profiles[0], after)
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
            clocks[rule_id] = self.first_clock(rule_id, after if begins is None else max(after, begins))
        state.clocks = clocks

    # ------------------------------------------------------------ what comes next

    def wake_at(self, state: State) -> Millis:
        """When the next due time comes; NEVER if none."""
        wakes = NEVER
        for due in state.clocks.values():
            if due < wakes:  # noqa: PLR1730  # asked several times a reading: `min` costs three times as much
                wakes = due
        if state.questions and state.questions[0].due < wakes:
            wakes = state.questions[0].due
        if not state.standing:
            return wakes
        if not self.rules.is_constant:
            return min(wakes, min([due.key[0] for due in self._ends(state)], default=NEVER))
        earliest = wakes - self.rules.shortest_lapse
        for standing in state.standing.values():
            if standing.since_judged < earliest:
                break
        else:
            return wakes  # whatever stands, it lapses later
        lapses = self.rules.lapses
        for rule_id, standing in state.standing.items():
            due = standing.since_judged + lapses[rule_id]
            if due < wakes:  # noqa: PLR1730  # as above
                wakes = due
        return wakes

    def next_due(self, state: State, horizon: Millis = NEVER - 1, when: Millis | None = None) -> Due | None:
        """What comes next; None: nothing up to `horizon`. `when`: the time it comes, if that is known already."""
        if when is None:
            when = self.wake_at(state)
        if when > horizon:
            return None
        due = self._asked_for(state, when)
        if not self.rules.is_constant:
            ends = [end for end in self._ends(state) if end.key[0] == when]
            return min(ends if due is None else [due, *ends], key=key_of)
        if due is not None:  # a lapse comes after what is due in the same moment
            return due
        lapses = self.rules.lapses
        rule_id = min(one for one, standing in state.standing.items() if standing.since_judged + lapses[one] == when)
        return Due((when, LAPSE, rule_id), self.rules.rule(rule_id, when), ends="lapsed")

    def _asked_for(self, state: State, when: Millis) -> Due | None:
        """The first clock or question of a moment; of several only that one is made."""
        name, asked = "", None
        for rule_id, at in state.clocks.items():
            if at == when and (not name or rule_id < name):
                name = rule_id
        for question in state.questions:
            if question.due > when:
                break
            other = f"{question.rule}:{question.cause_id}"
            if not name or other < name:
                name, asked = other, question
        if not name:
            return None
        if asked is None:
            return Due((when, DUE, name), self.rules.rule(name, when))
        return Due((when, DUE, name), self.rules.rule(asked.rule, asked.cause_at), asked)

    def _ends(self, state: State) -> Iterator[Due]:
        """The lapses and ends of what stands, where rules change."""
        for rule_id, standing in state.standing.items():
            rule = self.rules.rule(rule_id, standing.since_judged)
            if rule.lapses_after is not None:
                yield Due((standing.since_judged + rule.lapses_after, LAPSE, rule_id), rule, ends="lapsed")
        yield from self.retiring(state)

    def retiring(self, state: State) -> Iterator[Due]:
        """The ends of rules that are gone from a later rule set."""
        if self.rules.is_constant:
            return
        for rule_id, standing in state.standing.items():
            retired = self.rules.retired_at(rule_id, standing.since_judged)
            if retired < NEVER:
                rule = self.rules.rule(rule_id, standing.since_judged)
                yield Due((retired, RETIRED, rule_id), rule, ends="retired")
