"""A dispatch in words: the sections of the desk, each figure from the dictionary, blank left blank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Final, get_args

from dashboards.dispatch.assigned import handling, opening
from dashboards.dispatch.differences import Difference
from dashboards.dispatch.document import Cell, Document, Language, Section, Table
from dashboards.dispatch.reading import CONCERNS, Basis
from dashboards.dispatch.text import Text
from dashboards.dispatch.wording import TEXTS, Wording, clock, moment
from detectors.profile import Mode
from detectors.times import Millis
from store.dictionary import FIGURES, UNITS, Words
from store.figures import FacilityFigures, Figures
from store.signing import State

PLACES_LISTED: Final = 10
LEAST_NAMED: Final = 3
HOMES_LISTED: Final = 100
"""A nation has more than fit on paper: how many there are is said beside the list."""

TITLES: Final[Mapping[Mode, str]] = {"平时": "title_calm", "疫情期间": "title", "封闭管理": "title_closed"}


def compose(basis: Basis, language: Language, now: Millis) -> Document:
    """The dispatch of what was read: a revision as it was composed first, a draft in the words of today."""
    text = basis.texts.get(language) or Composer(basis, language).text(now)
    return text.document(basis.course)


class Composer(Wording):
    """Puts what was read into words; other editions put their own parts together."""

    def __init__(self, basis: Basis, language: Language) -> None:
        super().__init__(language, basis.day)
        self.basis = basis

    def text(self, now: Millis) -> Text:
        """All of it, as of a time of writing."""
        basis = self.basis
        head = [self.period()]
        if basis.missing:
            head.append(self.word("some_missing", number=len(basis.missing)))
        if basis.has_other_cutoffs:
            head.append(self.word("other_cutoffs"))
        sections = {
            "corrected": self.corrected(),
            "items_before": opening(self, basis),
            "overview": Section(self.word("overview"), self.paragraph("overview"), (self.figures("overview"),)),
            "changes": Section(self.word("changes"), self.changes()),
            "concern": self.concern(),
            "missing": self.missing(),
            "silent": self.silent(),
            "alerts": Section(self.word("alerts"), self.paragraph("alerts"), (self.figures("alerts"),)),
            "items": handling(self, basis),
            "difficulties": self.difficulties(),
            "quality": self.quality(),
        }
        return Text(
            self.language,
            self.word(TITLES[basis.mode], place=self.place(basis.region)),
            {one: self.state(one) for one in get_args(State)},
            {one: self.signature(one) for one in get_args(State) if one != "frozen_unreviewed"},  # that is nobody's
            self.joined(["", ""]),
            (*head, self.word("written", when=clock(now))),
            tuple((name, one) for name, one in sections.items() if one is not None),
        )

    def period(self) -> str:
        basis = self.basis
        return self.word("period", began=moment(basis.day - 1, basis.began), ended=moment(basis.day, basis.ended))

    def state(self, state: State) -> str:
        """The line that says how far it is."""
        frozen = self.basis.frozen
        if frozen is None:
            return self.word("state")
        named = self.word(f"state_{state}")
        return self.word("frozen", revision=frozen.revision, state=named, when=clock(frozen.frozen_at))

    def signature(self, state: State) -> str:
        """How it is said who brought it there, and when."""
        return self.of(TEXTS.words[f"did_{state}"])

    # ------------------------------------------------------------ sections

    def corrected(self) -> Section | None:
        """更正说明: what the revision before told otherwise, region by region; None for the first one."""
        if self.basis.frozen is None or self.basis.frozen.revision == 1:
            return None
        columns = tuple(map(self.word, ("code", "place", "figure", "then", "now", "blank_then", "blank_now")))
        rows = [
            (one.region, self.place(one.region), self.differing(one), *(one.then.value, one.now.value), *_blanks(one))
            for one in self.basis.corrected
        ]
        title = self.word("corrected", revision=self.basis.frozen.revision)
        said = self.sentence([self.word("corrected_figures", number=len(rows))])
        return Section(title, (said,), (Table(columns, tuple(rows)),) if rows else ())

    def differing(self, one: Difference) -> str:
        if one.figure is None:
            return self.word("came_in" if one.then.value is None else "left")
        return self.name(one.figure) if one.figure in FIGURES else one.figure

    def missing(self) -> Section | None:
        """What was not frozen, with its figures apart; None, where all of it was."""
        if not self.basis.missing:
            return None
        said = self.sentence([self.word("missing_places", number=len(self.basis.missing))])
        table = self.places("missing", [one.figures for one in self.basis.missing])
        return Section(self.word("missing"), (said,), (table,))

    def changes(self) -> tuple[str, ...]:
        before, today = self.basis.before, self.basis.today
        if before is None:
            return (self.sentence([self.word("not_compared")]),)
        found = []
        for name in TEXTS.tables["changes"]:
            now, then = today[name], before[name]
            if now.value is None or then.value is None:
                continue
            change, unit = round(now.value - then.value, 1), FIGURES[name].unit
            text = self.word(
                self.direction(change, unit),
                figure=self.name(name),
                value=f"{now.value:,}",
                unit=self.counted(unit),
                by=f"{abs(change):,}",
                step=self.word("points") if unit == "percent" else self.counted(unit),
            )
            if now.blank != then.blank:
                text += self.word("other_blanks", today=now.blank, before=then.blank)
            else:
                text += self.blanks(now.blank)
            found.append(self.sentence([text]))
        return tuple(found)

    def direction(self, change: float, unit: str) -> str:
        """The name of the word: a number grows or shrinks, a share rises or falls."""
        up, down = ("rises", "falls") if unit == "percent" else ("up", "down")
        return up if change > 0 else down if change < 0 else "same"

    def concern(self) -> Section:
        places = ranked(self.basis.children)
        listed = places[:PLACES_LISTED]
        homes = self.concerned()
        if not homes:
            return Section(self.word("concern"), (self.nothing("no_concern", CONCERNS),))
        sentences, tables = [], []
        if places:
            sentences.append(self.sentence([self.word("concerned_places", number=len(places), shown=len(listed))]))
            columns = (self.word("code"), self.word("place"), *map(self.name, CONCERNS))
            rows = [(one.region, self.place(one.region), *(one[name].value for name in CONCERNS)) for one in listed]
            tables.append(Table(columns, tuple(rows)))
        sentences.append(self.listing("concerned_homes", homes))
        tables.append(self.homes(homes, lambda one: self.reasons(one, CONCERNS)))
        return Section(self.word("concern"), tuple(sentences), tuple(tables))

    def concerned(self) -> list[FacilityFigures]:
        """The facilities of concern, the gravest first."""
        found = [one for one in self.basis.facilities if any(one.values.get(name) for name in CONCERNS)]
        return sorted(found, key=lambda one: (*(-(one.values.get(name) or 0) for name in CONCERNS), one.code))

    def silent(self) -> Section:
        homes = [one for one in self.basis.facilities if one.values.get("silent") or one.values.get("reports_missing")]
        said = self.paragraph("silent")
        if not homes:
            return Section(self.word("silent"), (*said, self.nothing("no_silent", ("silent", "reports_missing"))))
        sentences = (*said, self.listing("silent_homes", homes), self.sentence([self.word("not_ours")]))
        tables = (*self.by_place("silent", ("silent", "reports_missing")), self.homes(homes, self.silence))
        return Section(self.word("silent"), sentences, tables)

    def difficulties(self) -> Section:
        homes = [one for one in self.basis.facilities if one.values.get("difficulties_open")]
        said, figures = self.paragraph("difficulties"), self.figures("difficulties")
        if not homes:
            return Section(self.word("difficulties"), said, (figures,))
        listed = self.homes(homes, lambda one: self.reasons(one, ("difficulties_open",)))
        tables = (figures, *self.by_place("difficulties", TEXTS.tables["difficulties"]), listed)
        return Section(self.word("difficulties"), (*said, self.listing("open_homes", homes)), tables)

    def quality(self) -> Section:
        notes = [self.word(name) for name in ("blank_rule", "sources")]
        if self.basis.today.running:
            notes.insert(0, self.word("running", number=f"{self.basis.today.running:,}"))
        least = [said for name in TEXTS.tables["least"] if (said := self.least(name))]
        sentences = (*self.paragraph("quality"), *least, *(self.sentence([one]) for one in notes))
        homes = [one for one in self.basis.facilities if one.values.get("to_verify")]
        tables = (self.figures("quality"), *self.by_place("quality"))
        if not homes:
            return Section(self.word("quality"), sentences, tables)
        listed = self.homes(homes, lambda one: self.reasons(one, ("to_verify",)))
        return Section(self.word("quality"), (*sentences, self.listing("doubtful_homes", homes)), (*tables, listed))

    def least(self, name: str) -> str:
        """Where this share is lowest, by name; empty, where it is whole everywhere or nobody knows it."""
        told = [(one[name].value, one.region) for one in self.basis.children]
        low = sorted((value, region) for value, region in told if value is not None and value < 100)[:LEAST_NAMED]
        named = [self.word("share_of", place=self.place(region), share=value) for value, region in low]
        return self.sentence([self.word("least", figure=self.name(name), places=self.joined(named))]) if named else ""

    # ------------------------------------------------------------ parts of sections

    def paragraph(self, name: str) -> tuple[str, ...]:
        """What is known of it, in one sentence; none, where all of it is blank."""
        clauses = [self.filled(one) for one in TEXTS.paragraphs[name]]
        known = [one for one in clauses if one is not None]
        return (self.sentence(known),) if known else ()

    def filled(self, clause: Words) -> str | None:
        """The clause, and how many facilities its figures are blank of; None: one of them is blank of all."""
        text = self.of(clause)
        found = {name: self.basis.today[name] for _, name, _, _ in Formatter().parse(text) if name}
        if any(one.value is None for one in found.values()):
            return None
        said = text.format(**{name: f"{one.value:,}" for name, one in found.items()})
        return said + self.blanks(max(one.blank for one in found.values()))

    def blanks(self, number: int) -> str:
        return self.word("blanks", blank=f"{number:,}") if number else ""

    def nothing(self, name: str, figures: Iterable[str]) -> str:
        """None is known; of the facilities these figures are blank of, nobody knows."""
        return self.sentence([self.word(name) + self.blanks(max(self.basis.today[one].blank for one in figures))])

    def figures(self, name: str) -> Table:
        """Each figure beside the period before; a blank is a blank."""
        columns = tuple(map(self.word, ("figure", "value", "unit", "before", "change", "blank")))
        return Table(columns, tuple(self.row(one) for one in TEXTS.tables[name]))

    def row(self, name: str) -> tuple[Cell, ...]:
        now, before = self.basis.today[name], self.basis.before
        then = None if before is None else before[name].value
        change = None if now.value is None or then is None else round(now.value - then, 1)
        return (self.name(name), now.value, self.of(UNITS[FIGURES[name].unit]), then, change, now.blank)

    def by_place(self, name: str, having: Sequence[str] = ()) -> tuple[Table, ...]:
        """What lies in the region and has any of these figures, by default all of it; no table, where nothing is."""
        listed = [one for one in self.basis.children if not having or any(one[figure].value for figure in having)]
        return (self.places(name, listed),) if listed else ()

    def places(self, name: str, places: Iterable[Figures]) -> Table:
        names = TEXTS.by_place[name]
        columns = (self.word("code"), self.word("place"), *map(self.name, names))
        rows = [(one.region, self.place(one.region), *(one[figure].value for figure in names)) for one in places]
        return Table(columns, tuple(rows))

    def homes(self, homes: Sequence[FacilityFigures], why: Callable[[FacilityFigures], str]) -> Table:
        columns = tuple(map(self.word, ("code", "home", "why")))
        return Table(columns, tuple((one.code, one.name, why(one)) for one in homes[:HOMES_LISTED]))

    def listing(self, name: str, homes: Sequence[FacilityFigures]) -> str:
        return self.sentence([self.word(name, number=f"{len(homes):,}", shown=min(len(homes), HOMES_LISTED))])

    def reasons(self, one: FacilityFigures, names: Iterable[str]) -> str:
        return self.joined([self.reason(name, value) for name in names if (value := one.values.get(name))])

    def reason(self, name: str, value: int) -> str:
        figure = FIGURES[name]
        if figure.unit == "facilities":  # of one facility it is so, or not
            return self.word(name)
        if self.language == "zh":
            return f"{self.name(name)}{value}{UNITS[figure.unit].zh}"
        return f"{figure.en}: {value}"

    def silence(self, one: FacilityFigures) -> str:
        said = {"silent": "no_data", "reports_missing": "no_report"}
        return self.joined([self.word(word) for name, word in said.items() if one.values.get(name)])


def _blanks(one: Difference) -> tuple[Cell, Cell]:
    return (None, None) if one.figure is None else (one.then.blank, one.now.blank)


def ranked(places: Iterable[Figures]) -> list[Figures]:
    """Those of concern, the gravest first."""
    found = [one for one in places if any(one[name].value for name in CONCERNS)]
    return sorted(found, key=lambda one: (*(-(one[name].value or 0) for name in CONCERNS), one.region))
