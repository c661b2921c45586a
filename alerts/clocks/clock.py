"""Reporting clocks as data: read from files, clock by clock the longest region's. Pure."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import msgspec
from msgspec import Struct

from alerts.ladders.ladder import ROLES, Role
from detectors.rules import Text
from detectors.times import MINUTE, Millis

CONDITIONS: Final = frozenset(("positive_test", "first_case"))
"""What starts the clocks by itself: D19 and D28, never low oxygen. A call may say that it is about a case."""
SHORT: Final[Millis] = 60 * MINUTE
"""A clock as long as that, or shorter, wakes (own choice)."""
_FILES: Final = resources.files("alerts.clocks")


class Clock(Struct, frozen=True, forbid_unknown_fields=True):
    """A report that is due so many minutes after the positive was known, or after another report."""

    name: Text
    minutes: int  # 0: nobody reports this here
    warns_before_minutes: int
    roles: tuple[Role, ...]  # who is reminded before it runs out; afterwards the desk is told
    source: Text
    after: str | None = None

    def __post_init__(self) -> None:
        if self.minutes and not 0 < self.warns_before_minutes < self.minutes:
            raise ValueError("warns_before_minutes lies between 0 and minutes")
        if not self.roles or any(role not in ROLES for role in self.roles):
            raise ValueError(f"roles are of {', '.join(ROLES)}")

    @property
    def lasts(self) -> Millis:
        """From its start."""
        return self.minutes * MINUTE

    @property
    def warns_before(self) -> Millis:
        """Before its end."""
        return self.warns_before_minutes * MINUTE


Clocks = dict[str, Clock]


@cache
def clocks_of(region: str | None) -> Clocks:
    """The clocks of a region by their names, in order; those that are switched off are left out."""
    found = parse((_FILES / "national.toml").read_text("utf-8"))
    for length in (2, 4, 6):
        file: Traversable = _FILES / "regions" / f"{(region or '')[:length]}.toml"
        if region and len(region) >= length and file.is_file():
            found |= parse(file.read_text("utf-8"))
    return checked({name: clock for name, clock in found.items() if clock.minutes})


def parse(text: str) -> Clocks:
    """Clocks of one file; raises ValueError with the mistake."""
    try:
        return msgspec.convert(tomllib.loads(text), Clocks)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"these are no clocks: {error}") from error


def checked(found: Clocks) -> Clocks:
    """The same; raises ValueError where one waits for another that nobody keeps."""
    for name, clock in found.items():
        if clock.after is not None and clock.after not in found:
            raise ValueError(f"{name} starts after {clock.after}, which is no clock here")
    return found
