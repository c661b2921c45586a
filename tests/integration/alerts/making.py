"""Alerts and tellings put straight into the database, as many as a test says."""

from __future__ import annotations

from typing import Any

from alerts.codes import free_code
from detectors.times import Millis
from store import alerts, deliveries, ids, registry, transitions
from store.alerts import AlertRow
from store.connection import Connection
from store.deliveries import NewDelivery, Way
from store.transitions import TransitionRow


def alert_row(number: int, facility: int, resident: int, severity: int, at: Millis, **others: Any) -> AlertRow:
    """An alert as it opens."""
    facts: dict[str, Any] = {
        "id": number,
        "facility_id": facility,
        "resident_id": resident,
        "condition": "hypoxia",
        "severity": severity,
        "rule": "D01",
        "condition_state": "present",
        "signal": "on",
        "responsibility": "undefined",
        "opened_at": at,
        "last_transition_at": at,
        "closed_at": None,
        "acknowledged_by": None,
        "acknowledged_at": None,
        "acknowledged_comment": None,
        "reason_zh": "血氧86%，请复测并吸氧。",
        "reason_en": "Oxygen saturation 86 %: measure again, give oxygen.",
        "code": None,
        "episodes": (number,),
    }
    return AlertRow(**(facts | others))


async def open_alerts(
    connection: Connection, severities: list[int], at: Millis, ways: tuple[Way, ...], facility: str = "F-001"
) -> list[AlertRow]:
    """One alert of each severity, each of another resident, told on the first way with the others to fall back on."""
    home = (await registry.lock_facilities(connection, [facility]))[facility]
    numbers = await ids.reserve(connection, "alerts", len(severities))
    wanted = [(facility, f"R-{number}") for number in numbers]
    people = await registry.resident_ids(connection, wanted, {facility: home.id})
    rows: list[AlertRow] = []
    taken = (await alerts.codes_in_use(connection, [home.id]))[home.id]
    for number, severity, who in zip(numbers, severities, wanted, strict=True):
        code = free_code(number, taken)
        taken.add(code)
        rows.append(alert_row(number, home.id, people[who], severity, at, code=code))
    await alerts.save(connection, rows)
    told = await ids.reserve(connection, "transitions", len(rows))
    await transitions.add(connection, [_opened(row, number, at) for row, number in zip(rows, told, strict=True)])
    (channel, address), *others = ways
    await deliveries.add(
        connection,
        [
            NewDelivery(
                alert_id=row.id,
                transition_id=number,
                recipient_id=None,
                channel=channel,
                address=address,
                kind="alarm",
                idempotency_key=f"msg_{number}",
                next_attempt_at=at,
                created_at=at,
                severity=row.severity,
                person="王值班",
                fallbacks=tuple(others),
            )
            for row, number in zip(rows, told, strict=True)
        ],
    )
    return rows


def _opened(row: AlertRow, number: int, at: Millis) -> TransitionRow:
    return TransitionRow(
        id=number,
        episode_id=row.id,
        alert_id=row.id,
        facility_id=row.facility_id,
        resident_id=row.resident_id,
        at=at,
        recorded_at=at,
        kind="opened",
        condition=row.condition,
        severity=row.severity,
        rule=row.rule,
        rule_version="1",
        reason_zh=row.reason_zh,
        reason_en=row.reason_en,
        evidence=b"[]",
        origin="live",
    )
