"""False alarms of people who are well, by rule: the budget a rule must hold to be shipped on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import click
import msgspec
from msgspec import Struct, structs

from detectors.detector import Severity
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.profile import Profile, Tier
from detectors.rules import RuleSet
from detectors.times import DAY, HOUR, Millis
from ingest.simulator import healthy
from ingest.simulator.county import HIGH_METRES, Home, Person, county
from ingest.simulator.healthy import Measuring
from streams.catalogue import national

P1_A_MONTH: Final = 1.0
P2_A_MONTH: Final = 5.0
"""Per 100 residents a month (domain.md 1.12.12)."""
CALLED_AT_ALTITUDE: Final = 0.01
"""Of the healthy residents a day, at most."""

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


def measured(
    rules: RuleSet,
    homes: list[Home],
    months: int = 1,
    seed: int = 1,
    is_known: bool = True,
    measuring: Measuring | None = None,
) -> Budget:
    """The false alarms of these homes; residents of homes at altitude are registered with their usual value."""
    alarms: Counter[tuple[Severity, str]] = Counter()
    called: set[tuple[str, str, int]] = set()
    residents, days = 0, MONTH * months
    begins = FIRST + SETTLING * DAY
    for home, person, profile in _people(homes, is_known):
        residents += 1
        life = healthy.life(home, person, FIRST, SETTLING + days, seed, measuring)
        elements = sorted(life, key=lambda one: (one.at, one.id))
        changes = fold(Folder((profile,), rules), elements, elements[-1].at + 12 * HOUR)
        for episode in episodes_of(changes):
            if episode.opened[0] >= begins:
                alarms[episode.worst, _worst_by(episode)] += 1
                if episode.worst <= Severity.P2:
                    called.add((home.code, person.code, profile.day_of(episode.opened[0])))
    return Budget(residents, days, dict(alarms), len(called) / (residents * days))


def _worst_by(episode: Episode) -> str:
    """The rule that made it as bad as it became."""
    return next(change.rule for change in episode.trail if change.severity == episode.worst)


def _people(homes: list[Home], is_known: bool) -> Iterator[tuple[Home, Person, Profile]]:
    for home in homes:
        for person in home.people:
            usual = round(person.usual_spo2) * 10 if is_known else None
            yield home, person, Profile(altitude_m=home.altitude_m, usual_spo2_tenths=usual, tier=_TIERS[person.tier])


def high_homes(number: int, seed: int) -> list[Home]:
    """Homes at 3,900 m, each with people of its own."""
    found = [county(1_000 * seed + index, 1)[0] for index in range(number)]
    return [structs.replace(home, code=f"HIGH-{index:03d}") for index, home in enumerate(found)]


def run(homes: int, high: int, months: int, seed: int, settings: tuple[str, ...], repeated: tuple[float, ...]) -> None:
    """Prints the table by rule, or a line per share of repeats; raises ClickException where the budget is not held."""
    measuring = _measuring(settings)
    low = county(seed, homes + 1)[:-1]
    if repeated:
        _by_repeats(low, months, seed, measuring, repeated)
        return
    found = measured(national(), low, months, seed, measuring=measuring)
    click.echo(f"{found.residents} residents, {found.days} days; alarms per 100 residents a month")
    click.echo("rule      P1      P2      P3       C")
    for rule in sorted({name for _, name in found.alarms}):
        click.echo(f"{rule:4}" + "".join(f"{found.rate(severity, rule):8.2f}" for severity in Severity))
    click.echo("all " + "".join(f"{found.rate(severity):8.2f}" for severity in Severity))
    above = measured(national(), high_homes(high, seed), months, seed, measuring=measuring)
    click.echo(f"at {HIGH_METRES:,} m: {100 * above.called:.2f} % of {above.residents} residents a day have a P1 or P2")
    if not found.is_held or above.called >= CALLED_AT_ALTITUDE:
        raise click.ClickException("the budget is not held: repair the rule, or switch it off in the national rules")


def _by_repeats(homes: list[Home], months: int, seed: int, measuring: Measuring, shares: tuple[float, ...]) -> None:
    """A line per share of the low and doubtful values that somebody measures again."""
    click.echo("repeated      P1      P2  budget")
    for percent in shares:
        again = structs.replace(measuring, repeats_low=percent / 100, repeats_doubtful=percent / 100)
        found = measured(national(), homes, months, seed, measuring=again)
        rates = "".join(f"{found.rate(severity):8.2f}" for severity in (Severity.P1, Severity.P2))
        click.echo(f"{percent:6g} %{rates}  {'held' if found.is_held else 'not held'}")


def _measuring(settings: tuple[str, ...]) -> Measuring:
    """How homes measure, with other values; raises BadParameter where a name or a value is none."""
    given = dict(setting.partition("=")[::2] for setting in settings)
    unknown = sorted(set(given) - set(Measuring.__struct_fields__))
    if unknown:
        known = ", ".join(Measuring.__struct_fields__)
        raise click.BadParameter(f"{unknown[0]!r} is nothing that can be assumed; one of {known}", param_hint="--set")
    try:
        return msgspec.convert(given, Measuring, strict=False)
    except msgspec.ValidationError as error:
        raise click.BadParameter(str(error), param_hint="--set") from error
