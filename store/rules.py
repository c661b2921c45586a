"""Rule sets in force: activated with the event time they count from, never changed, never removed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("rules")


class NewRuleSet(Struct, frozen=True):
    """A rule set as it was authored."""

    region: str  # prefix of a GB/T 2260 code; empty: the nation
    version: str
    effective_from: Millis
    content: str  # TOML


class RuleSetRow(Struct, frozen=True):
    """A rule set on record."""

    region: str
    version: str
    effective_from: Millis
    content: str
    activated_at: Millis


async def activate(connection: Connection, rules: NewRuleSet) -> bool:
    """The rule set counts from its time on; False when this version was activated before."""
    values = structs.asdict(rules) | {"effective_from": Moment(rules.effective_from)}
    return (await connection.execute(_SQL["activate"], values)).rowcount == 1


async def active(connection: Connection) -> list[RuleSetRow]:
    """Every rule set, by region and beginning: a check is judged by the one in force at its time."""
    return [RuleSetRow(*row) for row in await (await connection.execute(_SQL["active"])).fetchall()]
