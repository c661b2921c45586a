"""Alerts: what people act on. At most one is open per resident and condition, held by a unique index."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, Literal

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements


class AlertRow(Struct, frozen=True):
    """An alert on its axes; its id comes from `store.ids.reserve`."""

    id: int
    facility_id: int
    resident_id: int
    condition: str
    severity: int  # 1 (P1) to 4 (C)
    rule: str
    condition_state: Literal["present", "absent"]
    signal: Literal["on", "latched", "acknowledged", "off"]
    responsibility: Literal["undefined", "accepted", "rejected"]
    opened_at: Millis
    last_transition_at: Millis
    closed_at: Millis | None
    acknowledged_by: str | None
    acknowledged_at: Millis | None
    acknowledged_comment: str | None
    reason_zh: str
    reason_en: str
    code: str | None  # four characters; none before alerts had one
    episodes: tuple[int, ...]
    alarm_at: Millis | None = None  # when the present ladder began
    step: int = 0  # the next of the ladder
    next_escalation_at: Millis | None = None  # somebody must look who is told next
    responsible: str | None = None
    responsible_at: Millis | None = None
    acknowledged_until: Millis | None = None
    snoozed_by: str | None = None
    snoozed_until: Millis | None = None
    snooze_reason: str | None = None
    snooze_announced: bool = False
    lapsed: bool = False  # gone from sight, not over: nothing was measured any more


_COLUMNS: Final = ", ".join(AlertRow.__struct_fields__).encode()
_SQL: Final = {name: text.replace(b"{columns}", _COLUMNS) for name, text in statements("alerts").items()}


_EPISODES: Final = AlertRow.__struct_fields__.index("episodes")


class AlertPlace(Struct, frozen=True):
    """Where an alert is."""

    alert_id: int
    facility: str
    region: str | None
    zone: str
    drill: bool
    transition_id: int  # the last
    is_past: bool = False  # that was no news when it was found: history, or what was told of before
    is_region: bool = False  # it is about a region itself: nobody but its desk is told


class ActionRow(Struct, frozen=True):
    """What somebody did about an alert."""

    alert_id: int
    at: Millis
    actor: str
    action: str
    comment: str | None = None
    entered_by: str | None = None  # the desk, for somebody who answered by telephone


async def lock_open(connection: Connection, resident_ids: Iterable[int]) -> list[AlertRow]:
    """The open alerts of the residents, locked by (resident, condition); the caller has locked their facilities."""
    return await _alerts(connection, "lock_open_alerts", residents=list(resident_ids))


async def lock(connection: Connection, alert_id: int) -> AlertRow | None:
    """One alert, locked; None when there is none."""
    found = await lock_all(connection, [alert_id])
    return found[0] if found else None


async def lock_all(connection: Connection, alert_ids: Iterable[int]) -> list[AlertRow]:
    """These alerts, locked by (resident, condition); the caller has locked their facilities."""
    return await _alerts(connection, "lock_alerts", ids=list(alert_ids))


async def claim_escalations(connection: Connection, now: Millis, limit: int) -> list[AlertRow]:
    """Alerts of which somebody must look who is told next, locked; others look at other ones meanwhile."""
    return await _alerts(connection, "claim_escalations", now=Moment(now), limit=limit)


async def places_of(connection: Connection, alert_ids: Iterable[int]) -> dict[int, AlertPlace]:
    """Where these alerts are."""
    cursor = await connection.execute(_SQL["places_of"], {"ids": list(alert_ids)})
    return {row[0]: AlertPlace(*row) for row in await cursor.fetchall()}


async def tell_what_goes_on(connection: Connection, resident_ids: Iterable[int], now: Millis) -> int:
    """Urgent alerts of these residents, found in the past and told to nobody, begin their ladder; how many."""
    values = {"residents": list(resident_ids), "now": Moment(now)}
    return (await connection.execute(_SQL["tell_what_goes_on"], values)).rowcount


async def elsewhere(
    connection: Connection, alert_ids: Iterable[int], conditions: Iterable[str], now: Millis
) -> dict[int, str]:
    """Of alerts of these conditions that are present: where their resident was last said to be, if elsewhere."""
    values = {"ids": list(alert_ids), "conditions": list(conditions), "now": Moment(now)}
    cursor = await connection.execute(_SQL["elsewhere"], values)
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def homes(connection: Connection) -> list[tuple[int, AlertPlace]]:
    """Every registered facility as a place where an alert may be, with its number."""
    cursor = await connection.execute(_SQL["homes"])
    return [(row[0], AlertPlace(0, row[1], row[2], row[3], row[4], 0)) for row in await cursor.fetchall()]


async def save(connection: Connection, rows: Iterable[AlertRow]) -> None:
    """The alerts are as given. Those that close go first, so that another may open in their place."""
    values = [_values(row) for row in sorted(rows, key=lambda row: row.closed_at is None)]
    if values:
        await connection.cursor().executemany(_SQL["save_alert"], values)


async def open_alerts(connection: Connection, facility_id: int | None = None, limit: int = 1_000) -> list[AlertRow]:
    """What is open in a facility, or everywhere: the worst first, then the newest."""
    return await _alerts(connection, "open_alerts", facility=facility_id, limit=limit)


async def open_of(connection: Connection, resident_id: int) -> list[AlertRow]:
    """What is open of one resident, the worst first."""
    return await _alerts(connection, "open_of", resident=resident_id)


async def since(connection: Connection, facility_id: int, at: Millis, limit: int = 1_000) -> list[AlertRow]:
    """The alerts of a facility to which something happened at or after `at`, in that order."""
    return await _alerts(connection, "alerts_since", facility=facility_id, since=Moment(at), limit=limit)


async def silent_in(connection: Connection, counties: Iterable[str], within: Millis) -> dict[str, tuple[int, int]]:
    """Per county: the most facilities that fell silent within a time of each other and still are, and all of them."""
    values = {"counties": list(counties), "within": timedelta(milliseconds=within)}
    cursor = await connection.execute(_SQL["silent_in"], values)
    return {row[0]: (row[1], row[2]) for row in await cursor.fetchall()}


async def codes_in_use(connection: Connection, facility_ids: Iterable[int]) -> dict[int, set[str]]:
    """The codes of the open alerts of facilities that are locked; every one asked for has a set."""
    found: dict[int, set[str]] = {facility_id: set() for facility_id in facility_ids}
    cursor = await connection.execute(_SQL["codes_in_use"], {"facilities": list(found)})
    for facility_id, code in await cursor.fetchall():
        found[facility_id].add(code)
    return found


async def act(connection: Connection, action: ActionRow) -> None:
    """What somebody did is on record."""
    await connection.execute(_SQL["add_action"], structs.asdict(action) | {"at": Moment(action.at)})


async def actions_of(connection: Connection, alert_id: int) -> list[ActionRow]:
    """What people did about an alert, in order."""
    cursor = await connection.execute(_SQL["actions_of"], {"alert": alert_id})
    return [ActionRow(*row) for row in await cursor.fetchall()]


async def _alerts(connection: Connection, name: str, **parameters: Any) -> list[AlertRow]:
    cursor = await connection.execute(_SQL[name], parameters)
    rows = await cursor.fetchall()
    return [structs.replace(AlertRow(*row), episodes=tuple(row[_EPISODES])) for row in rows]


def _values(row: AlertRow) -> dict[str, Any]:
    return structs.asdict(row) | {
        "opened_at": Moment(row.opened_at),
        "last_transition_at": Moment(row.last_transition_at),
        "closed_at": Moment.of(row.closed_at),
        "acknowledged_at": Moment.of(row.acknowledged_at),
        "alarm_at": Moment.of(row.alarm_at),
        "next_escalation_at": Moment.of(row.next_escalation_at),
        "responsible_at": Moment.of(row.responsible_at),
        "acknowledged_until": Moment.of(row.acknowledged_until),
        "snoozed_until": Moment.of(row.snoozed_until),
        "episodes": list(row.episodes),
    }


async def tell_what_stands(connection: Connection, partitions: Iterable[int], now: Millis) -> int:
    """P1 that stands and of which nobody heard since it was found again begins its ladder; how many.

    Of facilities whose checks travel in these partitions.
    """
    cursor = await connection.execute(_SQL["tell_what_stands"], {"partitions": list(partitions), "now": Moment(now)})
    return cursor.rowcount
