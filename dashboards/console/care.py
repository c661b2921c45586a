"""Early intervention and referral on the page of an alert: what was done, and where the resident is on the way to."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from alerts.referring import referral_of
from dashboards.console.places import KEPT
from dashboards.console.referral import Line
from detectors.times import Millis
from store import interventions, patients, referrals
from store.connection import Connection
from store.interventions import KINDS, Intervention, InterventionKind
from store.referrals import Plan

ASKED: Final = ("suggested", "declined")
"""Stages in which somebody should still ask a hospital."""


class Care(Struct, frozen=True):
    """What `alert_care_part.html` shows."""

    done: list[Intervention]
    kinds: tuple[InterventionKind, ...]
    referrals: list[Line]
    hospitals: Plan  # whom to ask, in order
    can_refer: bool  # nobody is asked yet


async def care_of(connection: Connection, alert_id: int, facility_id: int, subject_id: int, now: Millis) -> Care:
    """Of one alert; a unit or a facility is referred nowhere."""
    rows = await referrals.of_resident(connection, subject_id, now - KEPT)
    found = [Line(row.id, row.code, "", "", referral_of(row)) for row in rows]
    running = [one for one in found if one.referral.ending is None and one.referral.stage not in ASKED]
    return Care(
        await interventions.of_alert(connection, alert_id),
        KINDS,
        found,
        await referrals.hospitals_for(connection, facility_id),
        not running and await patients.patient(connection, subject_id) is not None,
    )
