"""Recorded events and registry files, read for work that needs no service."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeVar

import click
from msgspec import structs

from detectors.contacts import contact
from detectors.corrections import Arrival
from detectors.observations import Binding, Contact, Correction, ReportedDay
from detectors.places import place_profiles, unit_at
from detectors.profile import Profile
from detectors.rules import RuleSet
from detectors.schedule import Rules
from detectors.subjects import SubjectName
from detectors.tier_course import course, with_tiers
from detectors.times import Millis
from ingest.decode import decode_message
from ingest.registry.reading import Problem, read_facilities, read_residents
from ingest.registry.rows import Facility, Resident, profile_of, tier_facts_of
from store.equipment import equipment_in
from store.rows import EventType, Mark, ObservationRow

Row = TypeVar("Row")
_NO_LINES: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "a ZIP file or a workbook",
    b"(\xb5/\xfd": "zstd",
    BOM_UTF16_LE: "UTF-16",
    BOM_UTF16_BE: "UTF-16",
}
"""How files begin that people have in their place; each of their lines would be told of."""
RulesOf = Callable[[str | None], RuleSet]
"""The rules of a region."""


class Registry:
    """What files say of homes and residents; everybody else is provisional."""

    def __init__(
        self, homes: Iterable[Facility], people: Iterable[Resident], region: str | None, rules_of: RulesOf
    ) -> None:
        self._homes = {home.facility: home for home in homes}
        self._people: dict[str, dict[str, list[Resident]]] = {}
        for person in sorted(people, key=lambda person: person.valid_from or 0):
            self._people.setdefault(person.facility, {}).setdefault(person.resident, []).append(person)
        self._region = region
        self._rules_of = rules_of
        self._places: dict[str, tuple[Profile, ...]] = {}
        self.begins_at: Millis | None = None  # from here on registered facilities may be missed

    def profiles_of(self, subject: str) -> tuple[tuple[Profile, ...], Rules]:
        """The profiles and the rules of a subject."""
        name = SubjectName.parse(subject)
        if name.kind in ("unit", "facility"):
            if subject not in self._places:
                self._places[subject] = self._profiles_of_place(name)
            return self._places[subject], self.rules_of(name.facility)
        home, people = self._homes.get(name.facility), self._people.get(name.facility, {}).get(name.id, [])
        rules = self._rules_of(self.region_of(name.facility))
        profiles = tuple(profile_of(home, person) for person in people) or (profile_of(home, None),)
        return with_tiers(profiles, course(tier_facts_of(people), lambda at: rules.tiers, profiles[0])), rules

    def profiles_of_place(self, facility: str) -> tuple[Profile, ...]:
        """The profiles of a facility itself."""
        return self.profiles_of(str(SubjectName(facility, "facility", facility)))[0]

    def _profiles_of_place(self, name: SubjectName) -> tuple[Profile, ...]:
        home = profile_of(self._homes.get(name.facility), None)
        people = {who: _units(rows) for who, rows in self._people.get(name.facility, {}).items()}
        begins = self.begins_at if name.facility in self._homes else None
        return place_profiles((home,), people, name.id if name.kind == "unit" else None, begins)

    def unit_of(self, who: SubjectName, at: Millis) -> str | None:
        """Where a resident lives at a moment."""
        rows = self._people.get(who.facility, {}).get(who.id, []) if who.kind == "resident" else []
        return unit_at(_units(rows), at)

    def heard_of(self, facility: str, at: Millis) -> tuple[ReportedDay, Contact]:
        """What something observed then says of its facility: received is observed."""
        calendar = profile_of(self._homes.get(facility), None)
        return ReportedDay(calendar.midnight(calendar.day_of(at)), "day"), contact(at, "fresh", calendar)

    def rules_of(self, facility: str) -> Rules:
        """The rules of a facility: of its own region, else of the given one."""
        return self._rules_of(self.region_of(facility))

    def region_of(self, facility: str) -> str | None:
        """Where a facility lies, as its file says, else as the command says."""
        home = self._homes.get(facility)
        return home.region if home is not None and home.region else self._region

    @property
    def facilities(self) -> frozenset[str]:
        """The codes of the facilities whose file was given."""
        return frozenset(self._homes)


def _units(rows: Iterable[Resident]) -> list[tuple[Millis, str | None]]:
    return [(row.valid_from or 0, row.unit) for row in rows]


def registry_of(facilities: Path | None, residents: Path | None, region: str | None, rules_of: RulesOf) -> Registry:
    """What the files say; raises ClickException with every row that cannot be used."""
    return Registry(
        _rows(read_facilities(facilities), facilities) if facilities else [],
        _rows(read_residents(residents), residents) if residents else [],
        region,
        rules_of,
    )


def _rows(read: tuple[list[Row], list[Problem]], path: Path) -> list[Row]:
    rows, problems = read
    for note in (one for one in problems if one.weight == "note"):
        click.echo(str(note), err=True)
    wrong = [one for one in problems if one.weight == "wrong"]
    if wrong:
        raise click.ClickException("; ".join(f"{path}: {problem}" for problem in wrong))
    return rows


class Recording:
    """The rows of a file of events, in its order; `failed` once a line could not be read; `is_empty` until one was."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failed = False
        self.is_empty = True

    def __iter__(self) -> Iterator[ObservationRow]:
        for number, line in enumerate(self._file, 1):
            if number == 1 and (what := next((what for head, what in _NO_LINES.items() if line.startswith(head)), "")):
                raise click.ClickException(f"the file is {what}, not lines of JSON in UTF-8: convert it first")
            text = line.removeprefix(BOM_UTF8 if number == 1 else b"").strip()
            if not text:
                continue
            self.is_empty = False
            decoded = decode_message(text, key=None, received_at=0)
            for problem in decoded.problems:
                click.echo(f"line {number}: {problem.sentence.en}", err=True)
                self.failed |= problem.fate == "rejected"
            yield from decoded.rows


def arrival_of(row: ObservationRow) -> Arrival | None:
    """The row as the engines take it, received when it was observed; None: nothing is judged of it."""
    if row.type is EventType.facility_report:
        return _report_of(row)
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


def concerns_residents(arrival: Arrival) -> bool:
    """It does not speak of somebody who works there, or of the facility itself."""
    return not arrival.resident or SubjectName.parse(arrival.resident).kind == "resident"


def _report_of(row: ObservationRow) -> Arrival:
    facility = str(SubjectName(row.facility, "facility", row.facility))
    return Arrival(facility, row.observed_at, equipment_in(row.observed_at, row.event_id, row.rest), row.content)


def _device(facility: str, device: str) -> str:
    """A device by its facility: two may have the same."""
    return f"{facility}\0{device}"
