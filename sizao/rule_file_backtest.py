"""`sizao backtest rule D01 ... FILE`: other parameters over recorded events. No service is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, Final, Literal

import click

from alerts.comparison import Comparison
from alerts.tally import Lived, Tally
from detectors.corrections import Arrival, is_in_time
from detectors.engine import what_counts
from detectors.episodes import Episode
from detectors.observations import Element
from detectors.place_engine import Heard, place_reference
from detectors.profile import Profile
from detectors.schedule import Schedule, scheduled
from detectors.subjects import SubjectName
from detectors.timeline import key_of
from detectors.times import DAY, Millis
from detectors.trials import Judges, Span, Trial
from detectors.weekly.engine import WeekEngine
from sizao.progress import progress
from sizao.recordings import Recording, Registry, arrival_of, concerns_residents
from sizao.week_rows import hear

IN_A_FILE: Final[tuple[Judges, ...]] = ("resident", "unit", "facility", "week")
"""Whose history a file of events is; the excess of cases needs months of a whole county."""


def recorded(
    file: BinaryIO,
    registry: Registry,
    change: Callable[[Schedule], Schedule],
    since: Millis | None,
    until: Millis | None,
    codes: Sequence[str],
) -> tuple[Comparison, bool]:
    """(the comparison over a file of events, whether all of it could be read); received is observed."""
    recording, trials = Recording(file), _Trials(registry, change)
    weeks = [WeekEngine(trials.side(n)) for n in (0, 1)]
    arrivals, heard = list[Arrival](), dict[str, set[Heard]]()
    for row in recording:
        if codes and row.facility not in codes:
            continue
        heard.setdefault(row.facility, set()).update(registry.heard_of(row.facility, row.observed_at))
        for engine in weeks:
            hear(engine, registry, row)
        if (arrival := arrival_of(row)) is not None:
            arrivals.append(arrival)
    lives = _lives(arrivals)
    times = [element.at for elements in lives.values() for element in elements]
    if not times:
        raise click.ClickException("the file has no checks of residents that could be judged")
    span = Span(min(times) if since is None else since, max(times) + 1 if until is None else until)
    if span.until <= span.since:
        raise click.UsageError("--to must be later than --from")
    tally = Tally(span)
    _compare_residents(lives, registry, trials, span, tally)
    _compare_places([one for one in arrivals if one.event.at < span.until], heard, registry, trials, span, tally)
    _compare_weeks(weeks, sorted(heard), registry, trials, span, tally)
    return tally.result(), not recording.failed


class _Trials:
    """The trial of each region."""

    def __init__(self, registry: Registry, change: Callable[[Schedule], Schedule]) -> None:
        self._registry, self._change = registry, change
        self._known: dict[str | None, Trial] = {}

    def of(self, facility: str) -> Trial:
        """The trial of the region in which a facility lies."""
        region = self._registry.region_of(facility)
        if region not in self._known:
            old = scheduled(self._registry.rules_of(facility))
            self._known[region] = Trial(old, self._change(old), IN_A_FILE)
        return self._known[region]

    def side(self, number: Literal[0, 1]) -> Callable[[str], tuple[tuple[Profile, ...], Schedule]]:
        """The profiles of a facility and its schedule for weeks, under the old (0) or the new (1) rules."""

        def known_of(place: str) -> tuple[tuple[Profile, ...], Schedule]:
            schedules = self.of(SubjectName.parse(place).facility).schedules("week")
            return self._registry.profiles_of(place)[0], schedules[number]

        return known_of


def _lives(arrivals: Sequence[Arrival]) -> dict[SubjectName, list[Element]]:
    """Per resident what counts, in order."""
    found: dict[SubjectName, list[Element]] = {}
    residents = [one for one in arrivals if concerns_residents(one) and is_in_time(one.event, one.received_at)]
    for placed in what_counts(residents):
        found.setdefault(SubjectName.parse(placed.resident), []).append(placed.element)
    return {who: sorted(elements, key=key_of) for who, elements in sorted(found.items())}


def _compare_residents(
    lives: dict[SubjectName, list[Element]], registry: Registry, trials: _Trials, span: Span, tally: Tally
) -> None:
    for who in progress(list(lives), "residents"):
        profiles, _ = registry.profiles_of(str(who))
        trial, elements = trials.of(who.facility), [one for one in lives[who] if one.at < span.until]
        tally.begin(who.facility, trial)
        then, now = trial.judge(profiles, elements, span)
        days = max(0, span.until - max(span.since, lives[who][0].at)) / DAY
        region = registry.region_of(who.facility)
        tally.add(Lived(who.facility, 0, region, who.id, days, then, now, has_roster=True), trial.schedules())


def _compare_places(
    arrivals: Sequence[Arrival],
    heard: Mapping[str, set[Heard]],
    registry: Registry,
    trials: _Trials,
    span: Span,
    tally: Tally,
) -> None:
    """Units and facilities, from the signs of illness of residents and staff, and when they were heard."""

    def judged(side: int) -> dict[str, list[Episode]]:
        def profiles_of(place: str) -> tuple[tuple[Profile, ...], Schedule]:
            name = SubjectName.parse(place)
            return registry.profiles_of(place)[0], trials.of(name.facility).schedules(_kind_of(name))[side]

        return place_reference(arrivals, heard, profiles_of, registry.unit_of, span.until - 1)

    then, now = judged(0), judged(1)
    for place in sorted(then.keys() | now.keys()):
        name = SubjectName.parse(place)
        kind = _kind_of(name)
        lived = Lived(
            name.facility,
            0,
            registry.region_of(name.facility),
            name.id,
            0.0,
            _began_in(span, then.get(place, ())),
            _began_in(span, now.get(place, ())),
            has_roster=True,
            kind=kind,
        )
        tally.add(lived, trials.of(name.facility).schedules(kind))


def _compare_weeks(
    weeks: Sequence[WeekEngine],
    facilities: Sequence[str],
    registry: Registry,
    trials: _Trials,
    span: Span,
    tally: Tally,
) -> None:
    """Facilities, from the weeks that were over in the span."""
    for engine in weeks:
        engine.process((), span.until - 1)
    for code in facilities:
        name = str(SubjectName(code, "facility", code))
        then, now = (_began_in(span, engine.episodes(name)) for engine in weeks)
        region = registry.region_of(code)
        lived = Lived(code, 0, region, code, 0.0, then, now, has_roster=True, kind="facility")
        tally.add(lived, trials.of(code).schedules("week"))


def _kind_of(name: SubjectName) -> Literal["unit", "facility"]:
    return "unit" if name.kind == "unit" else "facility"


def _began_in(span: Span, episodes: Sequence[Episode]) -> list[Episode]:
    return [one for one in episodes if span.since <= one.opened[0] < span.until]
