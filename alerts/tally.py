"""Adds up what would change: one resident after the other, keeping figures and a few examples.

A nation's history needs no more memory than its facilities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from alerts.comparison import (
    MONTH_DAYS,
    Comparison,
    Count,
    Example,
    FacilityFigures,
    Feedback,
    Precision,
    RuleFigures,
    Side,
    ToldFigures,
)
from alerts.evidence import evidence_as_json
from alerts.explain import explain
from alerts.ladders.ladder import ROLES, Step, ladder_of
from alerts.reconcile import Transition, course
from alerts.routing import NOBODY, registered
from detectors.detector import Severity
from detectors.episodes import Episode
from detectors.places import SubjectKind
from detectors.schedule import Schedule
from detectors.times import DAY, HOUR, Millis, to_text
from detectors.trials import Pair, Span, Trial, paired
from store.deliveries import Way
from store.recipients import Recipient

EXAMPLES: Final = 5
"""So many of each kind are kept."""
_CHINA: Final = 8 * HOUR


class Lived(Struct, frozen=True):
    """The episodes of a resident, or of a place, in the span, under both sets."""

    facility: str
    facility_id: int
    region: str | None
    resident: str  # or the code of the unit, the facility, the region
    days: float  # of the span that the resident was known
    then: Sequence[Episode]
    now: Sequence[Episode]
    feedback: Sequence[Feedback] = ()
    has_roster: bool = False  # somebody is on duty for the facility; else the registered recipients are told
    kind: SubjectKind = "resident"


class Tally:
    """Adds up; `result` may be asked at any time."""

    def __init__(self, span: Span, recipients: Iterable[Recipient] = ()) -> None:
        self._span = span
        self._recipients = list(recipients)
        self._residents, self._days = 0, 0.0
        self._conditions: set[str] = set()
        self._not_compared: set[str] = set()
        self._rules: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._severities: tuple[Counter[Severity], Counter[Severity]] = (Counter(), Counter())
        self._by_day: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self._told: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
        self._facilities: dict[str, list[int]] = {}  # then, now, only then, only now
        self._feedback: list[int] = [0, 0, 0, 0]  # judged and true then, judged and true now
        self._sides: Counter[Side] = Counter()
        self._examples: dict[tuple[Side, str], list[Example]] = {}

    def begin(self, facility: str, trial: Trial) -> None:
        """The facility is compared in the conditions of the trial."""
        self._facilities.setdefault(facility, [0, 0, 0, 0])
        self._conditions |= trial.conditions
        self._not_compared |= trial.not_compared

    def add(self, lived: Lived, schedules: tuple[Schedule, Schedule]) -> None:
        """One subject more; `schedules` are those under which the episodes were judged."""
        if lived.kind == "resident":
            self._residents += 1
            self._days += lived.days
        figures = self._facilities.setdefault(lived.facility, [0, 0, 0, 0])
        for side, episodes in enumerate((lived.then, lived.now)):
            figures[side] += len(episodes)
            for episode in episodes:
                self._count(side, episode, lived)
        for pair in paired(lived.then, lived.now):
            self._compare(pair, lived, schedules, figures)

    def _count(self, side: int, episode: Episode, lived: Lived) -> None:
        self._rules[side].update(episode.rules)
        self._severities[side][episode.worst] += 1
        self._by_day[side][(episode.opened[0] + _CHINA) // DAY] += 1
        for transition in course(0, (), episode.trail):
            if transition.kind in ("opened", "worsened"):
                self._told[side].update(self._ways(transition.episode.severity, lived))
        judged = [one for one in lived.feedback if one.condition == episode.condition and _stood(episode, one.at)]
        if judged:
            self._feedback[2 * side] += 1
            self._feedback[2 * side + 1] += judged[-1].is_true

    def _ways(self, severity: Severity, lived: Lived) -> list[Way]:
        """Who is told of an alarm, and who is if nobody answers: roles on the ladder, or the registered recipients."""
        if lived.has_roster:
            ladder = ladder_of(lived.region, severity, lived.kind == "region")
            return [("role", _role(step)) for step in ladder.steps]
        routes = registered(severity, lived.facility_id, lived.region, False, self._recipients)
        return [(one.channel, one.address) for one in routes if one.not_told is None and one.channel != NOBODY]

    def _compare(self, pair: Pair, lived: Lived, schedules: tuple[Schedule, Schedule], figures: list[int]) -> None:
        then, now = pair.then, pair.now
        side: Side
        if then is None:
            side, figures[3] = "only_now", figures[3] + 1
        elif now is None:
            side, figures[2] = "only_then", figures[2] + 1
        elif then.worst != now.worst:
            side = "severity"
        else:
            return
        self._sides[side] += 1
        episode = now or then
        assert episode is not None
        kept = self._examples.setdefault((side, episode.explanation.rule), [])
        if len(kept) < EXAMPLES:
            kept.append(_example(side, pair, episode, lived, schedules[0 if now is None else 1]))

    def result(self) -> Comparison:
        """Everything so far."""
        span = self._span
        rules = sorted(self._rules[0].keys() | self._rules[1].keys())
        homes = [FacilityFigures(code, *figures) for code, figures in sorted(self._facilities.items())]
        told = [
            ToldFigures(channel, address, self._told[0][channel, address], self._told[1][channel, address])
            for channel, address in sorted(self._told[0].keys() | self._told[1].keys())
        ]
        return Comparison(
            since=to_text(span.since),
            until=to_text(span.until),
            facilities=len(self._facilities),
            residents=self._residents,
            resident_days=round(self._days, 2),
            conditions=sorted(self._conditions),
            not_compared=sorted(self._not_compared),
            then=sum(home.then for home in homes),
            now=sum(home.now for home in homes),
            only_then=self._sides["only_then"],
            only_now=self._sides["only_now"],
            other_severity=self._sides["severity"],
            by_severity={
                severity.name: Count(self._severities[0][severity], self._severities[1][severity])
                for severity in Severity
            },
            rules=[self._rule(rule) for rule in rules],
            by_facility=sorted(
                (home for home in homes if home.only_then or home.only_now or home.then != home.now),
                key=lambda home: (-abs(home.now - home.then), -home.only_then - home.only_now, home.facility),
            ),
            told=[one for one in told if one.then != one.now],
            precision=Precision(*self._feedback) if any(self._feedback) else None,
            examples=[one for _, kept in sorted(self._examples.items()) for one in kept],
            by_day={
                to_text(day * DAY)[:10]: Count(self._by_day[0][day], self._by_day[1][day])
                for day in range((span.since + _CHINA) // DAY, (span.until - 1 + _CHINA) // DAY + 1)
            },
        )

    def _rule(self, rule: str) -> RuleFigures:
        then, now = self._rules[0][rule], self._rules[1][rule]
        return RuleFigures(rule, then, now, self._rate(then), self._rate(now))

    def _rate(self, number: int) -> float | None:
        return round(number * 100 * MONTH_DAYS / self._days, 3) if self._days else None


def _role(step: Step) -> str:
    name = " ".join(ROLES[step.role])
    return f"{name}, if unanswered for {step.after_minutes} minutes" if step.after_minutes else name


def _stood(episode: Episode, at: Millis) -> bool:
    return episode.opened[0] <= at and (episode.ended is None or at <= episode.ended[0])


def _example(side: Side, pair: Pair, episode: Episode, lived: Lived, schedule: Schedule) -> Example:
    explained = explain(Transition("opened", 0, episode, episode.explanation), schedule)
    return Example(
        side=side,
        condition=episode.condition,
        facility=lived.facility,
        resident=lived.resident if lived.kind == "resident" else f"{lived.kind} {lived.resident}",
        began=to_text(episode.opened[0]),
        rule=explained.rule,
        severity_then=None if pair.then is None else pair.then.worst.name,
        severity_now=None if pair.now is None else pair.now.worst.name,
        reason=explained.reason,
        evidence=[evidence_as_json(element) for element in explained.evidence],
    )
