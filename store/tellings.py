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
    """The facts of one delivery. Residents are pseudonyms; a name never leaves the facility's pages."""

    kind: str  # the template: alarm, all_clear ...
    alert_id: int
    code: str  # spoken on the phone
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
    at: Millis  # of the transition, as far as it is known
    role: str | None = None  # of the ladder
    note: str = ""  # what this telling adds
    subject: SubjectKind = "resident"
    drill: bool = False


async def of_deliveries(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, TellingRow]:
    """Per delivery what it says."""
    cursor = await connection.execute(_SQL["tellings"], {"ids": list(delivery_ids)})
    return {number: TellingRow(*facts) for number, *facts in await cursor.fetchall()}
