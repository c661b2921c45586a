"""Reading back, in the facility's own scope: what became of its events, and its alerts with their course."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery

from detectors.detector import Severity
from detectors.times import DAY, Millis, to_millis, to_text
from ingest.gateway.gate import Gate, answer, sender_of
from ingest.identity import canonical_id
from ingest.sentences import Refused
from store import alerts, fates, registry, rejections, transitions
from store.connection import reading
from store.rows import Mark
from store.tokens import Sender

Asking = Request[Any, Any, State]


@get("/v1/events/{event_id:str}")
async def get_event(request: Asking, event_id: FromPath[str], observed_at: FromQuery[str]) -> Response[Any]:
    """What became of one event."""
    gate: Gate = request.app.state.gate
    given = await asked(request, gate, "observed_at", observed_at, of_devices=True)
    if isinstance(given, Response):
        return given
    sender, at = given
    try:
        known = canonical_id(event_id)
    except Refused as refused:
        return answer(400, refused.sentence.zh, refused.sentence.en)
    async with reading(gate.pool) as connection:
        found = await fates.fate_of(connection, sender.facility_id, known, at)
    if found is None:
        return answer(404, "未找到：可能尚未入库，或观测时间不符", "not found: not stored yet, or of another time")
    return Response(_fate(found), media_type="application/json")


@get("/v1/events")
async def get_events(request: Asking, since: FromQuery[str]) -> Response[Any]:
    """What became of the events received since a time, one a line."""
    gate: Gate = request.app.state.gate
    given = await asked(request, gate, "since", since)
    if isinstance(given, Response):
        return given
    sender, at = given
    async with reading(gate.pool) as connection:
        found = await fates.since(connection, sender.facility_id, at, round(time.time() * 1_000))
        refused = await rejections.of_facility(connection, sender.facility, at)
    shown = sorted([*map(_fate, found), *map(_not_taken, refused)], key=_when)
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in shown)
    return Response(lines, media_type="application/x-ndjson")


@get("/v1/alerts")
async def get_alerts(request: Asking, since: FromQuery[str]) -> Response[Any]:
    """The facility's alerts to which something happened since a time, each with its course."""
    gate: Gate = request.app.state.gate
    given = await asked(request, gate, "since", since)
    if isinstance(given, Response):
        return given
    sender, at = given
    async with reading(gate.pool) as connection:
        found = await alerts.since(connection, sender.facility_id, at)
        courses = await transitions.of_alerts(connection, [one.id for one in found])
        subjects = await registry.subjects_of(connection, sender.facility_id)
    shown = [
        {
            "alert": _alert(one, subjects[one.resident_id], sender.facility),
            "transitions": [_course(step) for step in courses[one.id]],
        }
        for one in found
    ]
    return Response(shown, media_type="application/json")


async def asked(
    request: Asking, gate: Gate, name: str, text: str, *, of_devices: bool = False
) -> tuple[Sender, Millis] | Response[Any]:
    """Who asks and the time they named, or what to answer instead; a device only where it may ask too."""
    sender = await sender_of(request, gate)
    if isinstance(sender, Response):
        return sender
    if sender.device is not None and not of_devices:
        return answer(
            403,
            "设备令牌不能读取机构的记录，请使用机构令牌",
            "a device's token reads nothing of its home: ask with a token of the facility",
        )
    at = _moment(text)
    if at is None:
        return answer(400, f"{name} 不是有效时间", f"{name} is no time such as 2026-01-05T07:10:00+08:00")
    return sender, at


def _alert(row: alerts.AlertRow, subject: registry.Subject, facility: str) -> dict[str, object]:
    """Under the names of the wire: codes, never our numbers, and times as text."""
    return {
        "id": row.id,
        "facility": facility,
        "subject": {"kind": subject.kind, "id": subject.code},
        "resident": subject.code if subject.kind == "resident" else None,
        "condition": row.condition,
        "severity": Severity(row.severity).name,
        "rule": row.rule,
        "condition_state": row.condition_state,
        "signal": row.signal,
        "responsibility": row.responsibility,
        "opened_at": to_text(row.opened_at),
        "last_transition_at": to_text(row.last_transition_at),
        "closed_at": _text(row.closed_at),
        "acknowledged_by": row.acknowledged_by,
        "acknowledged_at": _text(row.acknowledged_at),
        "acknowledged_comment": row.acknowledged_comment,
        "reason": {"zh": row.reason_zh, "en": row.reason_en},
    }


def _text(at: Millis | None) -> str | None:
    return None if at is None else to_text(at)


def _when(shown: dict[str, object]) -> str:
    return str(shown.get("received_at") or shown.get("recorded_at"))


def _not_taken(kept: rejections.KeptRejection) -> dict[str, object]:
    one = kept.rejection
    return {
        "recorded_at": to_text(kept.recorded_at),
        "fate": one.fate,
        "fed_again_at": _text(kept.requeued_at),
        "reason": {"zh": one.reason_zh, "en": one.reason_en},
    }


def _fate(found: fates.EventFate) -> dict[str, object]:
    return {
        "event_id": found.event_id,
        "observed_at": to_text(found.observed_at),
        "received_at": to_text(found.received_at),
        "type": found.type.name,
        "fate": found.fate.name,
        "effect": ("counts", "entered_in_error", "replaced")[found.effect],
        "resident": found.resident,
        "judged": found.is_judged,
        "waits_to_be_claimed": found.waits_for_a_resident,
        "clock_skewed": bool(found.marks & Mark.CLOCK_SKEWED),
        "conflict": found.in_conflict,
    }


def _course(step: transitions.TransitionRow) -> dict[str, object]:
    return {
        "at": _text(step.at),
        "recorded_at": to_text(step.recorded_at),
        "kind": step.kind,
        "severity": Severity(step.severity).name,
        "rule": step.rule,
        "rule_version": step.rule_version,
        "reason": {"zh": step.reason_zh, "en": step.reason_en},
        "evidence": msgspec.Raw(step.evidence),
    }


def _moment(text: str) -> Millis | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    at = to_millis(moment) if moment.tzinfo is not None else None
    return at if at is not None and -DAY < at < 100_000 * DAY else None
