"""What happens to an alert when its time has come: who is told next, and when to look again. Pure.

A ladder climbs until a person answers. An acknowledgement and a snooze run
out and are told beforehand; what is old does not wake anybody at night.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct, structs

from alerts.ladders.ladder import Ladder, Step
from alerts.rosters import in_quiet
from alerts.routing import NOBODY
from detectors.times import HOUR, MINUTE, NEVER, SECOND, Millis
from store.alerts import AlertRow
from store.deliveries import DeliveryRow, NewDelivery

OLD: Final[Millis] = 24 * HOUR
"""What has not got worse for so long waits for the morning (own choice)."""

FAILS_WITHIN: Final[Millis] = 10 * SECOND
"""A number that is none is known as such by then (own choice)."""

CALLS: Final = frozenset({"alarm", "escalation", "reminder"})
"""What is to make somebody answer."""

NIGHT: Final = ("22:00", "07:00")
ANNOUNCE: Final[Millis] = 5 * MINUTE
"""A snooze is told so long before it ends."""


class Notice(Struct, frozen=True):
    """Somebody is to be told: those on duty in the role of a step, or everyone who was told before."""

    kind: Literal["alarm", "reminder", "escalation", "silence_ends"]
    step: Step | None = None
    note: str = ""


class Look(Struct, frozen=True):
    """What looking at an alert led to."""

    alert: AlertRow
    notices: tuple[Notice, ...] = ()


def begun(alert: AlertRow, now: Millis) -> AlertRow:
    """The ladder begins at its foot; a snooze and an acknowledgement are over."""
    return structs.replace(
        _awake(alert),
        alarm_at=now,
        step=0,
        next_escalation_at=now,
        acknowledged_by=None,
        acknowledged_at=None,
        acknowledged_comment=None,
        acknowledged_until=None,
    )


def look(alert: AlertRow, ladder: Ladder, zone: str, now: Millis) -> Look:
    """What is due of an open alert at `now`; the result says when to look again."""
    if alert.closed_at is not None:
        return Look(structs.replace(alert, next_escalation_at=None))
    if alert.snoozed_until is not None and now < alert.snoozed_until:
        return _snoozed(alert, alert.snoozed_until, now)
    if alert.acknowledged_at is not None and alert.acknowledged_until is not None and now < alert.acknowledged_until:
        return Look(structs.replace(alert, next_escalation_at=alert.acknowledged_until))
    morning = in_quiet(NIGHT, zone, now)
    if morning is not None and now - _last_news(alert) > OLD:
        return Look(structs.replace(alert, next_escalation_at=morning))
    if alert.condition_state == "absent":
        return _latched(alert, ladder, zone, now)
    ran_out = _ran_out(alert)
    if ran_out:
        alert = structs.replace(begun(alert, now), signal="on")
    return _climb(alert, ladder, zone, now, ran_out)


def _snoozed(alert: AlertRow, until: Millis, now: Millis) -> Look:
    if now < until - ANNOUNCE or alert.snooze_announced:
        at = until if alert.snooze_announced else until - ANNOUNCE
        return Look(structs.replace(alert, next_escalation_at=at))
    announced = structs.replace(alert, snooze_announced=True, next_escalation_at=until)
    return Look(announced, (Notice("silence_ends", note=f"{alert.snoozed_by}"),))


def _last_news(alert: AlertRow) -> Millis:
    """When it last got worse, or a ladder began because it had."""
    return max(alert.opened_at, alert.alarm_at or 0) if not _ran_out(alert) else alert.opened_at


def _ran_out(alert: AlertRow) -> str:
    """Why the signal returns; empty: nothing ran out."""
    if alert.snoozed_until is not None:
        return f"{alert.snoozed_by} 的暂停已到期 / snooze of {alert.snoozed_by} has ended"
    if alert.acknowledged_at is not None:
        return f"{alert.acknowledged_by} 的知悉已过期 / acknowledged by {alert.acknowledged_by}, which has run out"
    return ""


def _latched(alert: AlertRow, ladder: Ladder, zone: str, now: Millis) -> Look:
    """Over, and nobody has looked: those who were told are reminded, by day."""
    quiet = in_quiet(NIGHT, zone, now)
    if quiet is not None:
        return Look(structs.replace(alert, next_escalation_at=quiet))
    again = structs.replace(_awake(alert), next_escalation_at=now + ladder.remind_minutes * MINUTE)
    return Look(again, (Notice("reminder", note="待查看 / nobody has looked"),))


def _climb(alert: AlertRow, ladder: Ladder, zone: str, now: Millis, ran_out: str) -> Look:
    began = alert.alarm_at if alert.alarm_at is not None else now
    notices: list[Notice] = []
    number = alert.step
    while number < len(ladder.steps) and began + ladder.steps[number].after <= now:
        step = ladder.steps[number]
        quiet = None if step.in_quiet else in_quiet(ladder.quiet, zone, now)
        if quiet is not None:
            return Look(structs.replace(alert, step=number, next_escalation_at=quiet), tuple(notices))
        first = "reminder" if ran_out else "alarm"
        notices.append(Notice(first if number == 0 else "escalation", step, ran_out))  # type: ignore[arg-type]
        number += 1
    if number < len(ladder.steps):
        at = began + ladder.steps[number].after
    elif notices:
        at = now + ladder.remind_minutes * MINUTE
    else:
        quiet = in_quiet(ladder.quiet, zone, now)
        at = quiet or now + ladder.remind_minutes * MINUTE
        notices = [] if quiet else [Notice("reminder")]
    return Look(structs.replace(alert, alarm_at=began, step=number, next_escalation_at=at), tuple(notices))


def hurried(alert: AlertRow, ladder: Ladder, told: Iterable[DeliveryRow], now: Millis) -> AlertRow:
    """The alert before a look: where every telling of this ladder has failed for good, the next step is due now."""
    if alert.alarm_at is None or alert.condition_state == "absent" or not 0 < alert.step < len(ladder.steps):
        return alert
    mine = [one for one in told if one.created_at >= alert.alarm_at and one.kind in CALLS and one.channel != NOBODY]
    if not mine or any(one.status != "failed" for one in mine):
        return alert
    return structs.replace(alert, alarm_at=min(alert.alarm_at, now - ladder.steps[alert.step].after))


def climbs_on(looked: Look, ladder: Ladder, told: Iterable[NewDelivery], now: Millis) -> AlertRow:
    """The alert after a look: where a step reaches nobody, the next one is due now; whether calls failed is seen soon.

    A step that only informs reaches everybody by the inbox; whoever is told with many alike has heard of those.
    """
    alert, steps = looked.alert, [one.step for one in looked.notices if one.step is not None]
    rows = [one for one in told if one.role is not None]
    reaches = any(one.channel != NOBODY for one in told) or any(step.informs for step in steps)
    if not steps or not rows or alert.step >= len(ladder.steps):
        return alert
    if reaches:
        soon = now + FAILS_WITHIN if any(step.wakes for step in steps) else NEVER
        return structs.replace(alert, next_escalation_at=min(soon, alert.next_escalation_at or soon))
    return structs.replace(alert, alarm_at=now - ladder.steps[alert.step].after, next_escalation_at=now)


def _awake(alert: AlertRow) -> AlertRow:
    return structs.replace(alert, snoozed_by=None, snoozed_until=None, snooze_reason=None, snooze_announced=False)
