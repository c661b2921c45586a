"""Who wrote, submitted, signed, returned and sent a dispatch, and what did they say in it? Rows are only added."""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("signing")

State = Literal[
    "draft",  # 草稿
    "frozen_unreviewed",  # 自动冻结·未经审核: nobody submitted it before the cut-off
    "in_review",  # 待审核
    "returned",  # 退回修改
    "issued",  # 已签发
    "reported",  # 已上报
]


class Step(Struct, frozen=True):
    """A revision came into a state."""

    state: State
    at: Millis
    actor: str | None  # None: nobody, at the cut-off
    comment: str | None = None
    login: str | None = None


class Note(Struct, frozen=True):
    """What somebody says under a section."""

    section: str
    text: str
    at: Millis
    actor: str


class Course(Struct, frozen=True):
    """All that people did with one revision; 0: with the draft before the first was frozen."""

    revision: int
    steps: tuple[Step, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def state(self) -> State:
        """Where it is now."""
        return self.steps[-1].state if self.steps else "draft"

    def last(self, state: State) -> Step | None:
        """When it last came into a state, and by whom."""
        return next((one for one in reversed(self.steps) if one.state == state), None)


async def hold(connection: Connection, region: str, day: int) -> int:
    """Nobody else freezes, edits or signs it until the transaction ends; its newest revision, 0: none is frozen."""
    values = {"region": region, "day": day}
    await connection.execute(_SQL["hold"], values)
    return await newest(connection, region, day)


async def newest(connection: Connection, region: str, day: int) -> int:
    """The newest revision; 0: none is frozen."""
    row = await (await connection.execute(_SQL["newest_revision"], {"region": region, "day": day})).fetchone()
    assert row is not None
    return int(row[0])


async def course(connection: Connection, region: str, day: int, revision: int) -> Course:
    """What people did with a revision, and the words in it."""
    values = {"region": region, "day": day, "revision": revision}
    steps = await (await connection.execute(_SQL["steps"], values)).fetchall()
    notes = await (await connection.execute(_SQL["notes"], values)).fetchall()
    return Course(revision, tuple(Step(*row) for row in steps), tuple(Note(*row) for row in notes if row[1]))


async def add_step(connection: Connection, region: str, day: int, revision: int, step: Step) -> None:
    """The revision has the state from now on."""
    values: dict[str, Any] = {"region": region, "day": day, "revision": revision}
    await connection.execute(_SQL["add_step"], values | structs.asdict(step) | {"at": Moment(step.at)})


async def add_note(
    connection: Connection, region: str, day: int, revision: int, note: Note, login: str | None = None
) -> None:
    """From this revision on these are the words under the section; an empty text takes them away."""
    values: dict[str, Any] = {"region": region, "day": day, "revision": revision, "login": login}
    await connection.execute(_SQL["add_note"], values | structs.asdict(note) | {"at": Moment(note.at)})


async def states(connection: Connection, region: str, first: int, last: int) -> dict[tuple[int, int], State]:
    """(day, revision) -> its state; of a draft that nobody touched there is none."""
    values = {"region": region, "first": first, "last": last}
    rows = await (await connection.execute(_SQL["states"], values)).fetchall()
    return {(day, revision): state for day, revision, state in rows}
