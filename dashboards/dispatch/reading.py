"""What is a dispatch made of? The figures of a region, of what lies in it, and of facilities with something.

A draft is of the roll-ups as they stand, a revision of what was frozen: both are the same value.
"""

from __future__ import annotations

import time
from typing import Final

from msgspec import Struct, structs

from dashboards.dispatch.closure import FORTNIGHT, facts_of
from dashboards.dispatch.differences import Difference, differences
from dashboards.dispatch.text import Texts, texts_of
from detectors.profile import Mode, Profile
from detectors.times import MINUTE, Millis
from ingest import regions as codes
from store import closure, dispatches, figures, items, modes, reporting, signing
from store.closure import Facts
from store.connection import Connection
from store.dispatches import Child, Dispatch
from store.figures import FacilityFigures, Figures
from store.items import Counts, Item
from store.nudges import lies_in, prefix_of
from store.signing import Course

CONCERNS: Final = (
    "deaths",
    "positives",
    "positives_staff",
    "clusters_open",
    "alerts_p1",
    "hospitalised",
    "antiviral_short",
    "antipyretic_short",
)
"""A place with any of these is of concern; it ranks by the first in which it differs from another."""

NAMED: Final = (*CONCERNS, "silent", "reports_missing", "difficulties_open", "to_verify")
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
    children: tuple[Figures, ...]  # their sum is today
    facilities: tuple[FacilityFigures, ...]
    at: Millis  # as of which moment
    items: tuple[Item, ...] = ()  # assigned to its desk: open at that moment, or done in the period
    items_below: tuple[Counts, ...] = ()  # of what lies in it
    frozen: Dispatch | None = None  # the revision that says so; None: a draft, of the roll-ups as they stand
    course: Course = Course(0)  # who wrote, submitted and signed it, and what they say in it
    corrected: tuple[Difference, ...] = ()  # what the revision before told otherwise
    missing: tuple[Child, ...] = ()  # 未报送: not frozen, with provisional figures that are in no sum
    mode: Mode = "疫情期间"  # of the region itself, when the period ended
    texts: Texts = {}  # of a revision, as it was composed first


class Period(Struct, frozen=True):
    """From cut-off to cut-off."""

    began: int  # minutes after midnight of the day before
    ended: int  # minutes after midnight of the day
    has_other_cutoffs: bool  # some of what lies in it reports by another


async def read(connection: Connection, region: str, day: int) -> Basis | None:
    """What is known of a region and the period that ends on a day; None: nothing was counted.

    At the beginning of a transaction: all of it is as of one moment, so that sums hold while the roll-up goes on.
    """
    await figures.hold_still(connection)
    return await draft(connection, region, day)


async def draft(connection: Connection, region: str, day: int) -> Basis | None:
    """The same, in a transaction that holds still already."""
    found = {one.day: one for one in await figures.of_region(connection, region, "period", day - 1, day)}
    if day not in found:
        return None
    children = await figures.below(connection, region, "period", day, day)
    period, at = await period_of(connection, region, day), round(time.time() * 1_000)
    homes = await with_something(connection, await _leaves(connection, found[day], children), day)
    return Basis(
        region,
        day,
        period.began,
        period.ended,
        period.has_other_cutoffs,
        found[day],
        found.get(day - 1),
        tuple(children),
        homes,
        at,
        *await _items(connection, region, day, period, at, [one.region for one in children]),
        course=await signing.course(connection, region, day, 0),
        mode=await mode_of(connection, region, day, period.ended),
    )


async def read_revision(connection: Connection, region: str, day: int, revision: int | None = None) -> Basis | None:
    """What a revision says, by default the newest; None: there is none."""
    found = await dispatches.find(connection, region, day, revision)
    if found is None:
        return None
    older = await dispatches.find(connection, region, day, found.revision - 1) if found.revision > 1 else None
    course = await signing.course(connection, region, day, found.revision)
    basis = await basis_of(connection, found, older, course)
    kept = await dispatches.text(connection, found.id, "full")
    return basis if kept is None else structs.replace(basis, texts=texts_of(kept))


async def basis_of(connection: Connection, found: Dispatch, older: Dispatch | None, course: Course) -> Basis:
    """What a revision says after the one before it, with what people did with it."""
    return Basis(
        found.region,
        found.day,
        found.began,
        found.ended,
        found.has_other_cutoffs,
        found.figures,
        found.before,
        tuple(one.figures for one in found.children if one.head is not None),
        await dispatches.facilities_of(connection, found),
        found.frozen_at,
        *await _items(
            connection, found.region, found.day, found, found.frozen_at, [one.region for one in found.children]
        ),
        found,
        course,
        tuple(differences(older, found)) if older else (),
        tuple(one for one in found.children if one.head is None),
        await mode_of(connection, found.region, found.day, found.ended),
    )


async def _items(
    connection: Connection, region: str, day: int, period: Period | Dispatch, at: Millis, children: list[str]
) -> tuple[tuple[Item, ...], tuple[Counts, ...]]:
    """The items of a region, and how many each that lies in it has."""
    since = Profile().midnight(day - 1) + period.began * MINUTE
    # A code that is out of force may begin otherwise than what it lies in now: only the province stays.
    counted = await items.counts(connection, prefix_of(region)[:2], at, since) if children else []
    below = []
    for child in children:
        mine = [one for one in counted if lies_in(counted_in(one.region, day), child)]
        if mine:
            below.append(sum(mine, Counts(child, 0, 0, 0)))
    return await items.of_regions(connection, desks_of(region, day), at, since), tuple(below)


def desks_of(region: str, day: int) -> list[str]:
    """The codes whose items are this region's: its own, and those that went on as it; an item outlives its code."""
    return [region, *codes.former(region, day)]


def counted_in(region: str, day: int) -> str:
    """The region whose desk answers for the items of this code on a day."""
    now = codes.current(region, day)
    return now[0] if len(now) == 1 else region


async def period_of(connection: Connection, region: str, day: int) -> Period:
    """The reporting period of a region that ends on a day."""
    known, prefix = await reporting.rules(connection), prefix_of(region.removesuffix("-"))
    before, rule = [reporting.rule_of(known, region, when) for when in (day - 1, day)]
    others = any(
        one.cutoff != rule.cutoff and one.valid_from <= day and len(one.region) > len(prefix)
        for one in known
        if one.region.startswith(prefix)
    )
    return Period(before.cutoff, rule.cutoff, others)


async def mode_of(connection: Connection, region: str, day: int, minute: int) -> Mode:
    """What was decided of the region for that minute of the day; nothing counts backwards, so it stays true."""
    when = (day * 1_440 + minute - 8 * 60) * MINUTE  # cut-offs are in China's time
    decided = await modes.modes_of(connection, prefix_of(region.removesuffix("-")))
    latest = {one.region: one.mode for one in decided if one.valid_from <= when}
    return next((mode for _, mode in sorted(latest.items(), reverse=True) if mode), Profile().mode)


async def with_something(connection: Connection, leaves: list[str], day: int) -> tuple[FacilityFigures, ...]:
    """The facilities with something to tell, of those that count directly in these regions."""
    listed = await figures.of_facilities(connection, leaves, "period", day) if leaves else []
    return tuple(one for one in listed if any(one.values[name] for name in NAMED))


def has_something(one: Figures) -> bool:
    """Some facility there is named."""
    return any(one[name].value for name in NAMED)


async def _leaves(connection: Connection, one: Figures, children: list[Figures]) -> list[str]:
    """The regions that facilities with something lie in directly; what has none of it is not entered."""
    if not has_something(one):
        return []
    if not children:
        return [one.region]
    found = []
    for child in children:
        below = await figures.below(connection, child.region, "period", one.day, one.day)
        found += await _leaves(connection, child, below)
    return found


async def week_of(connection: Connection, basis: Basis) -> dict[int, Figures]:
    """The figures of the region on the six days before, as they were known then; what was not frozen, as counted."""
    first, last = basis.day - 6, basis.day - 1
    counted = {one.day: one for one in await figures.of_region(connection, basis.region, "period", first, last)}
    told = await dispatches.revisions(connection, basis.region, first, last)
    until = basis.frozen.frozen_at if basis.frozen else None
    known = [one for one in told if until is None or one.frozen_at <= until]
    return counted | {one.day: one.figures for one in reversed(known)}


async def evidence_of(connection: Connection, region: str, day: int) -> tuple[list[Facts], list[Facts]]:
    """What speaks for and against closing, of each region directly in it and of its homes in question."""
    await figures.hold_still(connection)
    found: dict[str, list[Figures]] = {}
    for one in await figures.below(connection, region, "period", day - FORTNIGHT + 1, day):
        found.setdefault(one.region, []).append(one)
    ended = (await period_of(connection, region, day)).ended
    regions = [facts_of(days, day, await mode_of(connection, code, day, ended)) for code, days in found.items()]
    return regions, await closure.homes(connection, prefix_of(region.removesuffix("-")), day)
