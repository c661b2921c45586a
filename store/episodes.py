"""Episodes under their ids, whole: trail, evidence and rules are kept as they were folded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from detectors.episodes import Episode
from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("episodes")
_episode_of: Final = msgspec.json.Decoder(Episode).decode


class EpisodeRow(Struct, frozen=True):
    """An episode of one resident under its id; `aliases` are ids that were joined into it."""

    id: int
    resident_id: int
    facility_id: int
    episode: Episode
    aliases: tuple[int, ...] = ()


async def not_over(
    connection: Connection, facility_id: int, since: Millis, resident_ids: Iterable[int] | None = None
) -> list[EpisodeRow]:
    """Episodes that stand or ended at or after `since`, eldest first; None: of everybody in the facility."""
    parameters: dict[str, Any] = {"facility": facility_id, "since": since}
    name = "episodes_of_facility"
    if resident_ids is not None:
        name, parameters["residents"] = "episodes_not_over", list(resident_ids)
    cursor = await connection.execute(_SQL[name], parameters)
    return [
        EpisodeRow(number, resident_id, facility, _episode_of(content), tuple(aliases))
        for number, resident_id, facility, content, aliases in await cursor.fetchall()
    ]


async def save(connection: Connection, rows: Iterable[EpisodeRow]) -> None:
    """The episodes are as given, new or known; ids come from `store.ids.reserve`."""
    values = [_values(row) for row in rows]
    if values:
        await connection.cursor().executemany(_SQL["save_episode"], values)


async def withdraw(connection: Connection, ids: Iterable[int], at: Millis) -> None:
    """These episodes are no more: they never were, or were joined into others."""
    gone = list(ids)
    if gone:
        await connection.execute(_SQL["withdraw_episodes"], {"ids": gone, "at": Moment(at)})


def _values(row: EpisodeRow) -> dict[str, Any]:
    episode = row.episode
    ended = episode.ended or (None, None, None)
    return {
        "id": row.id,
        "resident": row.resident_id,
        "facility": row.facility_id,
        "condition": episode.condition,
        "opened_at": episode.opened[0],
        "opened_rank": episode.opened[1],
        "opened_id": episode.opened[2],
        "ended_at": ended[0],
        "ended_rank": ended[1],
        "ended_id": ended[2],
        "outcome": episode.outcome,
        "severity": int(episode.worst),
        "content": msgspec.json.encode(episode).decode(),
        "aliases": list(row.aliases),
    }
