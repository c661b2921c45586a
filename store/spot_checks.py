"""Spot checks (四不两直): who may see the lists, what each was drawn from, and what came of the visits.

Nothing is ever changed: a draw, what it found and each step after it are rows that stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from detectors.times import Millis
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("spot_checks")
Part = Literal["risk", "chance"]
Kind = Literal["result", "rectified", "rechecked"]


class Inspector(Struct, frozen=True):
    """Somebody who may see the lists of a level."""

    region: str
    account_id: int
    login: str
    name: str
    named_at: Millis
    named_by: str


class Candidate(Struct, frozen=True):
    """A home that may be drawn, with what the week before says of it."""

    code: str
    name: str
    county: str  # where it counts
    silent: int | None  # days without any data, of seven
    reports_missing: int | None
    checks_done_share: int | None  # percent
    positives: int | None
    antiviral_short: int | None
    difficulties_open: int | None
    data_to_verify: int  # alerts, still open or of 30 days
    unmended: int  # 1: what an earlier visit found is overdue
    drawn_on: int | None  # day of the last draw it was in, of this level


class NewDraw(Struct, frozen=True):
    """All that a list follows from."""

    region: str  # of the issuing level
    day: int
    drawn_by: str
    seed: str
    size: int
    by_chance: int
    period_days: int
    frame: tuple[Candidate, ...]
    digest: str


class Draw(Struct, frozen=True):
    """A draw as it is on record, without its frame."""

    id: int
    region: str
    day: int
    drawn_at: Millis
    drawn_by: str
    seed: str
    size: int
    by_chance: int
    period_days: int
    digest: str


class SpotCheck(Struct, frozen=True):
    """A home that is to be visited."""

    id: int
    draw_id: int
    region: str  # of the issuing level
    day: int
    facility: str
    part: Part
    candidate: Candidate


class Step(Struct, frozen=True):
    """What was found, mended, or found again."""

    spot_check_id: int
    number: int
    kind: Kind
    is_good: bool
    said: str
    due_day: int | None  # of what comes next
    by: str
    at: Millis


_candidate: Final = msgspec.json.Decoder(Candidate).decode
_frame: Final = msgspec.json.Decoder(tuple[Candidate, ...]).decode


async def name_inspector(connection: Connection, region: str, account_id: int, by: str) -> None:
    """The account may see the lists of the level."""
    await connection.execute(_SQL["name_inspector"], {"region": region, "account": account_id, "by": by})


async def dismiss_inspector(connection: Connection, region: str, account_id: int, by: str) -> bool:
    """The account may not any more; False: it might not before."""
    values = {"region": region, "account": account_id, "by": by}
    return await (await connection.execute(_SQL["dismiss_inspector"], values)).fetchone() is not None


async def inspectors(
    connection: Connection, region: str | None = None, account_id: int | None = None
) -> list[Inspector]:
    """Who may see the lists, of one level or all; or for which levels one account may."""
    rows = await (await connection.execute(_SQL["inspectors"], {"region": region, "account": account_id})).fetchall()
    return [Inspector(*row) for row in rows]


async def frame(connection: Connection, region: str, prefix: str, day: int) -> tuple[Candidate, ...]:
    """The homes that a level may draw from, by code; no other draw of it goes on until the transaction ends."""
    await connection.execute(_SQL["claim_draw"], {"region": region})
    values = {"region": region, "prefix": prefix, "day": day}
    return tuple(Candidate(*row) for row in await (await connection.execute(_SQL["frame"], values)).fetchall())


async def add(connection: Connection, new: NewDraw, found: Sequence[tuple[str, Part]]) -> int:
    """The draw and whom it has found are on record; its number."""
    values = {name: getattr(new, name) for name in new.__struct_fields__}
    values["frame"] = msgspec.json.encode(new.frame).decode()
    row = await (await connection.execute(_SQL["add_draw"], values)).fetchone()
    assert row is not None
    known = {one.code: msgspec.json.encode(one).decode() for one in new.frame}
    lists = {
        "facilities": [code for code, _ in found],
        "parts": [part for _, part in found],
        "candidates": [known[code] for code, _ in found],
    }
    await connection.execute(_SQL["add_checks"], {"id": row[0], **lists})
    return int(row[0])


async def draws(connection: Connection, regions: Sequence[str] | None = None, number: int | None = None) -> list[Draw]:
    """The draws of some levels, by default of all, the newest first; or one by its number."""
    values = {"regions": None if regions is None else list(regions), "id": number}
    return [Draw(*row) for row in await (await connection.execute(_SQL["draws"], values)).fetchall()]


async def frame_of(connection: Connection, draw_id: int) -> tuple[Candidate, ...]:
    """What a draw was drawn from."""
    row = await (await connection.execute(_SQL["frame_of_draw"], {"id": draw_id})).fetchone()
    assert row is not None
    return _frame(row[0])


async def checks(
    connection: Connection, draw_id: int | None = None, number: int | None = None, *, with_result: bool = False
) -> list[SpotCheck]:
    """Whom a draw has found, in its order; or one by its number; or everywhere those with a result."""
    values = {"draw": draw_id, "id": number, "with_result": with_result}
    rows = await (await connection.execute(_SQL["checks"], values)).fetchall()
    return [
        SpotCheck(one, draw, region, day, facility, part, _candidate(candidate))
        for one, draw, region, day, facility, part, candidate in rows
    ]


async def is_anything_found(connection: Connection, regions: Sequence[str], facilities: Sequence[str]) -> bool:
    """A visit to a home of these codes, or in a region that begins so, has a result."""
    values = {"regions": list(regions), "facilities": list(facilities)}
    row = await (await connection.execute(_SQL["is_anything_found"], values)).fetchone()
    return row is not None and bool(row[0])


async def steps(connection: Connection, ids: Sequence[int]) -> dict[int, list[Step]]:
    """What was done about each of these checks, in order."""
    found: dict[int, list[Step]] = {one: [] for one in ids}
    for row in await (await connection.execute(_SQL["steps"], {"ids": list(ids)})).fetchall():
        found[row[0]].append(Step(*row))
    return found


async def add_step(
    connection: Connection, check_id: int, number: int, kind: Kind, is_good: bool, said: str, due: int | None, by: str
) -> bool:
    """It is done; False: somebody was quicker."""
    values = {
        "id": check_id,
        "number": number,
        "kind": kind,
        "is_good": is_good,
        "said": said,
        "due_day": due,
        "by": by,
    }
    return await (await connection.execute(_SQL["add_step"], values)).fetchone() is not None
