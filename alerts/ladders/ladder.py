"""Ladders as data: read from files, the longest region's first, severity by severity."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, Literal

import msgspec
from msgspec import Struct, structs

from alerts.templating import Language
from detectors.detector import Severity
from detectors.times import MINUTE, Millis

Role = Literal["carer", "head", "doctor", "duty_officer", "duty_leader"]
ROLES: Final[dict[Role, tuple[str, str]]] = {
    "carer": ("当班护理员", "carer or nurse on shift"),
    "head": ("机构负责人", "head of the facility"),
    "doctor": ("签约医生", "paired doctor"),
    "duty_officer": ("县级值班员", "duty officer of the county"),
    "duty_leader": ("带班领导", "duty leader"),
}
DESK: Final = frozenset(("duty_officer", "duty_leader"))
"""Roles at the desk of a county or city: what is about a region itself concerns nobody in a facility."""
_FILES: Final = resources.files("alerts.ladders")


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """A role that is told so many minutes after the alarm."""

    role: Role
    after_minutes: int
    wakes: bool = False  # by the ways that wake first; else by those that do not
    in_quiet: bool = False  # also in the quiet hours
    informs: bool = False  # never by a way that wakes: whoever has no other finds it in the inbox

    @property
    def after(self) -> Millis:
        """From the alarm."""
        return self.after_minutes * MINUTE


class Ladder(Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to an alert of one severity until a person answers."""

    steps: tuple[Step, ...]
    acknowledged_minutes: int
    snooze_most_minutes: int
    remind_minutes: int
    quiet: tuple[str, str] | None = None  # local; never for P1

    def __post_init__(self) -> None:
        times = [step.after_minutes for step in self.steps]
        if not times or times[0] != 0 or times != sorted(times):
            raise ValueError("the first step is at 0 minutes, and each later one not before the one above it")

    @property
    def of_region(self) -> Ladder:
        """The ladder of what is about a region itself: the steps of its desk, the first at once."""
        desk = [step for step in self.steps if step.role in DESK]
        if not desk:
            return structs.replace(self, steps=(Step("duty_officer", 0, informs=True),))
        first = desk[0].after_minutes
        steps = tuple(structs.replace(step, after_minutes=step.after_minutes - first) for step in desk)
        return structs.replace(self, steps=steps)


class Card(Struct, frozen=True):
    """What a role is to do."""

    zh: str
    en: str


Ladders = dict[Severity, Ladder]


@cache
def ladders_of(region: str | None) -> Ladders:
    """The ladders of a region: per severity those of the longest prefix that gives one."""
    found = _read(_FILES / "national.toml")
    for length in (2, 4, 6):
        file = _FILES / "regions" / f"{(region or '')[:length]}.toml"
        if region and len(region) >= length and file.is_file():
            found |= _read(file)
    return found


def ladder_of(region: str | None, severity: Severity, is_region: bool) -> Ladder:
    """The ladder of one severity, for a facility there or for the region itself."""
    ladder = ladders_of(region)[severity]
    return ladder.of_region if is_region else ladder


def parse(text: str) -> Ladders:
    """Ladders of one file; raises ValueError with the mistake."""
    try:
        given = msgspec.convert(tomllib.loads(text), dict[str, Ladder])
        found = {Severity[name]: ladder for name, ladder in given.items()}
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ValueError(f"this is no ladder: {error}") from error
    if Severity.P1 in found and found[Severity.P1].quiet is not None:
        raise ValueError("quiet hours never apply to P1: take them out")
    return found


def _read(file: Traversable) -> Ladders:
    return parse(file.read_text("utf-8"))


@cache
def _cards() -> dict[str, Card]:
    return msgspec.convert(tomllib.loads((_FILES / "cards.toml").read_text("utf-8")), dict[str, Card])


def card(role: str | None, language: Language) -> str:
    """What the role is to do, in a sentence; empty for somebody without a role."""
    known = _cards().get(role or "")
    return "" if known is None else getattr(known, language)
