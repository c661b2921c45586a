"""What another system is sent of a region and period: the frozen dispatch where there is one, else figures so far."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from dashboards.exports.rows import Row, rows_of, shown
from detectors.times import to_text
from store import dispatches, figures
from store.connection import Connection
from store.dictionary import VERSION

FORMAT: Final = 1


class Content(Struct, frozen=True):
    """The body of a package; small counts are withheld in it, since it leaves the province."""

    format: int
    region: str
    date: str  # of the cut-off
    revision: int | None  # of the dispatch; None: nobody has frozen it
    frozen_at: str | None
    frozen_by: str | None  # None: by itself, unreviewed
    dictionary: str  # digest of the data dictionary by which figures are named
    rows: tuple[Row, ...]


async def content(connection: Connection, region: str, day: int) -> Content | None:
    """What is to be said of a region and a period; None: nothing is counted there. In the caller's transaction."""
    frozen = await dispatches.find(connection, region, day)
    if frozen is not None:
        each = [frozen.figures, *(child.figures for child in frozen.children if child.head is not None)]
        parents = {one.region: region for one in each[1:]}
        rows = rows_of(each, parents, leaves=True)
        at = to_text(frozen.frozen_at)
        return Content(
            FORMAT, region, shown(day), frozen.revision, at, frozen.frozen_by, frozen.dictionary, tuple(rows)
        )
    found, parents = await figures.tree(connection, region, "period", day)
    if not found:
        return None
    return Content(FORMAT, region, shown(day), None, None, None, VERSION, tuple(rows_of(found, parents, leaves=True)))


def body_of(said: Content) -> bytes:
    """The same content is always the same bytes."""
    return msgspec.json.encode(said)
