"""The restricted annex as a document: whom to visit, why each is on the list, and how the list came about."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from dashboards.dispatch.document import Document, Language, Section, Table
from dashboards.dispatch.wording import clock, moment
from dashboards.rollup.places import name_of
from dashboards.spot_checks.drawing import reasons
from dashboards.spot_checks.following import Standing, standing
from store.dictionary import Words
from store.spot_checks import Draw, SpotCheck, Step


class _Texts(Struct, frozen=True, forbid_unknown_fields=True):
    words: dict[str, Words]
    reasons: dict[str, Words]


TEXTS: Final = msgspec.convert(
    tomllib.loads((resources.files("dashboards.spot_checks") / "texts.toml").read_text("utf-8")), _Texts
)


class Line(Struct, frozen=True):
    """A home on the list in words, and where its visit stands."""

    check: SpotCheck
    county: str
    part: str
    why: str
    stage: str
    due: str
    standing: Standing
    steps: tuple[Step, ...]


def lines(
    checks: Sequence[SpotCheck], done: Mapping[int, Sequence[Step]], today: int, language: Language
) -> list[Line]:
    """The list as people read it."""
    return [_line(one, tuple(done[one.id]), today, language) for one in checks]


def annex(draw: Draw, listed: Sequence[Line], language: Language) -> Document:
    """The document that every format of a dispatch can print."""
    place = name_of(draw.region, draw.day)[language == "en"]
    chance = sum(one.check.part == "chance" for one in listed)
    head = (
        word("only", language),
        word("level", language, place=place, when=clock(draw.drawn_at), by=draw.drawn_by),
    )
    said = (
        word("how", language, size=len(listed), risk=len(listed) - chance, chance=chance, period=draw.period_days),
        word("not_guilt", language),
        word("proof", language, seed=draw.seed, digest=draw.digest[:16]),
    )
    columns = tuple(word(name, language) for name in ("code", "home", "county", "part", "why", "stage", "due"))
    rows = tuple(
        (one.check.facility, one.check.candidate.name, one.county, one.part, one.why, one.stage, one.due)
        for one in listed
    )
    return Document(
        language,
        word("title", language),
        head,
        (Section(word("list", language), said, (Table(columns, rows),)),),
    )


def word(name: str, language: Language, **values: object) -> str:
    """A text of the annex."""
    return _of(TEXTS.words[name], language).format(**values)


def _line(check: SpotCheck, done: tuple[Step, ...], today: int, language: Language) -> Line:
    now = standing(check, done, today)
    return Line(
        check,
        name_of(check.candidate.county, check.day)[language == "en"],
        word(check.part, language),
        _why(check, language),
        word(now.stage, language) + (word("overdue", language) if now.is_overdue else ""),
        "" if now.due_day is None else moment(now.due_day, 0)[:10],
        now,
        done,
    )


def _why(check: SpotCheck, language: Language) -> str:
    if check.part == "chance":
        return word("fair", language)
    told = [_of(TEXTS.reasons[name], language).format(n=number) for name, number in reasons(check.candidate).items()]
    return ("、" if language == "zh" else ", ").join(told) or word("no_reason", language)


def _of(words: Words, language: Language) -> str:
    return words.zh if language == "zh" else words.en
