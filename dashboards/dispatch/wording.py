"""The words of a dispatch in one language: what `texts.toml` and the dictionary say, as people write it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from dashboards.dispatch.document import Language
from dashboards.rollup.places import name_of
from detectors.times import Millis
from store.dictionary import FIGURES, UNITS, Words

_CHINA: Final = timezone(timedelta(hours=8))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WIDE: Final = str.maketrans("(),", "（），")
"""Names come with the brackets of tables; in a Chinese text they are as wide as the signs around them."""


class _Texts(Struct, frozen=True, forbid_unknown_fields=True):
    words: dict[str, Words]
    paragraphs: dict[str, tuple[Words, ...]]
    tables: dict[str, tuple[str, ...]]
    by_place: dict[str, tuple[str, ...]]


TEXTS: Final = msgspec.convert(
    tomllib.loads((resources.files("dashboards.dispatch") / "texts.toml").read_text("utf-8")), _Texts
)


class Wording:
    """Says things in one language, of places as they are called on one day."""

    def __init__(self, language: Language, day: int) -> None:
        self.language: Language = language
        self.day = day

    def of(self, words: Words) -> str:
        return words.zh if self.language == "zh" else words.en

    def word(self, name: str, **values: object) -> str:
        return self.of(TEXTS.words[name]).format(**values)

    def name(self, figure: str) -> str:
        one = FIGURES[figure]
        return one.zh.translate(_WIDE) if self.language == "zh" else one.en

    def counted(self, unit: str) -> str:
        """The unit behind a number; English names already say what is counted."""
        return UNITS[unit].zh if self.language == "zh" else "%" if unit == "percent" else ""

    def place(self, region: str) -> str:
        zh, en = name_of(region, self.day)
        return zh.translate(_WIDE) if self.language == "zh" else en

    def joined(self, texts: list[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(texts)

    def sentence(self, clauses: list[str]) -> str:
        if self.language == "zh":
            return "；".join(clauses) + "。"
        text = "; ".join(clauses) + "."
        return text[:1].upper() + text[1:]


def clock(at: Millis) -> str:
    """A moment in China."""
    return datetime.fromtimestamp(at / 1_000, _CHINA).strftime("%Y-%m-%d %H:%M")


def moment(day: int, minute: int) -> str:
    """A minute of a day."""
    return (_EPOCH + timedelta(days=day, minutes=minute)).strftime("%Y-%m-%d %H:%M")
