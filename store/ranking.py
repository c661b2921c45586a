"""The homes of a county as a wave's ranking shows them: two weeks of new cases, the newest evidence, what is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from detectors.ranking import Weeks, ranked
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("ranking")
OUTBREAKS: Final = ("first_case", "cluster", "case_excess")
"""Conditions in which a facility, or a unit of it, stands in outbreak."""


class RankedHome(Struct, frozen=True):
    """A home in its place of the ranking."""

    weeks: Weeks
    name: str
    score: float | None  # of its evidence for an outbreak (D30); None: not enough history
    open: tuple[str, ...]  # conditions of outbreak that stand


class Ranking(Struct, frozen=True):
    """A county's homes, those that are worsening fastest first."""

    region: str
    until: int  # the last day counted, since 1970-01-01 in Beijing time
    is_wave: bool  # single alarms are not opened: this is what to look at
    in_outbreak: int
    homes: tuple[RankedHome, ...]


async def registered_regions(connection: Connection) -> list[str]:
    """The regions that facilities registered."""
    return [code for (code,) in await (await connection.execute(_SQL["registered"])).fetchall()]


async def ranking_of(connection: Connection, county: str, registered: Sequence[str]) -> Ranking | None:
    """The ranking of a county, of whose facilities these regions are on record; None: it was never judged."""
    found = await (await connection.execute(_SQL["judged_until"], {"region": county})).fetchone()
    if found is None:
        return None
    values = {"regions": list(registered), "until": found[0], "conditions": list(OUTBREAKS)}
    rows = await (await connection.execute(_SQL["weeks"], values)).fetchall()
    homes = {
        code: RankedHome(Weeks(code, *counts), name, score, tuple(open_))
        for code, name, *counts, score, _, open_ in rows
    }
    return Ranking(
        county,
        found[0],
        any(wave for *_, wave, _ in rows),
        sum(bool(home.open) for home in homes.values()),
        tuple(homes[one.home] for one in ranked(home.weeks for home in homes.values())),
    )
