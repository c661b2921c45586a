"""The evidence pack (附件：封闭管理/有序放开建议依据): what speaks for and against, and what is not known.

It recommends nothing. A region or home is in it when somebody was newly positive
in two weeks, or when it is not open; the columns are the same for both questions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from dashboards.dispatch.document import Document, Language, Section, Table
from dashboards.dispatch.wording import clock, moment
from dashboards.rollup.places import name_of
from detectors.profile import Mode
from detectors.times import Millis
from store.closure import Facts
from store.dictionary import Words
from store.figures import Figures

WEEK, FORTNIGHT = 7, 14
LISTED: Final = 100
CHECKS_DONE_PERCENT: Final = 95
"""So many checks done speak for knowing how the residents are. Own choice, unsourced."""


class _Texts(Struct, frozen=True, forbid_unknown_fields=True):
    words: dict[str, Words]


_TEXTS: Final = msgspec.convert(
    tomllib.loads((resources.files("dashboards.dispatch") / "closure.toml").read_text("utf-8")), _Texts
).words


def facts_of(days: Sequence[Figures], last: int, mode: Mode) -> Facts:
    """The same of a region, from its figures of two weeks; closed is what was decided of it."""
    week = [one for one in days if one.day > last - WEEK]

    def total(name: str) -> int | None:
        known = [one[name].value for one in week]
        return sum(int(value) for value in known if value is not None) if any(v is not None for v in known) else None

    positive = [one.day for one in days if one["positives"].value or one["positives_staff"].value]
    latest = max(days, key=lambda one: one.day)
    short = latest["antiviral_short"].value
    return Facts(
        latest.region,
        latest.region,
        total("positives"),
        total("positives_staff"),
        max(positive, default=None),
        total("hospitalised"),
        total("deaths"),
        total("tests"),
        total("checks_due"),
        total("checks_done"),
        sum(bool(one["heard"].value) for one in days),
        None if short is None else int(short),
        "closed" if mode == "封闭管理" else None,
    )


def in_question(one: Facts) -> bool:
    """Somebody may have to decide about it."""
    return one.last_positive is not None or one.operating is not None


def evidence(
    region: str, day: int, regions: Iterable[Facts], homes: Sequence[Facts], language: Language, now: Millis
) -> Document:
    """The pack as a document that every format of a dispatch can print."""
    return _Pack(day, language).document(region, [one for one in regions if in_question(one)], homes, now)


class _Pack:
    def __init__(self, day: int, language: Language) -> None:
        self.day, self.language = day, language

    def document(self, region: str, regions: Sequence[Facts], homes: Sequence[Facts], now: Millis) -> Document:
        head = (
            self.word("not_a_decision"),
            self.word("window", day=moment(self.day, 0)[:10]),
            self.word("written", when=clock(now)),
        )
        sections = (self.section("regions", regions, is_region=True), self.section("homes", homes, is_region=False))
        return Document(self.language, self.word("title", place=self.place(region)), head, sections)

    def section(self, name: str, listed: Sequence[Facts], *, is_region: bool) -> Section:
        if not listed:
            return Section(self.word(name), (self.word(f"none_{name}"),))
        columns = tuple(map(self.word, ("code", "name", "question", "for_closing", "for_opening", "unknown")))
        rows = [self.row(one, self.place(one.code) if is_region else one.name) for one in listed[:LISTED]]
        said = self.word("listed", number=len(listed), shown=len(rows))
        return Section(self.word(name), (said,), (Table(columns, tuple(rows)),))

    def row(self, one: Facts, name: str) -> tuple[str, ...]:
        question = self.word("whether_to_open" if one.operating else "whether_to_close")
        told = (self.closing(one), self.opening(one), self.unknown(one))
        mark = "；" if self.language == "zh" else "; "
        return (one.code, name, question, *(mark.join(parts) for parts in told))

    def closing(self, one: Facts) -> list[str]:
        names = ("positives", "positives_staff", "hospitalised", "deaths", "antiviral_short")
        return [self.word(name, n=f"{value:,}") for name in names if (value := getattr(one, name))]

    def opening(self, one: Facts) -> list[str]:
        found = []
        if one.last_positive is None:
            found.append(self.word("quiet_all"))
        elif one.last_positive < self.day:
            found.append(self.word("quiet", n=self.day - one.last_positive))
        if one.tests:
            found.append(self.word("tested", n=f"{one.tests:,}"))
        done = _share(one)
        if done is not None and done >= CHECKS_DONE_PERCENT:
            found.append(self.word("checked", n=done))
        if one.antiviral_short == 0:
            found.append(self.word("medicine"))
        return found

    def unknown(self, one: Facts) -> list[str]:
        found = []
        if not one.tests:
            found.append(self.word("tests_blank" if one.tests is None else "untested"))
        if one.days_heard < FORTNIGHT:
            found.append(self.word("unheard", n=FORTNIGHT - one.days_heard))
        done = _share(one)
        if done is not None and done < CHECKS_DONE_PERCENT:
            found.append(self.word("checks_low", n=done))
        if one.antiviral_short is None:
            found.append(self.word("medicine_blank"))
        return found

    def place(self, region: str) -> str:
        return name_of(region, self.day)[self.language == "en"]

    def word(self, name: str, **values: object) -> str:
        words = _TEXTS[name]
        return (words.zh if self.language == "zh" else words.en).format(**values)


def _share(one: Facts) -> int | None:
    return 100 * (one.checks_done or 0) // one.checks_due if one.checks_due else None
