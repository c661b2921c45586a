"""What people are told: what, where, since when, why we think so, what to do next, how to say "seen"."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

import jinja2
from msgspec import Struct

from alerts.notifiers.base import Message
from detectors.times import HOUR, MINUTE, Millis, to_datetime, to_text

SEVERITIES: Final = {
    1: ("特急(建议立即转诊)", "P1 refer now"),
    2: ("紧急", "P2 urgent"),
    3: ("关注", "P3 watch"),
    4: ("待办提醒", "C compliance"),
}
CONDITIONS: Final = {
    "hypoxia": ("血氧偏低", "Low oxygen saturation"),
    "cannot_measure": ("无法有效测量", "Cannot be measured"),
    "early_warning": ("早期预警评分偏高", "Early warning score"),
    "exertional_desaturation": ("活动后血氧下降", "Oxygen falls after activity"),
    "tachypnoea": ("呼吸急促", "Fast breathing"),
    "fever": ("发热", "Fever"),
    "hypothermia": ("体温过低", "Low body temperature"),
    "heart_rate": ("脉搏异常", "Pulse out of range"),
    "positive_test": ("检测阳性", "Positive test"),
    "missed_check": ("健康监测未完成", "Check missed"),
    "tier_stale": ("分级待重新评估", "Tier to be assessed anew"),
    "limit_not_set": ("高海拔血氧限值未设置", "Oxygen limit not set"),
}
OLD: Final = 5 * MINUTE
"""An alert older than this when it is told says so."""


class Telling(Struct, frozen=True):
    """Everything a message may say. Residents are pseudonyms; a name never leaves the facility's pages."""

    key: str
    kind: str  # alarm | all_clear
    alert_id: int
    facility: str
    facility_name: str
    zone: str
    unit: str | None
    resident: str
    condition: str
    severity: int
    rule: str
    rule_version: str
    reason_zh: str
    reason_en: str
    opened_at: Millis
    at: Millis  # of the transition, as far as it is known
    link: str


@cache
def _templates() -> jinja2.Environment:
    def load(name: str) -> str:
        return (resources.files("alerts") / "templates" / name).read_text("utf-8")

    # Plain text: nothing in it is markup.
    return jinja2.Environment(  # noqa: S701
        loader=jinja2.FunctionLoader(load), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )


def message_of(telling: Telling, now: Millis) -> Message:
    """The message of one delivery."""
    severity = SEVERITIES[telling.severity]
    name = CONDITIONS.get(telling.condition, (telling.condition, telling.condition))
    age = now - telling.opened_at
    lasted = max(0, telling.at - telling.opened_at)
    values = {
        "severity_zh": severity[0],
        "severity_en": severity[1],
        "name_zh": name[0],
        "name_en": name[1],
        "facility": telling.facility,
        "facility_name": telling.facility_name,
        "unit_zh": f"{telling.unit} " if telling.unit else "",
        "unit_en": f"unit {telling.unit}, " if telling.unit else "",
        "resident": telling.resident,
        "reason_zh": telling.reason_zh,
        "reason_en": telling.reason_en,
        "rule": telling.rule,
        "rule_version": telling.rule_version,
        "since": _local(telling.opened_at, telling.zone),
        "age_zh": duration(age)[0] if age > OLD else "",
        "age_en": duration(age)[1] if age > OLD else "",
        "lasted_zh": duration(lasted)[0],
        "lasted_en": duration(lasted)[1],
        "link": telling.link,
    }
    text = _templates().get_template(f"{telling.kind}.txt.j2").render(values)
    facts: dict[str, object] = {
        "type": f"alert.{telling.kind}",
        "alert": telling.alert_id,
        "facility": telling.facility,
        "resident": telling.resident,
        "condition": telling.condition,
        "severity": severity[1].split()[0],
        "rule": telling.rule,
        "rule_version": telling.rule_version,
        "reason": {"zh": telling.reason_zh, "en": telling.reason_en},
        "opened_at": to_text(telling.opened_at),
    }
    return Message(telling.key, text.splitlines()[0], text, facts)


def duration(length: Millis) -> tuple[str, str]:
    """A length of time as people say it.

    >>> duration(95 * 60_000)
    ('1小时35分钟', '1 h 35 min')
    """
    hours, rest = divmod(length, HOUR)
    minutes = rest // MINUTE
    if hours:
        return f"{hours}小时{minutes}分钟", f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes}分钟", f"{minutes} min"
    return "不到1分钟", "less than a minute"


def _local(at: Millis, zone: str) -> str:
    moment: datetime = to_datetime(at).astimezone(ZoneInfo(zone))
    return moment.strftime("%m-%d %H:%M")
