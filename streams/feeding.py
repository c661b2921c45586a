"""Rules that can find nothing: their input never arrives, or nobody is in a mode in which they run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from detectors.rules import Rule
from detectors.times import DAY, Millis
from store import feeding, modes
from store.connection import Connection
from store.modes import ModeRow

WITHIN: Final = 30 * DAY
"""Nothing for so long is never."""


class Silent(Struct, frozen=True):
    """A rule that can find nothing, and why."""

    rule: str
    code: str
    sentence: str


async def silent_rules(connection: Connection, rules: Iterable[Rule], region: str, now: Millis) -> list[Silent]:
    """The rules that can find nothing in a region, in the caller's transaction."""
    arrived = await feeding.arrived(connection, region, now - WITHIN)
    decided = [row for row in await modes.recorded(connection) if row.valid_from <= now]
    homes: dict[str, int] = {}
    for code, own, number in await feeding.places(connection, region):
        mode = _mode(code, own, decided)
        homes[mode] = homes.get(mode, 0) + number
    return [found for rule in rules if (found := _why(rule, arrived, homes)) is not None]


def _mode(region: str, own: str, decided: list[ModeRow]) -> str:
    latest = {row.region: row.mode for row in decided if region.startswith(row.region)}
    return next((latest[one] for one in sorted(latest, key=len, reverse=True) if latest[one]), own) or own


def _missing(rule: Rule, arrived: dict[str, bool]) -> list[str]:
    """What the rule cannot do without and never came; all of its inputs, where none of them came."""
    inputs, needs = rule.detector.inputs, rule.detector.needs
    if inputs and not any(arrived[name] for name in inputs):
        return sorted(inputs | needs)
    return sorted(name for name in needs if not arrived[name])


def _why(rule: Rule, arrived: dict[str, bool], homes: dict[str, int]) -> Silent | None:
    missing = _missing(rule, arrived)
    if missing:
        sentence = f"{', '.join(missing)} never arrived in the last {WITHIN // DAY} days"
        return Silent(rule.id, "input_never_arrived", sentence)
    if not sum(number for mode, number in homes.items() if rule.modes is None or mode in rule.modes):
        where = "" if rule.modes is None else f" in the mode {' or '.join(rule.modes)}"
        return Silent(rule.id, "nobody_feeds", f"no registered facility is{where or ' there'}: nobody feeds the rule")
    return None
