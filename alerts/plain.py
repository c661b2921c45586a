"""One plain line for people, of four axes inside: `提醒中 · 张三已接手 · 至08:30暂停`. Pure."""

from __future__ import annotations

from typing import Final, Protocol
from zoneinfo import ZoneInfo

from alerts.templating import Language
from detectors.times import DAY, Millis, to_datetime

_SIGNALS: Final = {
    ("present", "on"): ("提醒中", "signal on"),
    ("present", "acknowledged"): ("异常持续", "present"),
    ("present", "latched"): ("提醒中", "signal on"),
    ("present", "off"): ("异常持续", "present"),
    ("absent", "on"): ("已恢复·待查看", "over, nobody has looked"),
    ("absent", "latched"): ("已恢复·待查看", "over, nobody has looked"),
    ("absent", "acknowledged"): ("已恢复", "over"),
    ("absent", "off"): ("已恢复", "over"),
}

_LAPSED: Final = ("未再监测·待查看", "no longer measured, nobody has looked")
"""Gone from sight is not over."""


class Axes(Protocol):
    """What of an alert the line needs."""

    @property
    def condition_state(self) -> str: ...
    @property
    def signal(self) -> str: ...
    @property
    def responsibility(self) -> str: ...
    @property
    def responsible(self) -> str | None: ...
    @property
    def acknowledged_by(self) -> str | None: ...
    @property
    def snoozed_until(self) -> Millis | None: ...
    @property
    def closed_at(self) -> Millis | None: ...
    @property
    def lapsed(self) -> bool: ...


def plain_line(alert: Axes, zone: str, now: Millis, language: Language = "zh") -> str:
    """What is, who answers for it, and what is silent until when."""
    index = 0 if language == "zh" else 1
    parts = [_signal(alert, index), _responsible(alert, index), _silence(alert, zone, now, index)]
    return " · ".join(part for part in parts if part)


def _signal(alert: Axes, index: int) -> str:
    if alert.closed_at is not None:
        return ("办结", "closed")[index]
    is_lapsed = alert.lapsed and alert.condition_state == "absent"
    said = (_LAPSED if is_lapsed else _SIGNALS[alert.condition_state, alert.signal])[index]
    if alert.signal == "acknowledged" and alert.responsibility != "accepted":
        return said + (f" · {alert.acknowledged_by}已知悉", f" · acknowledged by {alert.acknowledged_by}")[index]
    return said


def _responsible(alert: Axes, index: int) -> str:
    if alert.responsibility == "accepted":
        return (f"{alert.responsible}已接手", f"accepted by {alert.responsible}")[index]
    if alert.closed_at is not None or alert.condition_state == "absent":
        return ""
    if alert.responsibility == "rejected":
        return (f"{alert.responsible}已退回·责任待认领", f"rejected by {alert.responsible}, nobody answers for it")[
            index
        ]
    return ("责任待认领", "nobody answers for it")[index]


def _silence(alert: Axes, zone: str, now: Millis, index: int) -> str:
    if alert.closed_at is not None or alert.snoozed_until is None or alert.snoozed_until <= now:
        return ""
    local, today = (to_datetime(at).astimezone(ZoneInfo(zone)) for at in (alert.snoozed_until, now))
    form = "%H:%M" if local.date() == today.date() and alert.snoozed_until - now < DAY else "%m-%d %H:%M"
    at = local.strftime(form)
    return (f"至{at}暂停", f"snoozed until {at}")[index]
