"""`sizao backtest regions`: how often the rules of counties and cities call where nothing is."""

from __future__ import annotations

import sys

import click
import msgspec

from detectors.clusters.quiet_regions import CITIES, COUNTIES, Tests, false_signals
from detectors.clusters.simulation import World
from detectors.region_course import region_rules
from detectors.schedule import scheduled
from streams.catalogue import national


def run(cities: int, days: int, world: World, tests: Tests, seed: int, as_json: bool) -> None:
    """Prints false signals a day in the whole nation, by rule."""
    rules = scheduled(national())
    with click.progressbar(
        length=100, label=f"{cities} cities, {days} days", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        found = false_signals(
            rules, cities, days, world, tests, seed, lambda share: bar.update(round(share * 100) - bar.pos)
        )
    names = sorted(one for ids in region_rules(rules).values() for one in ids)
    if as_json:
        rates = {name or "all": found.per_day(name) for name in (*names, "")}
        click.echo(msgspec.json.encode({**msgspec.to_builtins(found), "per_day": rates}).decode())
        return
    click.echo(
        f"{found.counties} counties of {found.cities} cities, {found.days} days without any outbreak; "
        f"false signals a day in {COUNTIES} counties and {CITIES} cities"
    )
    click.echo("rule   counties  cities   a day  at most")
    for name in (*names, ""):
        rate, most = found.per_day(name)
        numbers = [
            sum(n for rule, n in one.items() if name in ("", rule)) for one in (found.of_counties, found.of_cities)
        ]
        click.echo(f"{name or 'all':5}{numbers[0]:10}{numbers[1]:8}{rate:8.2f}{most:9.2f}")
