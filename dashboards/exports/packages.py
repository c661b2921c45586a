"""What another system is sent of a region and period: the frozen dispatch where there is one, else figures so far.

A correction is a package of its own: the next revision of the same region and
period, which names the package that it replaces.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct, structs

from dashboards.exports.rows import Row, leaving, read_leaving, shown
from detectors.profile import Profile
from detectors.times import Millis, to_text
from store import dispatches, exports
from store.connection import Connection, transaction
from store.dictionary import VERSION

FORMAT: Final = 1
FOLLOWED_DAYS: Final = 14
"""Of a period that nobody has frozen figures so far are followed as long as late data makes another revision."""


class Replaced(Struct, frozen=True):
    """The package that is not to be read any more."""

    key: str  # its webhook-id, and the name of its file
    revision: int | None


class Content(Struct, frozen=True, omit_defaults=True):
    """The body of a package; small counts are withheld in it, since it leaves the province."""

    format: int
    region: str
    date: str  # of the cut-off
    revision: int | None  # of the dispatch; None: nobody has frozen it
    frozen_at: str | None
    frozen_by: str | None  # None: by itself, unreviewed
    dictionary: str  # digest of the data dictionary by which figures are named
    rows: tuple[Row, ...]
    replaces: Replaced | None = None  # left out: it is the first of this region and period


async def queue(connection: Connection, receiver: str, region: str, day: int, now: Millis) -> list[int] | None:
    """What is new of a region and period waits, each revision a package; their numbers. None: nothing is counted there.

    In the caller's transaction, which must not have claimed anything yet.
    """
    await exports.claim(connection, receiver)
    last = await exports.newest(connection, receiver, region, day)
    frozen = sorted(one.revision for one in await dispatches.revisions(connection, region, day, day))
    wanted: list[int | None] = [one for one in frozen if last is not None and one > (last.revision or 0)]
    if last is None or not frozen:
        wanted = [frozen[-1] if frozen else None]
    made = []
    for revision in wanted:
        content = await _content(connection, region, day, revision)
        if content is None:
            return None
        said = sha256(msgspec.json.encode(content)).digest()
        if last is not None:
            if said == last.said:
                continue
            replaced = Replaced(exports.key_of(receiver, last.number), last.revision)
            content = structs.replace(content, replaces=replaced)
        body = msgspec.json.encode(content)
        replaces = None if last is None else last.number
        number = await exports.add(connection, receiver, region, day, revision, body, said, replaces, now)
        last = exports.Said(number, revision, said)
        made.append(number)
    return made


async def follow(connection: Connection, receiver: str, now: Millis) -> list[int]:
    """What is told otherwise by now than it was sent waits to be sent as it is told now; the numbers."""
    today = Profile().day_of(now)
    async with transaction(connection):
        changed = await exports.told_otherwise(connection, receiver, today - FOLLOWED_DAYS, today)
    made: list[int] = []
    for region, day in changed:
        async with transaction(connection):
            made += await queue(connection, receiver, region, day, now) or []
    return made


async def _content(connection: Connection, region: str, day: int, revision: int | None) -> Content | None:
    if revision is None:
        found = await read_leaving(connection, region, day)
        return Content(FORMAT, region, shown(day), None, None, None, VERSION, tuple(found)) if found else None
    frozen = await dispatches.find(connection, region, day, revision)
    assert frozen is not None, "no revision is ever taken away"
    each = [frozen.figures, *(child.figures for child in frozen.children if child.head is not None)]
    rows = await leaving(connection, each, {one.region: region for one in each[1:]}, day)
    at = to_text(frozen.frozen_at)
    return Content(FORMAT, region, shown(day), revision, at, frozen.frozen_by, frozen.dictionary, tuple(rows))
