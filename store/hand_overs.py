"""Hand-overs of a shift (交接班记录): what was offered, who took it, and what somebody promised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.console import Seen
from store.sql import statements

_SQL: Final = statements("hand_overs")

ItemKind = Literal["alert", "referral", "promise", "nothing"]
ItemState = Literal["offered", "accepted", "refused", "withdrawn", "over"]


class HandOver(Struct, frozen=True):
    """A record; whoever sees all of its regions and facilities reads it."""

    id: int
    offered_at: Millis
    giver: str
    giver_login: str
    wanted: str | None  # whom the giver expects
    note: str | None
    regions: Sequence[str]
    facilities: Sequence[str]


class NewItem(Struct, frozen=True):
    """Something that is offered, in words as it stands."""

    kind: ItemKind
    said_zh: str
    said_en: str
    alert_id: int | None = None
    referral_id: int | None = None
    promise_id: int | None = None
    subject: str | None = None  # `F-001/R-07`


class Item(Struct, frozen=True):
    """Something that was offered, and what became of it."""

    position: int
    kind: ItemKind
    alert_id: int | None
    referral_id: int | None
    promise_id: int | None
    subject: str | None
    said_zh: str
    said_en: str
    state: ItemState
    answered_by: str | None
    answered_at: Millis | None
    reason: str | None


class Answer(Struct, frozen=True):
    """What became of an item."""

    state: ItemState
    by: str
    login: str
    at: Millis
    reason: str | None = None


class HandOverLine(Struct, frozen=True):
    """A record in a list."""

    id: int
    offered_at: Millis
    giver: str
    wanted: str | None
    items: int
    waiting: int
    refused: int


class Link(Struct, frozen=True):
    """One passing on of an alert: from whom, to whom if it was taken, and when it was answered, else offered."""

    giver: str
    state: ItemState
    answered_by: str | None
    at: Millis


class Promise(Struct, frozen=True):
    """What somebody on duty said they would do."""

    id: int
    made_at: Millis
    made_by: str
    keeper: str
    words: str
    due_at: Millis | None


async def add(
    connection: Connection,
    giver: tuple[str, str],
    seen: Seen,
    items: Iterable[NewItem],
    now: Millis,
    wanted: str | None = None,
    note: str | None = None,
) -> int:
    """The record is offered by `giver` (name, login); its number."""
    name, login = giver
    values = {"at": Moment(now), "giver": name, "login": login, "wanted": wanted, "note": note} | seen.arrays
    row = await (await connection.execute(_SQL["add_hand_over"], values)).fetchone()
    assert row is not None
    number: int = row[0]
    rows = [structs.asdict(one) | {"hand_over": number, "position": at} for at, one in enumerate(items, 1)]
    if rows:
        await connection.cursor().executemany(_SQL["add_item"], rows)
    return number


async def find(connection: Connection, number: int) -> HandOver | None:
    """One record."""
    row = await (await connection.execute(_SQL["hand_over"], {"id": number})).fetchone()
    return None if row is None else HandOver(*row)


async def items(connection: Connection, number: int, *, lock: bool = False) -> list[Item]:
    """What a record offers, in order."""
    cursor = await connection.execute(_SQL["lock_items" if lock else "items"], {"id": number})
    return [Item(*row) for row in await cursor.fetchall()]


async def answer(connection: Connection, number: int, position: int, given: Answer) -> None:
    """It is taken, sent back, or needs no answer any more."""
    values: dict[str, Any] = structs.asdict(given) | {"at": Moment(given.at)}
    await connection.execute(_SQL["answer_item"], values | {"hand_over": number, "position": position})


async def withdraw(connection: Connection, login: str, now: Millis) -> None:
    """What this giver still offers is offered no more."""
    await connection.execute(_SQL["withdraw_offers"], {"login": login, "at": Moment(now)})


async def seen_by(connection: Connection, seen: Seen, since: Millis) -> list[HandOverLine]:
    """The records since a time of which a reader sees all, and those that still wait; the newest first."""
    cursor = await connection.execute(_SQL["hand_overs_seen"], {"since": Moment(since)} | seen.arrays)
    return [HandOverLine(*row) for row in await cursor.fetchall()]


async def waiting(connection: Connection, seen: Seen, login: str, since: Millis) -> int:
    """How many things others have offered since a time wait at a reader's own desk or home."""
    values = {"since": Moment(since), "login": login} | seen.arrays
    row = await (await connection.execute(_SQL["wait"], values)).fetchone()
    assert row is not None
    return int(row[0])


async def chains(connection: Connection, alert_ids: Iterable[int]) -> dict[int, list[Link]]:
    """How each of these alerts was passed on, in order; those that never were are left out."""
    found: dict[int, list[Link]] = {}
    for number, *link in await (await connection.execute(_SQL["chains"], {"alerts": list(alert_ids)})).fetchall():
        found.setdefault(number, []).append(Link(*link))
    return found


async def promise(connection: Connection, by: tuple[str, str], words: str, due_at: Millis | None, now: Millis) -> None:
    """Somebody (name, login) says what they will do."""
    name, login = by
    values = {"at": Moment(now), "by": name, "login": login, "words": words, "due": Moment.of(due_at)}
    await connection.execute(_SQL["add_promise"], values)


async def promises_of(connection: Connection, login: str) -> list[Promise]:
    """What somebody has promised and not kept yet."""
    cursor = await connection.execute(_SQL["promises_of"], {"login": login})
    return [Promise(*row) for row in await cursor.fetchall()]


async def keep(connection: Connection, promise_id: int, by: tuple[str, str], now: Millis) -> None:
    """Its keeper (name, login) has done it; somebody else's stays."""
    name, login = by
    values = {"id": promise_id, "by": name, "login": login, "at": Moment(now)}
    await connection.execute(_SQL["keep_promise"], values)


async def pass_on(connection: Connection, promise_id: int, to: tuple[str, str]) -> None:
    """Somebody else (name, login) keeps it from now on."""
    await connection.execute(_SQL["pass_promise"], {"id": promise_id, "keeper": to[0], "login": to[1]})
