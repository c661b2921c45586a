"""What happened to an alert, in one line of time: the findings, who was told, and what people did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from dashboards.console.words import Words
from detectors.times import Millis
from store.alerts import ActionRow
from store.deliveries import DeliveryRow
from store.transitions import TransitionRow


class Step(Struct, frozen=True):
    """One thing that happened."""

    at: Millis
    kind: Literal["finding", "telling", "action"]
    head: str
    text: str = ""


def course_of(
    found: Sequence[TransitionRow], told: Sequence[DeliveryRow], acted: Sequence[ActionRow], w: Words
) -> list[Step]:
    """Everything in the order it happened; a finding stands where it was recorded, and says when it was."""
    steps = [
        Step(
            one.recorded_at,
            "finding",
            f"{w.kind(one.kind)} · {w.severity(one.severity)}",
            one.reason_en if w.language == "en" else one.reason_zh,
        )
        for one in found
    ]
    steps += [_telling(one, w) for one in told]
    steps += [_action(one, w) for one in acted]
    return sorted(steps, key=lambda step: step.at)


def _action(one: ActionRow, w: Words) -> Step:
    entered = f" ({w('代为登记：', 'entered by ')}{one.entered_by})" if one.entered_by else ""
    return Step(one.at, "action", f"{one.actor}{entered} · {w.action(one.action)}", one.comment or "")


def _telling(one: DeliveryRow, w: Words) -> Step:
    whom = one.person or w.duty(one.address)
    head = f"{whom} · {w.channel(one.channel)} · {w.status(one.status)}"
    why = w.why_not(one.not_told_reason) if one.not_told_reason else one.last_error or ""
    return Step(one.sent_at or one.created_at, "telling", head, why)
