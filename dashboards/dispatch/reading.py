"""What is a dispatch made of? The roll-up rows of a region, of what lies in it, and of facilities with something."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from store import figures, reporting
from store.connection import Connection
from store.figures import FacilityFigures, Figures
from store.nudges import prefix_of

CONCERNS: Final = (
    "deaths",
    "positives",
    "positives_staff",
    "alerts_p1",
    "hospitalised",
    "antiviral_short",
    "antipyretic_short",
)
"""A place with any of these is of concern; it ranks by the first in which it differs from another."""

NAMED: Final = (*CONCERNS, "silent", "reports_missing", "difficulties_open")
"""A facility with any of these is read by itself."""


class Basis(Struct, frozen=True):
    """All that a dispatch may say, as of one moment."""

    region: str
    day: int  # of the cut-off, since 1970-01-01
    began: int  # minutes after midnight of the day before
    ended: int  # minutes after midnight of the day: the cut-off
    has_other_cutoffs: bool  # some of what lies in it reports by another
    today: Figures
    before: Figures | None  # the period before, where it was counted
    children: tuple[Figures, ...]
    facilities: tuple[FacilityFigures, ...]


async def read(connection: Connection, region: str, day: int) -> Basis | None:
    """What is known of a region and the period that ends on a day; None: nothing was counted.

    At the beginning of a transaction: all of it is as of one moment, so that sums hold while the roll-up goes on.
    """
    await figures.hold_still(connection)
    found = {one.day: one for one in await figures.of_region(connection, region, "period", day - 1, day)}
    if day not in found:
        return None
    children = await figures.below(connection, region, "period", day, day)
    before, rule = [await reporting.in_force(connection, region, when) for when in (day - 1, day)]
    prefix = prefix_of(region.removesuffix("-"))
    others = [
        one for one in await reporting.rules(connection) if one.region.startswith(prefix) and one.valid_from <= day
    ]
    leaves = await _leaves(connection, found[day], children)
    listed = await figures.of_facilities(connection, leaves, "period", day) if leaves else []
    return Basis(
        region,
        day,
        before.cutoff,
        rule.cutoff,
        any(one.cutoff != rule.cutoff and len(one.region) > len(prefix) for one in others),
        found[day],
        found.get(day - 1),
        tuple(children),
        tuple(one for one in listed if any(one.values[name] for name in NAMED)),
    )


async def _leaves(connection: Connection, one: Figures, children: list[Figures]) -> list[str]:
    """The regions that facilities with something lie in directly; what has none of it is not entered."""
    if not any(one[name].value for name in NAMED):
        return []
    if not children:
        return [one.region]
    found = []
    for child in children:
        below = await figures.below(connection, child.region, "period", one.day, one.day)
        found += await _leaves(connection, child, below)
    return found
