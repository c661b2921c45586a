"""What a person does about alerts: one transaction with its record, under the facilities' locks.

Acknowledging says "I have seen it", accepting "I am going": two things. Both
end, and the signal returns. Rejecting routes on at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct, structs

from alerts.alert import acknowledged
from alerts.escalation import ANNOUNCE, begun
from alerts.ladders.ladder import ROLES, Ladder, ladder_of
from alerts.routing import NOBODY, Route, telling
from detectors.detector import Severity
from detectors.times import MINUTE, Millis
from store import alerts, deliveries, registry
from store.alerts import ActionRow, AlertPlace, AlertRow
from store.connection import Connection
from store.deliveries import NewDelivery

Right = Literal["acknowledge", "silence", "dispatch", "issue"]
"""The last two: to write the daily dispatch of the region, and to sign it."""
ANSWERED: Final = "answered"
"""An action beside the alert's life: a facility's word about data to be verified."""

EVERYTHING: Final[frozenset[Right]] = frozenset(("acknowledge", "silence"))


class Actor(Struct, frozen=True):
    """Who acts, and what they may; reading is no right to act."""

    name: str
    rights: frozenset[Right] = EVERYTHING
    entered_by: str | None = None  # the desk, for somebody who answered by telephone; the rights are the desk's


class NotAllowed(Exception):
    """The actor may look, and not do this."""


class Refused(Exception):
    """It cannot be done; the sentence says why, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Outcome(Struct, frozen=True):
    """What became of an action on one alert."""

    alert_id: int
    done: bool
    why_not: str = ""  # somebody was quicker, or it is closed


_Act = Callable[[AlertRow, Ladder], AlertRow | str]
"""The alert afterwards, or why nothing was done."""


async def acknowledge(
    connection: Connection, alert_ids: Iterable[int], actor: Actor, comment: str | None, now: Millis
) -> list[Outcome]:
    """The alerts are seen, one or many at once; a latched one is closed by it."""
    _may(actor, "acknowledge")

    def act(alert: AlertRow, ladder: Ladder) -> AlertRow | str:
        if alert.signal == "acknowledged":
            return f"acknowledged by {alert.acknowledged_by} before"
        return acknowledged(alert, actor.name, comment, now, ladder.acknowledged_minutes * MINUTE)

    return await _each(connection, alert_ids, actor, "acknowledged", comment, act, now)


async def accept(
    connection: Connection, alert_ids: Iterable[int], actor: Actor, comment: str | None, now: Millis
) -> list[Outcome]:
    """The actor answers for the alerts from now on; who did so before is on record."""
    _may(actor, "acknowledge")

    def act(alert: AlertRow, ladder: Ladder) -> AlertRow | str:
        if alert.responsibility == "accepted" and alert.responsible == actor.name:
            return f"accepted by {actor.name} before"
        seen = acknowledged(alert, actor.name, comment, now, ladder.acknowledged_minutes * MINUTE)
        return structs.replace(seen, responsibility="accepted", responsible=actor.name, responsible_at=now)

    return await _each(connection, alert_ids, actor, "accepted", comment, act, now)


async def reject(
    connection: Connection, alert_ids: Iterable[int], actor: Actor, reason: str, now: Millis
) -> list[Outcome]:
    """The actor cannot: the next step of the ladder is due now."""
    _may(actor, "acknowledge")

    def act(alert: AlertRow, ladder: Ladder) -> AlertRow | str:
        if alert.condition_state == "absent":
            return "it is over: acknowledge it instead"
        rejected = {"responsibility": "rejected", "responsible": actor.name, "responsible_at": now, "signal": "on"}
        step = min(max(alert.step, 1), len(ladder.steps))
        passed = ladder.steps[min(step, len(ladder.steps) - 1)].after
        return structs.replace(begun(alert, now), **rejected, step=step, alarm_at=now - passed)

    return await _each(connection, alert_ids, actor, "rejected", reason, act, now)


async def snooze(
    connection: Connection, alert_ids: Iterable[int], actor: Actor, until: Millis, reason: str, now: Millis
) -> list[Outcome]:
    """The alerts are quiet until then, at most as long as their severity allows; the end is announced."""
    _may(actor, "silence")

    def act(alert: AlertRow, ladder: Ladder) -> AlertRow | str:
        ends = min(until, now + ladder.snooze_most_minutes * MINUTE)
        if ends <= now:
            return "the end of the snooze is past"
        return structs.replace(
            alert,
            snoozed_by=actor.name,
            snoozed_until=ends,
            snooze_reason=reason,
            snooze_announced=False,
            next_escalation_at=max(now, ends - ANNOUNCE),
        )

    return await _each(connection, alert_ids, actor, "snoozed", reason, act, now)


async def cancel_snooze(connection: Connection, alert_ids: Iterable[int], actor: Actor, now: Millis) -> list[Outcome]:
    """The signal is back at once."""
    _may(actor, "silence")

    def act(alert: AlertRow, ladder: Ladder) -> AlertRow | str:
        if alert.snoozed_until is None:
            return "it is not snoozed"
        return structs.replace(alert, snoozed_until=now, next_escalation_at=now)

    return await _each(connection, alert_ids, actor, "snooze_cancelled", None, act, now)


async def answer(
    connection: Connection, alert_ids: Iterable[int], actor: Actor, words: str, now: Millis
) -> list[Outcome]:
    """What the facility says to the finding is on record, under the actor's name; the alert stays as it is."""
    _may(actor, "acknowledge")

    def act(alert: AlertRow, ladder: Ladder) -> AlertRow | str:
        return alert if words.strip() else "an answer needs words"

    return await _each(connection, alert_ids, actor, ANSWERED, words.strip(), act, now)


async def _each(
    connection: Connection,
    alert_ids: Iterable[int],
    actor: Actor,
    action: str,
    comment: str | None,
    act: _Act,
    now: Millis,
) -> list[Outcome]:
    """The caller has opened a transaction; two who act at once are one after the other here."""
    wanted = list(dict.fromkeys(alert_ids))
    places = await alerts.places_of(connection, wanted)
    await registry.lock_facilities(connection, {place.facility for place in places.values()})
    outcomes: list[Outcome] = [Outcome(one, False, "there is no such alert") for one in wanted if one not in places]
    changed: list[AlertRow] = []
    for alert in await alerts.lock_all(connection, list(places)):
        place = places[alert.id]
        ladder = ladder_of(place.region, Severity(alert.severity), place.is_region)
        after = "it was closed" if alert.closed_at is not None else act(alert, ladder)
        if isinstance(after, str):
            outcomes.append(Outcome(alert.id, False, after))
            continue
        changed.append(after)
        outcomes.append(Outcome(alert.id, True))
        await alerts.act(connection, ActionRow(alert.id, now, actor.name, action, comment, actor.entered_by))
        if action in ("acknowledged", "accepted", "snoozed"):
            await deliveries.take_back(connection, [alert.id], f"{action} by {actor.name} before it was sent")
        if action in ("acknowledged", "accepted"):
            await deliveries.add(connection, _spared(alert, ladder, places[alert.id], f"{action} by {actor.name}", now))
    await alerts.save(connection, changed)
    return outcomes


def _spared(alert: AlertRow, ladder: Ladder, place: AlertPlace, why: str, now: Millis) -> Sequence[NewDelivery]:
    """The roles that need not be told any more, with the reason."""
    if alert.signal != "on":
        return []
    spared = []
    for step in ladder.steps[max(alert.step, 1) :]:
        reason = f"{why} before the turn of the {ROLES[step.role][1]}"
        route = Route(NOBODY, step.role, not_told=reason, role=step.role)
        key, about = f"spared_{alert.id}_{now}_{step.role}", (alert.id, place.transition_id)
        spared.append(telling(route, about, "escalation", key, now, severity=alert.severity))
    return spared


def _may(actor: Actor, right: Right) -> None:
    if right not in actor.rights:
        raise NotAllowed(f"{actor.name} may look, and not {right}")
