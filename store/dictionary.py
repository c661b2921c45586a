"""What does each figure say, where does it come from, over which time, and out of how many?

`dictionary.toml` is the one table of figures: roll-ups, dispatch, boards and
exports read it, and `docs/data-dictionary.md` is written from it. A figure that
is not in it is not printed.

How a figure adds up is its kind. Two parts of a day become a day or a period,
and facilities become regions:

    flow    counted in each part; parts and facilities are added
    stock   as it stood at the end; the last part counts, facilities are added
    any     1 if it was so in any part; facilities are added
    every   1 if it was so in every part; facilities are added
    ratio   of two sums, made when it is read and never added
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Final, Literal

import msgspec
from msgspec import Struct


class Words(Struct, frozen=True):
    """The same in Chinese and English."""

    zh: str
    en: str


class Figure(Struct, frozen=True, forbid_unknown_fields=True):
    """One figure, and all that a reader must know to check it."""

    name: str  # its column in the roll-ups
    kind: Literal["flow", "stock", "any", "every", "ratio"]
    unit: str  # of UNITS
    zh: str
    en: str
    blank: str  # of BLANK: when a facility's value is blank
    source: tuple[str, ...] = ()  # event.field, file.csv column or table.column
    how_zh: str = ""  # what is counted, and by which time
    how_en: str = ""
    of: str = ""  # of a ratio: the figure on top
    over: tuple[str, ...] = ()  # of a ratio: the figures whose sum it is a part of: the denominator


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """Figures that are printed together."""

    zh: str
    en: str
    figure: tuple[Figure, ...]


class _Dictionary(Struct, frozen=True, forbid_unknown_fields=True):
    units: dict[str, Words]
    blank: dict[str, Words]
    section: tuple[Section, ...]
    record: Section
    live: Section


_TEXT: Final = (resources.files("store") / "dictionary.toml").read_text("utf-8")
_READ: Final = msgspec.convert(tomllib.loads(_TEXT), _Dictionary)
VERSION: Final = hashlib.sha256(_TEXT.encode()).hexdigest()[:12]
"""By which table figures were counted: the digest of its text."""
UNITS: Final[Mapping[str, Words]] = _READ.units
BLANK: Final[Mapping[str, Words]] = _READ.blank
SECTIONS: Final = _READ.section
FIGURES: Final[Mapping[str, Figure]] = {one.name: one for section in SECTIONS for one in section.figure}
"""Every figure by its name, in the order in which they are printed."""

RECORD: Final = _READ.record
"""Numbers of what people do, counted from its record when a dispatch is frozen; in no roll-up."""

LIVE: Final = _READ.live
"""Numbers of the moment, `what.field` of the value that holds them; in no roll-up, dispatch or board."""

STORED: Final = tuple(one for one in FIGURES.values() if one.kind != "ratio")
"""Those that roll-ups keep, each in a column of its name."""
