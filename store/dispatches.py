"""What did a region say, when, and of what was it the sum? Revisions of dispatches, written once and read for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.figures import FacilityFigures, Figures
from store.sql import statements

_SQL: Final = statements("dispatches")


Edition = Literal["full", "ministry"]


class Head(Struct, frozen=True):
    """A revision by its name, and its sums."""

    id: int
    region: str
    day: int  # of the cut-off, since 1970-01-01
    revision: int
    frozen_at: Millis
    frozen_by: str | None  # None: nobody, at the cut-off
    figures: Figures


class Child(Struct, frozen=True):
    """What a revision is composed of: another one that is in the sum, or what was not frozen and is in none."""

    region: str
    figures: Figures
    head: Head | None  # None: not frozen; its figures are provisional


class NewDispatch(Struct, frozen=True):
    """Figures that are about to be frozen."""

    region: str
    day: int
    frozen_at: Millis
    frozen_by: str | None
    began: int  # minutes after midnight of the day before
    ended: int  # minutes after midnight of the day
    has_other_cutoffs: bool
    rules: str
    dictionary: str
    figures: Figures
    before: Figures | None
    facilities: tuple[FacilityFigures, ...]
    children: tuple[Child, ...]


class Dispatch(NewDispatch, frozen=True, kw_only=True):
    """A revision as it was written; above the regions that facilities count in it has no facilities of its own."""

    id: int
    revision: int

    @property
    def head(self) -> Head:
        """Its name and sums."""
        return Head(self.id, self.region, self.day, self.revision, self.frozen_at, self.frozen_by, self.figures)


class Unfrozen(Struct, frozen=True):
    """A region whose period nobody has frozen."""

    region: str
    day: int
    parent: str
    running: int  # facilities whose period is not over


_figures: Final = msgspec.json.Decoder(Figures).decode
_facilities: Final = msgspec.json.Decoder(tuple[FacilityFigures, ...]).decode


async def as_of_one_moment(connection: Connection) -> None:
    """What is read until the transaction ends is as of one moment; it must not have read anything yet."""
    await connection.execute(_SQL["one_moment"])


async def claim(connection: Connection, region: str, day: int) -> bool:
    """Nobody else freezes the same until the transaction ends; False: somebody does."""
    row = await (await connection.execute(_SQL["claim_dispatch"], {"region": region, "day": day})).fetchone()
    return row is not None and bool(row[0])


async def add(connection: Connection, new: NewDispatch) -> Dispatch:
    """It is the next revision: as it was written."""
    values = {name: getattr(new, name) for name in new.__struct_fields__ if name != "children"}
    values |= {name: _json(values[name]) for name in ("figures", "before", "facilities")}
    row = await (
        await connection.execute(_SQL["add_dispatch"], values | {"frozen_at": Moment(new.frozen_at)})
    ).fetchone()
    assert row is not None
    if new.children:
        parts = {
            "id": row[0],
            "regions": [one.region for one in new.children],
            "children": [None if one.head is None else one.head.id for one in new.children],
            "provisional": [_json(one.figures) if one.head is None else None for one in new.children],
        }
        await connection.execute(_SQL["add_children"], parts)
    return Dispatch(**structs.asdict(new), id=row[0], revision=row[1])


async def find(connection: Connection, region: str, day: int, revision: int | None = None) -> Dispatch | None:
    """A revision of a region and period, by default the newest; None: there is none."""
    values = {"region": region, "day": day, "revision": revision}
    row = await (await connection.execute(_SQL["dispatch"], values)).fetchone()
    if row is None:
        return None
    number, region, day, which, at, by, began, ended, others, rules, dictionary, told, before, homes = row
    children = await _children(connection, number)
    return Dispatch(
        region, day, at, by, began, ended, others, rules, dictionary, _figures(told),
        None if before is None else _figures(before), _facilities(homes), children, id=number, revision=which,
    )  # fmt: skip


async def facilities_of(connection: Connection, dispatch: Dispatch) -> tuple[FacilityFigures, ...]:
    """The facilities that it names, by code, wherever below it they count."""
    if not dispatch.children:
        return dispatch.facilities
    rows = await (await connection.execute(_SQL["facilities_below"], {"id": dispatch.id})).fetchall()
    found = [*dispatch.facilities, *(one for (homes,) in rows for one in _facilities(homes))]
    return tuple(sorted(found, key=lambda one: one.code))


async def text(connection: Connection, number: int, edition: Edition) -> bytes | None:
    """An edition of the revision as it was composed first; None: nobody has."""
    row = await (await connection.execute(_SQL["text"], {"id": number, "edition": edition})).fetchone()
    return None if row is None else bytes(row[0])


async def keep_text(connection: Connection, number: int, edition: Edition, now: Millis, composed: bytes) -> None:
    """The edition has this text for ever, unless it has one already."""
    values = {"id": number, "edition": edition, "at": Moment(now), "text": composed}
    await connection.execute(_SQL["keep_text"], values)


async def without_text(connection: Connection, limit: int) -> list[tuple[str, int, int]]:
    """(region, day, revision) of revisions that nobody has put into words, the newest first."""
    rows = await (await connection.execute(_SQL["without_text"], {"limit": limit})).fetchall()
    return [(region, day, revision) for region, day, revision in rows]


async def newest(connection: Connection, regions: Sequence[str], first: int, last: int) -> list[Head]:
    """The newest revision of each of these regions on each of these days, by day and region."""
    if not regions:
        return []
    return await _heads(connection, "newest_heads", {"regions": list(regions), "first": first, "last": last})


async def revisions(connection: Connection, region: str, first: int, last: int) -> list[Head]:
    """Every revision of a region and these days, the newest first."""
    return await _heads(connection, "revisions", {"region": region, "first": first, "last": last})


async def unfrozen(connection: Connection, first: int, last: int) -> list[Unfrozen]:
    """The regions of these periods that nobody has frozen."""
    rows = await (await connection.execute(_SQL["unfrozen"], {"first": first, "last": last})).fetchall()
    return [Unfrozen(*row) for row in rows]


async def inside(connection: Connection, region: str, day: int) -> list[str]:
    """What lies in a region, at every level, and was counted that day."""
    rows = await (await connection.execute(_SQL["inside"], {"region": region, "day": day})).fetchall()
    return [one for (one,) in rows]


async def known_since(connection: Connection) -> Millis | None:
    """When the first facility was registered; None: none is."""
    row = await (await connection.execute(_SQL["known_since"])).fetchone()
    found: Millis | None = row[0] if row else None
    return found


async def outdated(connection: Connection, region: str, first: int, last: int) -> list[int]:
    """The days on which what a region's newest revision is composed of has a newer one by now."""
    values = {"region": region, "first": first, "last": last}
    return [day for (day,) in await (await connection.execute(_SQL["outdated"], values)).fetchall()]


async def _heads(connection: Connection, name: str, values: dict[str, Any]) -> list[Head]:
    rows = await (await connection.execute(_SQL[name], values)).fetchall()
    return [Head(*(*row[:-1], _figures(row[-1]))) for row in rows]


async def _children(connection: Connection, number: int) -> tuple[Child, ...]:
    found = []
    for region, child, day, revision, at, by, told in await (
        await connection.execute(_SQL["children"], {"id": number})
    ).fetchall():
        figures = _figures(told)
        head = None if child is None else Head(child, region, day, revision, at, by, figures)
        found.append(Child(region, figures, head))
    return tuple(found)


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
