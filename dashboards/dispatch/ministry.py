"""The ministry edition: a dispatch on one page, for who has two minutes.

Three sentences, six figures each with its change and a line of seven days, five
places, and what needs a decision. The edition decides nothing: it says what is
open, and where most of it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from dashboards.dispatch.composing import Composer, ranked
from dashboards.dispatch.document import Language
from dashboards.dispatch.reading import CONCERNS, Basis
from dashboards.dispatch.wording import clock, moment
from detectors.times import Millis
from store.dictionary import FIGURES, UNITS
from store.figures import Figures

GAUGES: Final = ("positives", "hospitalised", "deaths", "alerts_p1", "checks_done_share", "above_baseline_share")
DAYS: Final = 7
PLACES: Final = 5
DECISIONS: Final = ("silent", "referrals_no_bed", "alerts_open", "antiviral_short", "difficulties_open")
"""Each of these that is not zero waits for somebody to decide; below it stands where most of it is."""
_REASONS, _LONGEST = 3, 26  # so much fits into a line


class Gauge(Struct, frozen=True):
    """A figure, how it changed, and its line of seven days."""

    name: str
    value: str  # empty: blank
    unit: str
    change: str
    range: str  # lowest and highest of the days
    line: tuple[tuple[tuple[float, float], ...], ...]  # pieces between blanks; from 0 to 1, to the right and up


class Spot(Struct, frozen=True):
    """A place, and why it is named."""

    place: str
    why: str


class Brief(Struct, frozen=True):
    """The edition as a value; `sentences` are three, `gauges` six, `places` and `decisions` at most five."""

    language: Language
    title: str
    head: tuple[str, ...]
    sentences: tuple[str, ...]
    gauges: tuple[Gauge, ...] = ()
    places: tuple[Spot, ...] = ()
    decisions: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()  # of figures, places and decisions


def brief(basis: Basis, week: Mapping[int, Figures], language: Language, now: Millis) -> Brief:
    """The edition of what was read; `week` has the figures of the days that were counted."""
    return _Editor(basis, language).brief(week, now)


def not_produced(region: str, day: int, why: str, language: Language, now: Millis) -> Brief:
    """The notice that stands in its place: `why` is the name of a reason in `texts.toml`."""
    blank = Figures(region, "period", day, 0, {})
    editor = _Editor(Basis(region, day, 0, 0, False, blank, None, (), (), now), language)
    return Brief(
        language,
        editor.word("brief_title", place=editor.place(region)),
        (editor.word("brief_day", day=moment(day, 0)[:10]), editor.word("written", when=clock(now))),
        (editor.sentence([editor.word("not_produced", why=editor.word(why))]), editor.word("brief_remedy")),
    )


class _Editor(Composer):
    def brief(self, week: Mapping[int, Figures], now: Millis) -> Brief:
        return Brief(
            self.language,
            self.word("brief_title", place=self.place(self.basis.region)),
            (self.state(self.basis.course.state), self.period(), self.word("written", when=clock(now))),
            tuple((*self.paragraph(f"brief_{number}"), self.word("brief_unknown"))[0] for number in (1, 2, 3)),
            tuple(self.gauge(name, week) for name in GAUGES),
            self.spots() or (Spot(self.word("brief_no_place"), ""),),
            self.decisions() or (self.word("brief_no_decision"),),
            tuple(map(self.word, ("brief_figures", "brief_places", "brief_decisions"))),
        )

    def gauge(self, name: str, week: Mapping[int, Figures]) -> Gauge:
        last = self.basis.day
        days = [week[day][name].value if day in week else None for day in range(last - DAYS + 1, last)]
        values = [*days, self.basis.today[name].value]
        known = [one for one in values if one is not None]
        unit = self.of(UNITS[FIGURES[name].unit])
        return Gauge(
            self.name(name),
            "" if values[-1] is None else f"{values[-1]:,}",
            unit if self.language == "zh" else "%" if unit == "%" else "",
            self.change(name),
            self.word("brief_range", low=f"{min(known):,}", high=f"{max(known):,}") if known else "",
            line(values),
        )

    def change(self, name: str) -> str:
        """Against the period before, in words."""
        now, before = self.basis.today[name].value, self.basis.before
        then = None if before is None else before[name].value
        if now is None:
            return self.word("brief_blank")
        if then is None:
            return self.word("brief_alone")
        by = round(now - then, 1)
        unit = FIGURES[name].unit
        points = self.word("points") if unit == "percent" else ""
        return self.word(f"brief_{self.direction(by, unit)}", by=f"{abs(by):,}{points}")

    def spots(self) -> tuple[Spot, ...]:
        """The gravest regions in it; where none lies in it, the gravest facilities."""
        places = ranked(self.basis.children)
        if places:
            found = [(self.place(one.region), {name: one[name].value for name in CONCERNS}) for one in places]
        else:
            homes = self.concerned()
            found = [(one.name or one.code, {name: one.values[name] for name in CONCERNS}) for one in homes]
        return tuple(Spot(_short(place), self.why(values)) for place, values in found[:PLACES])

    def why(self, values: Mapping[str, int | float | None]) -> str:
        told = [(name, value) for name, value in values.items() if value][:_REASONS]
        return self.joined([self.amount(name, value) for name, value in told])

    def amount(self, name: str, value: int | float) -> str:
        """On one line there is no room for how it is counted, which the dictionary says."""
        unit, said = UNITS[FIGURES[name].unit].zh, re.split("（|, ", self.name(name))[0]
        return f"{said}{value:,}{unit}" if self.language == "zh" else f"{said}: {value:,}"

    def decisions(self) -> tuple[str, ...]:
        late = len(self.basis.missing)
        missing = [self.sentence([self.word("decide_missing", number=late)])] if late else []
        found = (self.decision(name) for name in DECISIONS if self.basis.today[name].value)
        return tuple([*missing, *found][:PLACES])

    def decision(self, name: str) -> str:
        text = self.word(f"decide_{name}", number=f"{self.basis.today[name].value:,}")
        most = max(self.basis.children, key=lambda one: one[name].value or 0, default=None)
        if most is not None and most[name].value:
            text += self.word("decide_most", place=_short(self.place(most.region)), number=f"{most[name].value:,}")
        return self.sentence([text])


def line(values: Sequence[int | float | None]) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Pieces between blanks, in a square of one: a blank is no point, and what never changed lies in the middle.

    >>> line([1, None, 3, 2])
    (((0.0, 0.0),), ((0.667, 1.0), (1.0, 0.5)))
    """
    known = [one for one in values if one is not None]
    low, span = (min(known), max(known) - min(known)) if known else (0, 0)
    pieces: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            height = (value - low) / span if span else 0.5
            pieces[-1].append((round(place / (len(values) - 1), 3), round(height, 3)))
    return tuple(tuple(one) for one in pieces if one)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
