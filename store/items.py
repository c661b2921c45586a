"""Assigned items (交办事项): who is to do what until when, and what came of it. Rows are only added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("items")

Kind = Literal["call", "help", "check", "visit"]
State = Literal["open", "moved", "done"]


class NewItem(Struct, frozen=True):
    """Something is to be done."""

    region: str  # whose desk it is
    day: int  # of the period it came up in
    kind: Kind
    what: str
    owner: str
    due_at: Millis
    facility: str | None = None
    source: str | None = None  # the figure of the facility that it comes from; None: somebody thought of it
    by: str | None = None  # None: proposed when the period was frozen
    login: str | None = None


class Item(Struct, frozen=True):
    """An item, and the last word on it."""

    id: int
    region: str
    day: int
    kind: Kind
    facility: str | None
    what: str
    source: str | None
    made_at: Millis
    made_by: str | None
    state: State  # open; moved on, which is open elsewhere or later; done
    owner: str
    due_at: Millis
    at: Millis  # of the last word
    comment: str | None  # its result, or the reason why it was moved on
    actor: str | None

    @property
    def is_done(self) -> bool:
        """It has its result."""
        return self.state == "done"


class Counts(Struct, frozen=True):
    """How many items a region has."""

    region: str
    open: int
    overdue: int  # of them
    done: int

    def __add__(self, other: Counts) -> Counts:
        """Both, under the first one's name."""
        return Counts(self.region, self.open + other.open, self.overdue + other.overdue, self.done + other.done)


async def add(connection: Connection, new: NewItem, now: Millis) -> int:
    """It is assigned; its number."""
    values = structs.asdict(new) | {"made_at": Moment(now), "made_by": new.by}
    row = await (await connection.execute(_SQL["add_item"], values)).fetchone()
    assert row is not None
    await _add_step(connection, row[0], "open", new.owner, new.due_at, None, new.by, new.login, now)
    return int(row[0])


async def propose(connection: Connection, proposed: Sequence[NewItem], now: Millis) -> None:
    """Items of one region, owner and deadline that nobody thought of are assigned, all at once."""
    if not proposed:
        return
    values = {
        "region": proposed[0].region,
        "day": proposed[0].day,
        "owner": proposed[0].owner,
        "due_at": Moment(proposed[0].due_at),
        "at": Moment(now),
        "kinds": [one.kind for one in proposed],
        "facilities": [one.facility for one in proposed],
        "whats": [one.what for one in proposed],
        "sources": [one.source for one in proposed],
    }
    await connection.execute(_SQL["propose_items"], values)


async def move(
    connection: Connection, item: Item, owner: str, due_at: Millis, reason: str, by: str, login: str | None, now: Millis
) -> None:
    """Somebody else answers for it, or until another day; it stays open."""
    await _add_step(connection, item.id, "moved", owner, due_at, reason, by, login, now)


async def finish(connection: Connection, item: Item, result: str, by: str, login: str | None, now: Millis) -> None:
    """It is done, and this came of it."""
    await _add_step(connection, item.id, "done", item.owner, item.due_at, result, by, login, now)


async def open_sources(connection: Connection, regions: Sequence[str]) -> set[tuple[str, str]]:
    """(facility, figure) that an open item of these regions is about."""
    rows = await (await connection.execute(_SQL["open_sources"], {"regions": list(regions)})).fetchall()
    return {(facility, source) for facility, source in rows}


async def of_regions(connection: Connection, regions: Sequence[str], at: Millis, since: Millis) -> tuple[Item, ...]:
    """Their items as they stood: those open at a moment, and those done after another one; the oldest first."""
    values = {"regions": list(regions), "at": Moment(at), "since": Moment(since)}
    return tuple([Item(*row) for row in await (await connection.execute(_SQL["items"], values)).fetchall()])


async def find(connection: Connection, number: int) -> Item | None:
    """One item by its number."""
    row = await (await connection.execute(_SQL["item"], {"item": number})).fetchone()
    return None if row is None else Item(*row)


async def counts(connection: Connection, prefix: str, at: Millis, since: Millis) -> list[Counts]:
    """Of each region whose code begins so and that has any."""
    values = {"prefix": prefix, "at": Moment(at), "since": Moment(since)}
    return [Counts(*row) for row in await (await connection.execute(_SQL["counts"], values)).fetchall()]


async def _add_step(
    connection: Connection,
    number: int,
    state: State,
    owner: str,
    due_at: Millis,
    comment: str | None,
    actor: str | None,
    login: str | None,
    now: Millis,
) -> None:
    values: dict[str, Any] = {"item": number, "state": state, "owner": owner, "actor": actor, "login": login}
    values |= {"at": Moment(now), "due_at": Moment(due_at), "comment": comment}
    await connection.execute(_SQL["add_step"], values)
