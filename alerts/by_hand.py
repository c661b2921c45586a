"""Alerts that people open: they have no episode, and otherwise a number, a code and a course like every other."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from alerts.codes import free_code
from detectors.times import Millis
from store import alerts, homes, ids, registry, transitions
from store.alerts import AlertRow
from store.connection import Connection
from store.transitions import TransitionRow


async def facility_subject(connection: Connection, facility_id: int, code: str) -> int:
    """The number under which alerts are about a facility itself; it is locked."""
    await homes.add_places(connection, facility_id, [("facility", code)])
    subjects = await registry.subjects_of(connection, facility_id)
    return next(number for number, one in subjects.items() if one.kind == "facility")


async def numbered(connection: Connection, rows: Sequence[AlertRow]) -> list[AlertRow]:
    """New alerts with their ids, and codes that no other open alert of the facility has. Facilities are locked."""
    numbers = await ids.reserve(connection, "alerts", len(rows))
    taken = await alerts.codes_in_use(connection, {row.facility_id for row in rows})
    found = []
    for row, number in zip(rows, numbers, strict=True):
        code = free_code(number, taken[row.facility_id])
        taken[row.facility_id].add(code)
        found.append(structs.replace(row, id=number, code=code))
    return found


async def on_record(
    connection: Connection, rows: Sequence[AlertRow], kind: str, now: Millis, at: Millis | None = None
) -> None:
    """What happened to these alerts is on record; `at` is when it did, None: now."""
    numbers = await ids.reserve(connection, "transitions", len(rows))
    told = [
        TransitionRow(
            id=number,
            episode_id=0,  # no episode: nothing was observed
            alert_id=alert.id,
            facility_id=alert.facility_id,
            resident_id=alert.resident_id,
            at=now if at is None else at,
            recorded_at=now,
            kind=kind,
            condition=alert.condition,
            severity=alert.severity,
            rule=alert.rule,
            rule_version="1",
            reason_zh=alert.reason_zh,
            reason_en=alert.reason_en,
            evidence=b"[]",
            origin="live",
        )
        for number, alert in zip(numbers, rows, strict=True)
    ]
    await transitions.add(connection, told)
