"""What do the pages of a dispatch show? The periods of a region, one of them as it is told, and what is assigned."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from msgspec import Struct

from dashboards.console.pages import now
from dashboards.console.users import User
from dashboards.console.words import Words
from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Document
from dashboards.dispatch.keeping import changed, cutoff_of
from dashboards.dispatch.reading import Basis, desks_of, draft, read_revision
from dashboards.dispatch.signing import SECTIONS, Act, possible
from dashboards.dispatch.wording import Wording
from detectors.profile import Profile
from detectors.times import Millis
from ingest import regions as codes
from store import dispatches, figures, freezes, items, reporting, signing
from store.connection import Connection, Pool, reading, transaction
from store.dispatches import Head
from store.figures import NATION, UNPLACED
from store.freezes import Freeze
from store.signing import State

DAYS_LISTED: Final = 14
SHOWN: Final = ("facilities", "heard", "positives", "hospitalised", "deaths", "alerts_p1", "silent")
"""Figures beside each period of the list."""
_EPOCH: Final = date(1970, 1, 1)


class Line(Struct, frozen=True):
    """A revision in the list."""

    head: Head
    date: str
    state: State


class Told(Struct, frozen=True):
    """A dispatch as the page shows it."""

    basis: Basis
    document: Document
    newest: int  # revision; 0: none is frozen
    acts: tuple[Act, ...]  # what may be done with it now
    is_behind: bool  # figures have changed since
    freeze: Freeze | None  # what somebody asked for last


def is_known(region: str) -> bool:
    """There may be a dispatch of it: GB/T 2260 has or had the code, or it is one of ours."""
    return region in (NATION, UNPLACED) or region.removesuffix("-") in codes.last_names()


def regions_of(user: User) -> list[str]:
    """The regions whose dispatches are this user's own; what lies in them is reached from there."""
    found = {one.ljust(6, "0") if one else NATION for one in user.seen.regions}
    return sorted(one for one in found if is_known(one))


def day_of(text: str) -> int | None:
    """A date as days since 1970-01-01; None: it is none.

    >>> day_of("2026-11-27"), day_of("yesterday")
    (20784, None)
    """
    try:
        return (date.fromisoformat(text) - _EPOCH).days
    except ValueError:
        return None


def date_of(day: int) -> str:
    """Days since 1970-01-01 as a date."""
    return date.fromordinal(_EPOCH.toordinal() + day).isoformat()


async def list_values(pool: Pool, region: str, words: Words) -> dict[str, Any]:
    """Two weeks of a region: every revision, the draft of today, what lies in it, and its open items."""
    moment = now()
    today = Profile().day_of(moment)
    first = today - DAYS_LISTED
    async with reading(pool) as connection, transaction(connection):
        heads = await dispatches.revisions(connection, region, first, today + 1)
        states = await signing.states(connection, region, first, today + 1)
        below = await figures.below(connection, region, "period", today - 1, today)
        rules = await reporting.rules(connection)
        assigned = await items.of_regions(connection, desks_of(region, today), moment, moment)
    over = cutoff_of(rules, region, today)
    return {
        "region": region,
        "said": Wording(words.language, today),
        "lines": [Line(one, date_of(one.day), states.get((one.day, one.revision), "draft")) for one in heads],
        "draft": date_of(today if moment < over else today + 1),
        "children": sorted({one.region for one in below}),
        "shown": SHOWN,
        "items": assigned,
        "moment": moment,
        "tomorrow": date_of(today + 1),
    }


async def told(connection: Connection, region: str, day: int, revision: int | None, words: Words) -> Told | None:
    """A revision, by default the newest, else the draft; 0: the draft. None: there is none.

    At the beginning of a transaction.
    """
    await figures.hold_still(connection)
    basis = None if revision == 0 else await read_revision(connection, region, day, revision)
    newest = await signing.newest(connection, region, day) if basis else 0
    if basis is None and revision in (None, 0):
        basis = await draft(connection, region, day)
    if basis is None:
        return None
    number = basis.frozen.revision if basis.frozen else 0
    is_newest = number == newest
    behind = bool(is_newest and number and await changed(connection, region, day, day))
    acts = possible(basis.course) if is_newest else ()
    asked = await freezes.latest(connection, region, day)
    return Told(basis, compose(basis, words.language, basis.at), newest, acts, behind, asked)


async def is_over(connection: Connection, region: str, day: int, moment: Millis) -> bool:
    """Its cut-off has passed."""
    return cutoff_of(await reporting.rules(connection), region, day) <= moment


def notes_of(found: Told) -> list[tuple[str, str]]:
    """(section, what people say under it), of every section."""
    said = {one.section: one.text for one in found.basis.course.notes}
    return [(name, said.get(name, "")) for name in SECTIONS]
