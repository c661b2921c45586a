"""A comparison of two rule sets for people: what changes, for whom, with examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import click

from alerts.comparison import Comparison, Count, Example, Precision
from sizao import tables

_SHOWN: Final = 20
"""Lines of a table; the rest is counted, and whole in --json."""


def report(found: Comparison, as_json: bool, then: str = "then", now: str = "now") -> None:
    """The comparison on standard output; `then` and `now` are what its two sides are called."""
    if as_json:
        tables.write_json([found])
        return
    click.echo(_head(found, then, now))
    if found.conditions:
        _tables(found, then, now)
        for example in found.examples:
            click.echo("\n".join(_example(example, then, now)))
    if found.not_compared:
        click.echo(f"not compared, what they are judged from is not at hand: {', '.join(found.not_compared)}")
    click.echo(_precision(found.precision))


def _head(found: Comparison, then: str, now: str) -> str:
    if not found.conditions:
        return "the two judge alike: no condition can differ"
    return (
        f"{found.since} to {found.until}: {found.facilities} facilities, {found.residents} residents,"
        f" {found.resident_days:.0f} resident-days; conditions compared: {', '.join(found.conditions)}\n"
        f"alarms: {found.then} {then}, {found.now} {now}; {found.only_then} only {then}, {found.only_now} only {now},"
        f" {found.other_severity} of another severity"
    )


def _tables(found: Comparison, then: str, now: str) -> None:
    rates = (f"{then}, per 100 residents and month", f"{now}, per 100 residents and month")
    tables.show(
        ("rule", then, now, "change", *rates),
        [
            (one.rule, one.then, one.now, f"{one.now - one.then:+}", _rate(one.rate_then), _rate(one.rate_now))
            for one in found.rules
        ],
        "alarms by rule",
    )
    tables.show(("severity", then, now, "change"), _counts(found.by_severity), "alarms by severity")
    _part(
        ("facility", then, now, "change", f"only {then}", f"only {now}"),
        [
            (one.facility, one.then, one.now, f"{one.now - one.then:+}", one.only_then, one.only_now)
            for one in found.by_facility
        ],
        "facilities that differ",
    )
    _part(
        ("who is told", "channel", then, now, "change"),
        [(one.address, one.channel, one.then, one.now, f"{one.now - one.then:+}") for one in found.told],
        "told more or less often",
    )


def _counts(found: dict[str, Count]) -> Iterator[Sequence[object]]:
    for name, one in found.items():
        if one.then or one.now:
            yield name, one.then, one.now, f"{one.now - one.then:+}"


def _part(columns: Sequence[str], rows: list[tuple[object, ...]], title: str) -> None:
    if not rows:
        click.echo(f"{title}: nobody")
        return
    left = f" (the first {_SHOWN} of {len(rows)})" if len(rows) > _SHOWN else ""
    tables.show(columns, rows[:_SHOWN], f"{title}{left}")


def _rate(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _example(one: Example, then: str, now: str) -> Iterator[str]:
    side = {"only_then": f"only {then}", "only_now": f"only {now}"}.get(one.side, "")
    side = side or f"{one.severity_then} {then}, {one.severity_now} {now}"
    yield f"{side}: {one.facility} {one.resident} from {one.began}, {one.condition} by {one.rule}"
    yield f"    {one.reason.zh}"
    yield f"    {one.reason.en}"


def _precision(found: Precision | None) -> str:
    if found is None:
        return "precision: no feedback recorded"
    shares = ((found.true_then, found.judged_then), (found.true_now, found.judged_now))
    then, now = (f"{true} of {judged} judged alarms were true" for true, judged in shares)
    return f"precision: then {then}; now {now}"
