"""When does a region's reporting period end, and how soon must people know and act? By decision, from a day on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from msgspec import Struct, structs

from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("reporting")


class ReportingRule(Struct, frozen=True):
    """How the facilities of a region report; the longest prefix counts."""

    region: str  # prefix of a GB/T 2260 code; empty: the nation
    valid_from: int  # local day since 1970-01-01
    cutoff: int  # minutes after local midnight
    told_within: timedelta  # of the finding, for urgent alerts
    acknowledged_within: timedelta
    accepted_within: timedelta
    notice: str
    decided_by: str


async def decide(connection: Connection, rule: ReportingRule) -> None:
    """The region reports by the rule from its day on; what was counted for that day and later is counted again."""
    await connection.execute(_SQL["decide"], structs.asdict(rule))
    await connection.execute(_SQL["mark_region_stale"], {"region": rule.region, "valid_from": rule.valid_from})


async def rules(connection: Connection) -> list[ReportingRule]:
    """Every rule, by region and day."""
    return [ReportingRule(*row) for row in await (await connection.execute(_SQL["rules"])).fetchall()]


def rule_of(known: Iterable[ReportingRule], region: str, day: int) -> ReportingRule:
    """Of all rules the one of a region on a day: the longest prefix, then the latest."""
    found = [one for one in known if region.startswith(one.region) and one.valid_from <= day]
    return max(found, key=lambda one: (len(one.region), one.valid_from))


async def in_force(connection: Connection, region: str, day: int) -> ReportingRule:
    """The rule of a region on a day; a code of six digits, or a prefix."""
    row = await (await connection.execute(_SQL["in_force"], {"region": region, "day": day})).fetchone()
    assert row is not None, "the nation has a rule from ever"
    return ReportingRule(*row)
