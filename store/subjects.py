"""What judging a resident leaves behind: the fold's anchors, and the repeats it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from detectors.detector import Question
from detectors.state import Anchor, Key, State
from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("subjects")
_state_of: Final = msgspec.json.Decoder(State).decode


class Asked(Struct, frozen=True):
    """A repeat that is asked for, as a page shows it."""

    resident_id: int
    resident: str
    rule: str
    cause_id: str
    asked_at: Millis
    due_at: Millis


async def anchors_from(connection: Connection, keys: Mapping[int, Key]) -> dict[int, list[Anchor]]:
    """Per resident the last anchor earlier than the key and every later one, ascending; nobody is left out."""
    found: dict[int, list[Anchor]] = {resident_id: [] for resident_id in keys}
    if keys:
        times, ranks, ids = zip(*keys.values(), strict=True)
        parameters = {"residents": list(keys), "times": list(times), "ranks": list(ranks), "ids": list(ids)}
        cursor = await connection.execute(_SQL["anchors_from"], parameters)
        for resident_id, at, rank, id_, state in await cursor.fetchall():
            found[resident_id].append(Anchor((at, rank, id_), _state_of(state)))
    return found


async def cut_anchors(connection: Connection, after: Mapping[int, Key]) -> None:
    """Per resident nothing recorded later than the key is left."""
    await _many(connection, "cut_anchors", [{"resident": number, **_key(key)} for number, key in after.items()])


async def add_anchors(connection: Connection, anchors: Mapping[int, Sequence[Anchor]]) -> None:
    """Per resident these anchors are on record; one recorded under the same key before gives way."""
    rows = [(resident_id, anchor) for resident_id, new in anchors.items() for anchor in new]
    if rows:
        values = {
            "residents": [resident_id for resident_id, _ in rows],
            "times": [anchor.key[0] for _, anchor in rows],
            "ranks": [anchor.key[1] for _, anchor in rows],
            "ids": [anchor.key[2] for _, anchor in rows],
            "states": [msgspec.json.encode(anchor.state).decode() for _, anchor in rows],
        }
        await connection.execute(_SQL["add_anchors"], values)


async def forget_anchors(connection: Connection, resident_ids: Iterable[int], before: Millis) -> None:
    """Of the anchors before a time only each resident's last is kept; `before` lies beyond the late horizon."""
    await connection.execute(_SQL["forget_anchors"], {"residents": list(resident_ids), "before": before})


async def replace_questions(connection: Connection, asked: Mapping[int, Sequence[Question]]) -> None:
    """Exactly these repeats are asked of each resident."""
    if not asked:
        return
    await connection.execute(_SQL["drop_questions"], {"residents": list(asked)})
    rows = [(resident_id, question) for resident_id, questions in asked.items() for question in questions]
    if rows:
        values = {
            "residents": [resident_id for resident_id, _ in rows],
            "rules": [question.rule for _, question in rows],
            "causes": [question.cause_id for _, question in rows],
            "asked": [Moment(question.cause_at) for _, question in rows],
            "due": [Moment(question.due) for _, question in rows],
        }
        await connection.execute(_SQL["add_questions"], values)


async def questions_of(connection: Connection, facility_id: int) -> list[Asked]:
    """The repeats asked for in a facility, the most urgent first."""
    cursor = await connection.execute(_SQL["questions_of"], {"facility": facility_id})
    return [Asked(*row) for row in await cursor.fetchall()]


def _key(key: Key) -> dict[str, Any]:
    return {"at": key[0], "rank": key[1], "id": key[2]}


async def _many(connection: Connection, name: str, values: Sequence[Mapping[str, Any]]) -> None:
    if values:
        await connection.cursor().executemany(_SQL[name], values)
