"""How do figures become a revision? Where facilities count, as they are counted; above, as a sum of what is frozen."""

from __future__ import annotations

from functools import reduce
from typing import Final

from msgspec import structs

from dashboards.dispatch.proposing import propose
from dashboards.dispatch.reading import basis_of, has_something, period_of, with_something
from dashboards.dispatch.telling import keep_words
from detectors.profile import Profile
from detectors.times import MINUTE, Millis
from store import dispatches, figures, reporting, rules, signing
from store.connection import Connection
from store.dictionary import VERSION
from store.dispatches import Child, Dispatch, NewDispatch
from store.figures import Figures, Value
from store.nudges import prefix_of
from store.signing import Step

_NOTHING: Final = Value(None)


async def freeze(connection: Connection, region: str, day: int, by: str | None, now: Millis) -> int | None:
    """The figures of a region and period as they stand are its next revision; which one, or None: nothing has changed.

    A region that others lie in is the sum of their newest revisions, whatever the roll-up has by now; what of it was
    not frozen is in no sum, and its figures stand apart. At the beginning of a transaction.
    """
    await dispatches.as_of_one_moment(connection)
    if not await dispatches.claim(connection, region, day):
        return None
    last = await dispatches.find(connection, region, day)
    children = await _children(connection, region, day, last)
    told = total(region, day, children) if children else await _counted(connection, region, day)
    if last is None and told is None:
        return None
    told = told or Figures(region, "period", day, 0, {})  # all that was there has moved away
    homes = await with_something(connection, [region], day) if not children and has_something(told) else ()
    if last is not None and (told, homes, _named(children)) == (last.figures, last.facilities, _named(last.children)):
        return None
    period = await period_of(connection, region, day)
    new = NewDispatch(
        region,
        day,
        now,
        by,
        period.began,
        period.ended,
        period.has_other_cutoffs,
        await _rules(connection, region, now),
        VERSION,
        told,
        await _before(connection, region, day),
        homes,
        children,
    )
    made = await dispatches.add(connection, new)
    revision = made.revision
    await signing.add_step(connection, region, day, revision, await _first_step(connection, new, revision))
    if revision == 1 and homes:
        rule = await reporting.in_force(connection, region, day + 1)
        due_at = Profile().midnight(day + 1) + rule.cutoff * MINUTE
        await propose(connection, region, day, homes, due_at, now)
    await keep_words(connection, await basis_of(connection, made, last, signing.Course(revision)))
    return revision


async def _first_step(connection: Connection, new: NewDispatch, revision: int) -> Step:
    """A draft that was submitted before the cut-off is in review; nobody has seen the figures of a correction."""
    if revision == 1:
        draft = await signing.course(connection, new.region, new.day, 0)
        submitted = draft.last("in_review")
        if draft.state == "in_review" and submitted is not None:
            return structs.replace(submitted, at=new.frozen_at)
    return Step("draft" if new.frozen_by else "frozen_unreviewed", new.frozen_at, new.frozen_by)


def total(region: str, day: int, children: tuple[Child, ...]) -> Figures:
    """The sum of what is frozen."""
    return reduce(_plus, (one.figures for one in children if one.head), Figures(region, "period", day, 0, {}))


def _plus(one: Figures, other: Figures) -> Figures:
    names = [*one.values, *(name for name in other.values if name not in one.values)]
    added = {name: one.values.get(name, _NOTHING) + other.values.get(name, _NOTHING) for name in names}
    return structs.replace(one, running=one.running + other.running, values=added)


def _named(children: tuple[Child, ...]) -> list[tuple[str, int | None]]:
    return [(one.region, one.head.revision if one.head else None) for one in children]


async def _children(connection: Connection, region: str, day: int, last: Dispatch | None) -> tuple[Child, ...]:
    """What lies in it now or lay in it when it was frozen, each by its newest revision."""
    live = {one.region: one for one in await figures.below(connection, region, "period", day, day)}
    known = {one.region: one.figures for one in last.children} if last else {}
    names = sorted({*live, *known})
    heads = {one.region: one for one in await dispatches.newest(connection, names, day, day)}
    return tuple(
        Child(name, heads[name].figures, heads[name]) if name in heads else Child(name, live[name], None)
        for name in names
        if name in heads or name in live
    )


async def _counted(connection: Connection, region: str, day: int) -> Figures | None:
    found = await figures.of_region(connection, region, "period", day, day)
    return found[0] if found else None


async def _before(connection: Connection, region: str, day: int) -> Figures | None:
    """The period before as it was told last, else as it is counted."""
    told = await dispatches.newest(connection, [region], day - 1, day - 1)
    return told[0].figures if told else await _counted(connection, region, day - 1)


async def _rules(connection: Connection, region: str, now: Millis) -> str:
    """The rule sets in force there, from the nation down: region, version, digest."""
    prefix = prefix_of(region.removesuffix("-"))
    found = {
        one.region: f"{one.region or figures.NATION} {one.version} {one.digest[:8]}"
        for one in await rules.heads(connection)
        if one.effective_from <= now and (prefix.startswith(one.region) or one.region.startswith(prefix))
    }
    return "; ".join(found.values())
