"""Recorded events run through the engines as their times pass: transitions out, or episodes in the end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from alerts.evidence import evidence_as_json
from alerts.explain import explain, facts_of
from alerts.follow import Follower, order_of
from alerts.reconcile import Transition
from detectors.corrections import Arrival
from detectors.engine import Engine
from detectors.episodes import Episode
from detectors.observations import Element
from detectors.place_engine import PlaceEngine
from detectors.schedule import Rules, scheduled
from detectors.state import Change
from detectors.subjects import SubjectName
from detectors.times import NEVER, Millis, to_text
from detectors.weekly.engine import WeekEngine
from sizao.recordings import Registry, arrival_of, concerns_residents
from sizao.week_rows import hear
from store.rows import ObservationRow


class Detection:
    """Runs rows through the engines as their times pass; received is observed."""

    def __init__(self, registry: Registry) -> None:
        ids = count(1)
        self._registry = registry
        self._places = PlaceEngine(registry.profiles_of, registry.unit_of)
        self._engine = Engine(registry.profiles_of)
        self._weeks = WeekEngine(registry.profiles_of)
        self._followers = (Follower(self._engine, ids), Follower(self._places, ids), Follower(self._weeks, ids))
        self._clock: Millis = -NEVER

    def take(self, row: ObservationRow) -> Iterator[dict[str, object]]:
        """The transitions that one more row brings, with those that were due before it."""
        arrival = arrival_of(row)
        if self._clock == -NEVER:
            self._registry.begins_at = row.observed_at
            for facility in self._registry.facilities:
                self._places.know(facility)
        if row.observed_at > self._clock:
            self._clock = row.observed_at
            yield from self._told([], self._clock - 1)
        for heard in self._registry.heard_of(row.facility, row.observed_at):
            self._places.hear(row.facility, heard)
        hear(self._weeks, self._registry, row)
        if arrival is not None:
            # What is due at this very moment waits: an element of the same time still counts before it.
            yield from self._told([arrival], self._clock - 1)

    def finish(self, until: Millis | None) -> Iterator[dict[str, object]]:
        """The transitions due up to the end."""
        if until is not None:
            self._clock = max(self._clock, until)
        yield from self._told([], self._clock)

    def _told(self, arrivals: list[Arrival], until: Millis) -> Iterator[dict[str, object]]:
        residents, places, weeks = self._followers
        of_residents = [one for one in arrivals if concerns_residents(one)]
        told = [*residents.process(of_residents, until), *places.process(arrivals, until), *weeks.process((), until)]
        for subject, transition in sorted(told, key=order_of):
            yield self._as_json(SubjectName.parse(subject), transition)

    def _as_json(self, subject: SubjectName, transition: Transition) -> dict[str, object]:
        explained = explain(transition, self._registry.rules_of(subject.facility))
        return {
            "at": to_text(self._clock if transition.at is None else transition.at),
            "kind": transition.kind,
            "condition": transition.episode.condition,
            "severity": explained.severity.name,
            "facility": subject.facility,
            "subject": {"kind": subject.kind, "id": subject.id},
            "rule": explained.rule,
            "rule_version": explained.rule_version,
            "episode": transition.id,
            "reason": {"zh": explained.reason.zh, "en": explained.reason.en},
            "evidence": [evidence_as_json(element) for element in explained.evidence],
        }

    def episodes(self) -> list[dict[str, object]]:
        """The final episodes, by beginning."""
        found = [
            (episode.opened, subject, episode)
            for follower in self._followers
            for subject, stored in follower.stored.items()
            for episode in (one.episode for one in stored)
        ]
        found.sort(key=lambda one: (one[0], one[1], one[2].condition))
        return [self._episode_as_json(SubjectName.parse(subject), episode) for _, subject, episode in found]

    def residents(self) -> list[SubjectName]:
        """Everybody whose checks were seen."""
        return sorted(SubjectName.parse(name) for name in self._engine.lives)

    def life_of(self, who: SubjectName) -> tuple[list[Element], list[Episode]]:
        """A resident's elements that count and episodes, in order."""
        return self._engine.lives[str(who)].timeline.elements, self._engine.episodes(str(who))

    def _episode_as_json(self, subject: SubjectName, episode: Episode) -> dict[str, object]:
        return {
            "condition": episode.condition,
            "facility": subject.facility,
            "subject": {"kind": subject.kind, "id": subject.id},
            "began": to_text(episode.opened[0]),
            "ended": None if episode.ended is None else to_text(episode.ended[0]),
            "outcome": episode.outcome,
            "severity": episode.worst.name,
            "rules": list(episode.rules),
            "trail": [_change_as_json(change, self._registry.rules_of(subject.facility)) for change in episode.trail],
            "evidence": [evidence_as_json(element) for element in episode.explanation.evidence],
        }


def _change_as_json(change: Change, rules: Rules) -> dict[str, object]:
    shown: dict[str, object] = {
        "at": to_text(change.key[0]),
        "severity": None if change.severity is None else change.severity.name,
        "standing": {rule: severity.name for rule, severity in change.standing},
        "rule": change.rule,
        "because": change.because,
    }
    reasons = scheduled(rules).rule(change.rule, change.key[0]).reasons
    if change.because in reasons:
        zh, en = facts_of(change)
        text = reasons[change.because].filled(zh, en)
        shown["reason"] = {"zh": text.zh, "en": text.en}
    return shown
