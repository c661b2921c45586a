"""`sizao detect`: events in order of arrival in, transitions out. No wall clock, no services."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

import click
import msgspec
from msgspec import structs

from alerts.evidence import evidence_as_json
from alerts.explain import explain, facts_of
from alerts.follow import Follower, order_of
from alerts.reconcile import Transition
from detectors.corrections import Arrival
from detectors.engine import Engine
from detectors.episodes import Episode
from detectors.fold import Change
from detectors.observations import Binding, Correction
from detectors.place_engine import PlaceEngine
from detectors.places import place_profiles, unit_at
from detectors.profile import Profile
from detectors.schedule import Rules, scheduled
from detectors.subjects import SubjectName
from detectors.times import NEVER, Millis, to_millis, to_text
from ingest.decode import decode_message
from ingest.registry.reading import Problem, read_facilities, read_residents
from ingest.registry.rows import Facility, Resident, profile_of
from store.rows import Mark, ObservationRow
from streams.catalogue import rules_of

Row = TypeVar("Row")


class Registry:
    """What detect knows of homes and residents; everybody else is provisional."""

    def __init__(self, homes: Iterable[Facility], people: Iterable[Resident], region: str | None) -> None:
        self._homes = {home.facility: home for home in homes}
        self._people: dict[str, dict[str, list[Resident]]] = {}
        for person in sorted(people, key=lambda person: person.valid_from or 0):
            self._people.setdefault(person.facility, {}).setdefault(person.resident, []).append(person)
        self._region = region
        self._places: dict[str, tuple[Profile, ...]] = {}

    def profiles_of(self, subject: str) -> tuple[tuple[Profile, ...], Rules]:
        """The profiles and the rules of a subject."""
        name = SubjectName.parse(subject)
        if name.kind in ("unit", "facility"):
            if subject not in self._places:
                self._places[subject] = self._profiles_of_place(name)
            return self._places[subject], self.rules_of(name.facility)
        home, people = self._homes.get(name.facility), self._people.get(name.facility, {}).get(name.id, [])
        profiles = tuple(profile_of(home, person) for person in people) or (profile_of(home, None),)
        return profiles, self.rules_of(name.facility)

    def _profiles_of_place(self, name: SubjectName) -> tuple[Profile, ...]:
        home = profile_of(self._homes.get(name.facility), None)
        people = {who: _units(rows) for who, rows in self._people.get(name.facility, {}).items()}
        return place_profiles((home,), people, name.id if name.kind == "unit" else None)

    def unit_of(self, who: SubjectName, at: Millis) -> str | None:
        """Where a resident lives at a moment."""
        rows = self._people.get(who.facility, {}).get(who.id, []) if who.kind == "resident" else []
        return unit_at(_units(rows), at)

    def day_of(self, facility: str, at: Millis) -> Millis:
        """The beginning of the local day."""
        profile = profile_of(self._homes.get(facility), None)
        return profile.midnight(profile.day_of(at))

    def rules_of(self, facility: str) -> Rules:
        """The rules of a facility: of its own region, else of the given one."""
        home = self._homes.get(facility)
        return rules_of(home.region if home is not None and home.region else self._region)


def _units(rows: Iterable[Resident]) -> list[tuple[Millis, str | None]]:
    return [(row.valid_from or 0, row.unit) for row in rows]


class Detection:
    """Runs rows through the engines as their times pass; received is observed."""

    def __init__(self, registry: Registry) -> None:
        ids = count(1)
        self._registry = registry
        self._places = PlaceEngine(registry.profiles_of, registry.unit_of)
        self._followers = (Follower(Engine(registry.profiles_of), ids), Follower(self._places, ids))
        self._clock: Millis = -NEVER

    def take(self, row: ObservationRow) -> Iterator[dict[str, object]]:
        """The transitions that one more row brings, with those that were due before it."""
        arrival = _arrival(row)
        if row.observed_at > self._clock:
            self._clock = row.observed_at
            yield from self._told([], self._clock - 1)
        if row.counts:
            self._places.heard(row.facility, self._registry.day_of(row.facility, row.observed_at))
        if arrival is not None:
            # What is due at this very moment waits: an element of the same time still counts before it.
            yield from self._told([arrival], self._clock - 1)

    def finish(self, until: Millis | None) -> Iterator[dict[str, object]]:
        """The transitions due up to the end."""
        if until is not None:
            self._clock = max(self._clock, until)
        yield from self._told([], self._clock)

    def _told(self, arrivals: list[Arrival], until: Millis) -> Iterator[dict[str, object]]:
        residents, places = self._followers
        of_residents = [one for one in arrivals if not _is_of_staff(one)]
        told = [*residents.process(of_residents, until), *places.process(arrivals, until)]
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


def _arrival(row: ObservationRow) -> Arrival | None:
    """The row as the engines take it, received when it was observed; None: nothing is judged of it."""
    event = row.element
    is_unbound = bool(row.marks & Mark.UNBOUND)
    whose = row.resident or row.staff
    if event is None or (whose is None and not is_unbound and not isinstance(event, Correction)):
        return None
    if isinstance(event, Correction) and event.replacement_resident is not None:
        other = SubjectName(row.facility, "resident", event.replacement_resident)
        event = structs.replace(event, replacement_resident=str(other))
    if isinstance(event, Binding):
        event = structs.replace(event, device=_device(row.facility, event.device))
    kind: Literal["resident", "staff"] = "resident" if row.resident is not None else "staff"
    subject = "" if whose is None else str(SubjectName(row.facility, kind, whose))
    device = _device(row.facility, row.device or "") if is_unbound else None
    return Arrival(subject, row.observed_at, event, row.content, device)


def _is_of_staff(arrival: Arrival) -> bool:
    return bool(arrival.resident) and SubjectName.parse(arrival.resident).kind == "staff"


def _device(facility: str, device: str) -> str:
    """A device by its facility: two may have the same."""
    return f"{facility}\0{device}"


class _Time(click.ParamType):
    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Millis:
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-01-05T18:00:00+08:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} lacks its offset, such as +08:00", param, ctx)
        return to_millis(moment)


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--residents", type=_FILE, help="residents.csv: scale, usual values, tier.")
@click.option("--facilities", type=_FILE, help="facilities.csv: zone, altitude, cut-offs, mode.")
@click.option("--region", metavar="CODE", help="GB/T 2260 code whose rules hold for facilities without a region.")
@click.option("--until", type=_Time(), help="Let time pass up to here after the last event.")
@click.option("--episodes", is_flag=True, help="Print the final episodes instead of the transitions.")
@click.argument("file", type=click.File("rb"))
def detect(
    file: BinaryIO,
    residents: Path | None,
    facilities: Path | None,
    region: str | None,
    until: Millis | None,
    episodes: bool,
) -> None:
    """Judge recorded events: JSON lines in order of arrival in, transitions out.

    FILE holds one event of the wire contract a line; - is standard input. No
    wall clock: received is observed, and what is due passes as event time
    does. A line that cannot be read is named on standard error, the rest goes
    on, and the exit code is 1.

    \b
    Example:  sizao detect --until 2026-01-06T00:00:00+08:00 readings.jsonl
    """
    if region is not None and not (region.isdigit() and len(region) == 6):
        raise click.BadParameter("a GB/T 2260 code has six digits, such as 510100", param_hint="--region")
    registry = Registry(
        _rows(read_facilities(facilities), facilities) if facilities else [],
        _rows(read_residents(residents), residents) if residents else [],
        region,
    )
    detection = Detection(registry)
    failed = False
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        decoded = decode_message(line.strip(), key=None, received_at=0)
        for problem in decoded.problems:
            click.echo(f"line {number}: {problem.sentence.en}", err=True)
            failed |= problem.fate == "rejected"
        for row in decoded.rows:
            _write(detection.take(row), not episodes)
    _write(detection.finish(until), not episodes)
    if episodes:
        _write(detection.episodes(), True)
    if failed:
        sys.exit(1)


def _rows(read: tuple[list[Row], list[Problem]], path: Path) -> list[Row]:
    rows, problems = read
    if problems:
        raise click.ClickException("; ".join(f"{path}: {problem}" for problem in problems))
    return rows


def _write(lines: Iterable[dict[str, object]], shown: bool) -> None:
    for line in lines:
        if shown:
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
