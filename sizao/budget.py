"""False alarms of people who are well, by rule: the budget a rule must hold to be shipped on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import click
from msgspec import Struct

from detectors.detector import Severity
from detectors.episodes import episodes_of
from detectors.fold import Folder, fold
from detectors.profile import Profile, Tier
from detectors.rules import RuleSet
from detectors.times import DAY, HOUR, Millis
from ingest.simulator import healthy
from ingest.simulator.county import Home, Person, county
from streams.catalogue import national

P1_A_MONTH: Final = 1.0
P2_A_MONTH: Final = 5.0
"""Per 100 residents a month (domain.md 1.12.12)."""

FIRST: Final[Millis] = 20_454 * DAY - 8 * HOUR  # 2026-01-01 in Shanghai
_TIERS: Final[dict[str, Tier]] = {"red": "red", "yellow": "yellow", "green": "green"}
SETTLING: Final = 36  # days that only make the usual values
MONTH: Final = 30


class Budget(Struct, frozen=True):
    """How often people who are well were called ill."""

    residents: int
    days: int
    alarms: dict[tuple[Severity, str], int]  # by severity and the rule that spoke
    called: float  # share of the residents of a day who had an alarm of P1 or P2 opened

    def rate(self, severity: Severity, rule: str | None = None) -> float:
        """Alarms per 100 residents a month."""
        number = sum(n for (one, name), n in self.alarms.items() if one == severity and rule in (None, name))
        return number * 100 * MONTH / (self.residents * self.days)

    @property
    def is_held(self) -> bool:
        """P1 and P2 stay within what the field can bear."""
        return self.rate(Severity.P1) <= P1_A_MONTH and self.rate(Severity.P2) <= P2_A_MONTH


def measured(rules: RuleSet, homes: list[Home], months: int = 1, seed: int = 1, is_known: bool = True) -> Budget:
    """The false alarms of these homes; residents of homes at altitude are registered with their usual value."""
    alarms: Counter[tuple[Severity, str]] = Counter()
    called: set[tuple[str, str, int]] = set()
    residents, days = 0, MONTH * months
    begins = FIRST + SETTLING * DAY
    for home, person, profile in _people(homes, is_known):
        residents += 1
        elements = sorted(healthy.life(home, person, FIRST, SETTLING + days, seed), key=lambda one: (one.at, one.id))
        changes = fold(Folder((profile,), rules), elements, elements[-1].at + 12 * HOUR)
        for episode in episodes_of(changes):
            if episode.opened[0] >= begins:
                alarms[episode.worst, episode.explanation.rule] += 1
                if episode.worst <= Severity.P2:
                    called.add((home.code, person.code, profile.day_of(episode.opened[0])))
    return Budget(residents, days, dict(alarms), len(called) / (residents * days))


def _people(homes: list[Home], is_known: bool) -> Iterator[tuple[Home, Person, Profile]]:
    for home in homes:
        for person in home.people:
            usual = round(person.usual_spo2) * 10 if is_known else None
            yield home, person, Profile(altitude_m=home.altitude_m, usual_spo2_tenths=usual, tier=_TIERS[person.tier])


def run(homes: int, months: int, seed: int) -> None:
    """Prints the table by rule; raises ClickException where the budget is not held."""
    places = county(seed, homes)
    low = measured(national(), places[:-1], months, seed)
    high = measured(national(), places[-1:], months, seed)
    click.echo(f"{low.residents} residents, {low.days} days; alarms per 100 residents a month")
    click.echo("rule      P1      P2      P3       C")
    for rule in sorted({name for _, name in low.alarms}):
        click.echo(f"{rule:4}" + "".join(f"{low.rate(severity, rule):8.2f}" for severity in Severity))
    click.echo("all " + "".join(f"{low.rate(severity):8.2f}" for severity in Severity))
    click.echo(f"at {places[-1].altitude_m} m: {100 * high.called:.2f} % of {high.residents} residents a day")
    if not low.is_held or high.called >= 0.01:
        raise click.ClickException("the budget is not held: repair the rule, or switch it off in the national rules")
