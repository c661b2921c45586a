"""An alert's whole life, decided from values: what people act on while episodes come and go.

Four axes, never one status: the **condition** (present, absent), the
**signal** (on, latched, acknowledged, off), the **responsibility**, and the
silence. The default is to tell. Gone is not seen: P1 latches until a person
has looked. A lapse is no all-clear. What worsens breaks an acknowledgement.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, structs

from alerts.escalation import begun
from alerts.explain import Explanation
from alerts.reconcile import Stored, Transition
from detectors.detector import Severity
from detectors.times import MINUTE, Millis
from store.alerts import AlertRow

LOOK_AGAIN: Final[Millis] = 30 * MINUTE
"""Over, and nobody has looked for so long: those who were told are reminded (own choice)."""

LATE: Final[Millis] = 15 * MINUTE
"""What was observed longer ago comes from an offline spell, and more of it may follow."""

SETTLES: Final[Millis] = MINUTE
"""What came late is told so much later: more is on its way, and may show that it is over (own choice)."""

NoticeKind = Literal["alarm", "all_clear"]


class Told(Struct, frozen=True):
    """A transition with its explanation."""

    transition: Transition
    explained: Explanation


class Decision(Struct, frozen=True):
    """The alert as it must be stored (None: there is none), and whether people hear of it."""

    alert: AlertRow | None
    notice: NoticeKind | None = None
    silent_because: str | None = None  # why a notice that might be expected is not sent


class Place(Struct, frozen=True):
    """Whose alert it is."""

    facility_id: int
    resident_id: int
    condition: str


def after(alert: AlertRow | None, told: list[Told], standing: Stored | None, place: Place, now: Millis) -> Decision:
    """The alert of one resident and condition after what happened; `told` is not empty, `alert` is not closed.

    `standing` is the episode that has not ended, if any.
    """
    if standing is not None:
        return _present(alert, told, standing, place, now)
    if alert is None:
        return _over_before_told(told, place, now)
    if alert.condition_state == "absent":
        return Decision(structs.replace(_noted(alert, told, now), lapsed=_has_lapsed(told)))
    return _gone(alert, told, now)


def acknowledged(alert: AlertRow, actor: str, comment: str | None, now: Millis, lasts: Millis) -> AlertRow:
    """Somebody has looked: the signal stops for as long as it `lasts`; a latched alert is closed by it."""
    seen = structs.replace(
        alert,
        acknowledged_by=actor,
        acknowledged_at=now,
        acknowledged_comment=comment,
        acknowledged_until=now + lasts,
        next_escalation_at=now + lasts,
        signal="acknowledged",
    )
    return _closed(seen, now) if alert.condition_state == "absent" else seen


def unnumbered(
    place: Place,
    severity: Severity,
    opened_at: Millis,
    now: Millis,
    state: Literal["present", "absent"] = "present",
    signal: Literal["on", "latched"] = "on",
) -> AlertRow:
    """An alert of which nobody has heard yet, without number, code, rule and reason."""
    return AlertRow(
        id=0,
        facility_id=place.facility_id,
        resident_id=place.resident_id,
        condition=place.condition,
        severity=int(severity),
        rule="",
        condition_state=state,
        signal=signal,
        responsibility="undefined",
        opened_at=opened_at,
        last_transition_at=now,
        closed_at=None,
        acknowledged_by=None,
        acknowledged_at=None,
        acknowledged_comment=None,
        reason_zh="",
        reason_en="",
        code=None,
        episodes=(),
    )


def _present(alert: AlertRow | None, told: list[Told], standing: Stored, place: Place, now: Millis) -> Decision:
    severity = standing.episode.severity
    first = now + SETTLES if now - standing.episode.trail[-1].key[0] > LATE else now
    if alert is None:
        return Decision(begun(_new(told, severity, place, now, "present", "on"), first), "alarm")
    again = alert.condition_state == "absent"
    updated = structs.replace(_noted(alert, told, now), severity=int(severity), condition_state="present", lapsed=False)
    if again or severity < alert.severity:
        # Worse than what somebody acknowledged: the signal returns.
        return Decision(begun(_unseen(structs.replace(updated, signal="on")), first), "alarm")
    return Decision(updated)


def _gone(alert: AlertRow, told: list[Told], now: Millis) -> Decision:
    last = told[-1].transition.kind
    updated = structs.replace(_noted(alert, told, now), condition_state="absent", lapsed=_has_lapsed(told))
    if updated.lapsed:
        if alert.severity <= Severity.P2:
            return Decision(_latched(updated, now), None, "lapsed: no all-clear, please measure")
        return Decision(_closed(updated, now), None, "lapsed: no all-clear")
    was_seen = alert.acknowledged_at is not None
    if alert.severity == Severity.P1 and not was_seen and last != "withdrawn":
        return Decision(_latched(updated, now), "all_clear")
    return Decision(_closed(updated, now), "all_clear")


def _over_before_told(told: list[Told], place: Place, now: Millis) -> Decision:
    """It opened and was over before anybody could be told."""
    opened = [one for one in told if one.transition.kind in ("opened", "worsened", "divided")]
    worst = min((one.transition.episode.worst for one in opened), default=Severity.C)
    if worst != Severity.P1 or told[-1].transition.kind == "withdrawn":
        return Decision(None)
    found = structs.replace(_new(told, worst, place, now, "absent", "latched"), lapsed=_has_lapsed(told))
    return Decision(found, None, "already over when it was found")


def _has_lapsed(told: list[Told]) -> bool:
    """What happened last is that nothing was measured any more."""
    return told[-1].transition.kind == "lapsed"


def _new(
    told: list[Told],
    severity: Severity,
    place: Place,
    now: Millis,
    state: Literal["present", "absent"],
    signal: Literal["on", "latched"],
) -> AlertRow:
    opened_at = told[0].transition.episode.opened[0]
    return _noted(unnumbered(place, severity, opened_at, now, state, signal), told, now)


def _noted(alert: AlertRow, told: list[Told], now: Millis) -> AlertRow:
    """With the last reason and every episode it points to."""
    spoken = [one for one in told if one.transition.kind not in ("joined",)] or told
    last = spoken[-1].explained
    new = tuple(one.transition.id for one in told if one.transition.id not in alert.episodes)
    return structs.replace(
        alert,
        rule=last.rule,
        reason_zh=last.reason.zh,
        reason_en=last.reason.en,
        last_transition_at=now,
        episodes=alert.episodes + tuple(dict.fromkeys(new)),
    )


def _unseen(alert: AlertRow) -> AlertRow:
    return structs.replace(alert, responsibility="undefined", responsible=None, responsible_at=None)


def _latched(alert: AlertRow, now: Millis) -> AlertRow:
    return structs.replace(alert, signal="latched", next_escalation_at=now + LOOK_AGAIN)


def _closed(alert: AlertRow, now: Millis) -> AlertRow:
    return structs.replace(alert, signal="off", closed_at=now, next_escalation_at=None)
