"""The mode of a region (平时, 疫情期间, 封闭管理): dated, with the notice it rests on and who decided.

It is that of every facility there, whatever the facility's own profile says;
the longest prefix of the code wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs

from detectors.profile import Mode, Profile
from detectors.times import Millis
from store import rules
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("modes")


class ModeRow(Struct, frozen=True):
    """A decision."""

    region: str  # prefix of a GB/T 2260 code; empty: the nation
    mode: Mode | None  # None: each facility goes by its own again
    valid_from: Millis
    notice: str
    decided_by: str
    recorded_at: Millis


async def decide(
    connection: Connection, region: str, mode: Mode | None, valid_from: Millis, notice: str, decided_by: str
) -> ModeRow:
    """The region is in a mode from a time on, at the earliest from now; its facilities are judged by it."""
    await rules.hold(connection)
    values = {
        "region": region,
        "mode": mode,
        "valid_from": Moment(valid_from),
        "notice": notice,
        "decided_by": decided_by,
    }
    row = await (await connection.execute(_SQL["decide"], values)).fetchone()
    assert row is not None
    made = ModeRow(*row)
    await rules.judge_again(connection, region, made.valid_from)
    return made


async def modes_of(connection: Connection, region: str) -> list[ModeRow]:
    """What was decided for a region and those it lies in, ascending by the time it counts from."""
    cursor = await connection.execute(_SQL["modes_of"], {"region": region})
    return [ModeRow(*row) for row in await cursor.fetchall()]


async def recorded(connection: Connection) -> list[ModeRow]:
    """Every decision, by region and time."""
    return [ModeRow(*row) for row in await (await connection.execute(_SQL["modes"])).fetchall()]


def with_modes(profiles: tuple[Profile, ...], decided: Sequence[ModeRow]) -> tuple[Profile, ...]:
    """The profiles with the region's mode in place of their own, from when each decision counts."""
    if not decided:
        return profiles
    moments = sorted({profile.valid_from for profile in profiles} | {row.valid_from for row in decided})
    return tuple(_at(moment, profiles, decided) for moment in moments)


def _at(moment: Millis, profiles: tuple[Profile, ...], decided: Sequence[ModeRow]) -> Profile:
    mine = [profile for profile in profiles if profile.valid_from <= moment][-1:] or profiles[:1]
    latest = {row.region: row.mode for row in decided if row.valid_from <= moment}
    mode = next((latest[region] for region in sorted(latest, key=len, reverse=True) if latest[region]), None)
    return structs.replace(mine[0], valid_from=moment, mode=mode or mine[0].mode)
