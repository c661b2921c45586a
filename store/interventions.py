"""What was done for a resident because of an alert, and how soon: found, recognised, intervened, referred."""

from __future__ import annotations

from typing import Final, Literal, get_args

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("interventions")

InterventionKind = Literal["repeat_measurement", "oxygen", "medicine", "doctor_by_phone", "doctor_on_site"]
KINDS: Final[tuple[InterventionKind, ...]] = get_args(InterventionKind)


class Intervention(Struct, frozen=True):
    """Something that was done; `at` is when."""

    alert_id: int
    at: Millis
    recorded_at: Millis
    actor: str
    kind: InterventionKind
    detail: str | None = None


class Timing(Struct, frozen=True):
    """The four times of one alert; None: never."""

    alert_id: int
    facility: str
    region: str | None
    severity: int
    found_at: Millis
    recognised_at: Millis | None
    intervened_at: Millis | None
    referred_at: Millis | None


class RegionTimes(Struct, frozen=True):
    """Of the alerts of a region that opened in a period: how many, and half of them within how many seconds."""

    region: str  # GB/T 2260, as many digits as asked for; empty: nobody said
    alerts: int
    recognised: int
    intervened: int
    referred: int
    found_to_recognised_seconds: float | None
    recognised_to_intervened_seconds: float | None
    intervened_to_referred_seconds: float | None
    found_to_referred_seconds: float | None


async def add(connection: Connection, done: Intervention) -> None:
    """It is on record."""
    values = structs.asdict(done) | {"at": Moment(done.at), "recorded_at": Moment(done.recorded_at)}
    await connection.execute(_SQL["add_intervention"], values)


async def of_alert(connection: Connection, alert_id: int) -> list[Intervention]:
    """What was done because of an alert, in order."""
    cursor = await connection.execute(_SQL["interventions_of"], {"alert": alert_id})
    return [Intervention(*row) for row in await cursor.fetchall()]


async def timings(connection: Connection, region: str, since: Millis, until: Millis, worst: int = 2) -> list[Timing]:
    """The four times of every alert of a region of `worst` severity or worse that opened in a period, in order."""
    cursor = await connection.execute(_SQL["timings"], _period(region, since, until, worst))
    return [Timing(*row) for row in await cursor.fetchall()]


async def times_by_region(
    connection: Connection, region: str, since: Millis, until: Millis, digits: int = 6, worst: int = 2
) -> list[RegionTimes]:
    """How soon alerts of a region were recognised, acted upon and referred, by the first `digits` of its parts.

    An interval counts where both of its ends happened, in that order.
    """
    values = _period(region, since, until, worst) | {"digits": digits}
    cursor = await connection.execute(_SQL["times_by_region"], values)
    return [RegionTimes(*row) for row in await cursor.fetchall()]


def _period(region: str, since: Millis, until: Millis, worst: int) -> dict[str, object]:
    return {"region": region, "since": Moment(since), "until": Moment(until), "worst": worst}
