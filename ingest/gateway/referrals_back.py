"""Reading referrals back, in the facility's own scope: where each stands, and every step that was said of it."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromQuery

from detectors.times import Millis, to_text
from ingest.gateway.gate import Gate
from ingest.gateway.reading_back import Asking, asked
from store import referrals, registry
from store.connection import reading
from store.referrals import ReferralRow, StepRow


@get("/v1/referrals")
async def get_referrals(request: Asking, since: FromQuery[str]) -> Response[Any]:
    """The facility's referrals that have not ended, or ended since a time, each with its steps."""
    gate: Gate = request.app.state.gate
    given = await asked(request, gate, "since", since)
    if isinstance(given, Response):
        return given
    sender, at = given
    async with reading(gate.pool) as connection:
        found = await referrals.since(connection, sender.facility_id, at)
        steps: dict[str, list[StepRow]] = {row.code: [] for row in found}
        for step in await referrals.steps_of(connection, sender.facility_id, list(steps)):
            steps[step.referral].append(step)
        subjects = await registry.subjects_of(connection, sender.facility_id)
    names = {number: subject.code for number, subject in subjects.items()}
    shown = [
        {**_referral(row, sender.facility, names.get(row.resident_id or 0)), "steps": list(map(_step, steps[row.code]))}
        for row in found
    ]
    return Response(shown, media_type="application/json")


def _referral(row: ReferralRow, facility: str, resident: str | None) -> dict[str, object]:
    """Under the names of the wire: codes, and times as text."""
    return {
        "referral": row.code,
        "facility": facility,
        "resident": resident,
        "alert": row.alert_id,
        "stage": row.stage,
        "hospital": row.hospital,
        "began_at": to_text(row.began_at),
        "requested_at": _text(row.requested_at),
        "ended_at": _text(row.ended_at),
    }


def _step(step: StepRow) -> dict[str, object]:
    said = {"hospital": step.hospital, "actor": step.actor, "reason": step.reason, "bed": step.bed}
    return {
        "step": step.step,
        "observed_at": to_text(step.at),
        "recorded_at": to_text(step.recorded_at),
        "source": step.source,
        **{name: value for name, value in (said | {"transport": step.transport}).items() if value is not None},
    }


def _text(at: Millis | None) -> str | None:
    return None if at is None else to_text(at)
