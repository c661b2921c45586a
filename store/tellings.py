"""What a delivery has to say, gathered from alert, transition and registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from detectors.places import SubjectKind
from detectors.times import Millis
from store.connection import Connection
from store.sql import statements

_SQL: Final = statements("tellings")


class TellingRow(Struct, frozen=True):
    """The facts of one delivery."""

    delivery_id: int
    kind: str
    alert_id: int
    code: str
    facility: str
    facility_name: str
    zone: str
    phones: str
    unit: str | None
    bed: str | None
    resident: str
    condition: str
    severity: int
    rule: str
    rule_version: str
    reason_zh: str
    reason_en: str
    opened_at: Millis
    at: Millis
    role: str | None
    note: str
    subject: SubjectKind
    drill: bool


async def of_deliveries(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, TellingRow]:
    """Per delivery what it says."""
    cursor = await connection.execute(_SQL["tellings"], {"ids": list(delivery_ids)})
    return {row[0]: TellingRow(*row) for row in await cursor.fetchall()}
