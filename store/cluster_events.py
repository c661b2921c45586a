"""Clusters as events: what was done about each, in its time, and which are still open."""

from __future__ import annotations

from typing import Final, Literal, get_args

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.console import Seen
from store.sql import statements

_SQL: Final = statements("cluster_events")

ClusterStepKind = Literal["verified", "discarded", "acted", "told", "closed"]
STEPS: Final[tuple[ClusterStepKind, ...]] = get_args(ClusterStepKind)


class ClusterStep(Struct, frozen=True):
    """Something that was done; `at` is when."""

    alert_id: int
    at: Millis
    recorded_at: Millis
    actor: str
    step: ClusterStepKind
    words: str
    whom: str | None = None  # told: who of disease control was


class OpenCluster(Struct, frozen=True):
    """A cluster that is not closed, in a list."""

    alert_id: int
    facility: str
    facility_name: str
    kind: str  # unit, facility, region
    subject: str
    region: str | None  # set: it is about this region itself
    condition: str
    severity: int
    condition_state: str
    zone: str
    drill: bool
    code: str | None
    found_at: Millis
    verified_at: Millis | None
    acted_at: Millis | None
    told_at: Millis | None


async def add(connection: Connection, step: ClusterStep) -> None:
    """It is on record."""
    values = structs.asdict(step) | {"at": Moment(step.at), "recorded_at": Moment(step.recorded_at)}
    await connection.execute(_SQL["add_step"], values)


async def steps_of(connection: Connection, alert_id: int) -> list[ClusterStep]:
    """What was done, in the order in which it happened."""
    cursor = await connection.execute(_SQL["steps_of"], {"alert": alert_id})
    return [ClusterStep(*row) for row in await cursor.fetchall()]


async def open_ones(connection: Connection, seen: Seen) -> list[OpenCluster]:
    """The clusters of a reader that are not closed."""
    cursor = await connection.execute(_SQL["open_clusters"], seen.arrays)
    return [OpenCluster(*row) for row in await cursor.fetchall()]
