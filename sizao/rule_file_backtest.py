"""`sizao backtest rule D01 ... FILE`: other parameters over recorded events. No service is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

import click

from alerts.comparison import Comparison
from alerts.tally import Lived, Tally
from detectors.corrections import Arrival, is_in_time
from detectors.engine import what_counts
from detectors.observations import Element
from detectors.schedule import Schedule, scheduled
from detectors.subjects import SubjectName
from detectors.timeline import key_of
from detectors.times import DAY, Millis
from detectors.trials import Span, Trial
from sizao.progress import progress
from sizao.recordings import Recording, Registry, arrival_of, is_of_staff


def recorded(
    file: BinaryIO,
    registry: Registry,
    change: Callable[[Schedule], Schedule],
    since: Millis | None,
    until: Millis | None,
    codes: Sequence[str],
) -> tuple[Comparison, bool]:
    """(the comparison over a file of events, whether all of it could be read); received is observed."""
    recording = Recording(file)
    arrivals = [arrival for row in recording if (arrival := arrival_of(row)) is not None]
    lives = _lives(arrivals)
    if codes:
        lives = {who: elements for who, elements in lives.items() if who.facility in codes}
    times = [element.at for elements in lives.values() for element in elements]
    if not times:
        raise click.ClickException("the file has no checks of residents that could be judged")
    span = Span(min(times) if since is None else since, max(times) + 1 if until is None else until)
    if span.until <= span.since:
        raise click.UsageError("--to must be later than --from")
    return _compared(lives, registry, change, span), not recording.failed


def _lives(arrivals: Sequence[Arrival]) -> dict[SubjectName, list[Element]]:
    """Per resident what counts, in order."""
    found: dict[SubjectName, list[Element]] = {}
    residents = [one for one in arrivals if not is_of_staff(one) and is_in_time(one.event, one.received_at)]
    for placed in what_counts(residents):
        found.setdefault(SubjectName.parse(placed.resident), []).append(placed.element)
    return {who: sorted(elements, key=key_of) for who, elements in sorted(found.items())}


def _compared(
    lives: dict[SubjectName, list[Element]], registry: Registry, change: Callable[[Schedule], Schedule], span: Span
) -> Comparison:
    tally, trials = Tally(span), dict[str | None, Trial]()
    for who in progress(list(lives), "residents"):
        profiles, rules = registry.profiles_of(str(who))
        region = registry.region_of(who.facility)
        if region not in trials:
            old = scheduled(rules)
            trials[region] = Trial(old, change(old))
        trial, elements = trials[region], [one for one in lives[who] if one.at < span.until]
        tally.begin(who.facility, trial)
        then, now = trial.judge(profiles, elements, span)
        days = max(0, span.until - max(span.since, lives[who][0].at)) / DAY
        lived = Lived(who.facility, 0, region, who.id, days, then, now, has_roster=True)
        tally.add(lived, (trial.old, trial.new))
    return tally.result()
