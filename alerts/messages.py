"""What people are told: what, where, since when, why we think so, what to do next, how to say "seen"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerts.channels import Form
from alerts.codes import spoken
from alerts.ladders.ladder import card
from alerts.notifiers.base import Message
from alerts.templating import Language, approved_text, render
from detectors.times import HOUR, MINUTE, Millis, to_datetime, to_text
from store.tellings import TellingRow

SEVERITIES: Final = {
    1: ("特急(建议立即转诊)", "P1 refer now"),
    2: ("紧急", "P2 urgent"),
    3: ("关注", "P3 watch"),
    4: ("待办提醒", "C compliance"),
}
SHAPES: Final = {1: "■", 2: "▲", 3: "●", 4: "○"}
"""Severity is told by word and shape, never by colour alone."""

CONDITIONS: Final = {
    "hypoxia": ("血氧偏低", "Low oxygen saturation"),
    "cannot_measure": ("无法有效测量", "Cannot be measured"),
    "early_warning": ("早期预警评分偏高", "Early warning score"),
    "exertional_desaturation": ("活动后血氧下降", "Oxygen falls after activity"),
    "oxygen_trend": ("血氧逐日下降", "Oxygen sinks over days"),
    "tachypnoea": ("呼吸急促", "Fast breathing"),
    "fever": ("发热", "Fever"),
    "hypothermia": ("体温过低", "Low body temperature"),
    "heart_rate": ("脉搏异常", "Pulse out of range"),
    "soft_signs": ("照护观察异常", "Soft signs"),
    "positive_test": ("检测阳性", "Positive test"),
    "first_case": ("机构出现阳性", "First positive case"),
    "cluster": ("聚集性病例", "Cases close together"),
    "case_excess": ("病例异常增多", "More cases than usual"),
    "region_excess": ("地区病例异常增多", "More cases than usual in the region"),
    "region_positivity": ("地区检测阳性率升高", "More tests positive in the region"),
    "outbreak_over": ("疫情结束提示", "Outbreak over"),
    "follow_up": ("探访到期", "Follow-up due"),
    "symptomatic_untested": ("有症状未检测", "Symptoms without a test"),
    "test_overdue": ("检测到期", "Test overdue"),
    "device_fault": ("测量设备故障", "Device fault"),
    "device_values": ("测量设备数值可疑", "Device values to be checked"),
    "data_to_verify": ("数据真实性待核", "Data to be verified"),
    "staff_tests": ("工作人员核酸检测到期", "Staff tests overdue"),
    "oxygen_record": ("吸氧记录待核实", "Oxygen record to be checked"),
    "referral_stalled": ("转诊停滞", "Referral stalled"),
    "recovery": ("达到解除观察条件", "Recovery criteria met"),
    "return_watch": ("返回机构后监测未完成", "Check after return missed"),
    "observation_due": ("应再次测量", "Next observation due"),
    "missed_check": ("健康监测未完成", "Check missed"),
    "facility_silent": ("机构无报送", "Facility not heard"),
    "equipment_gap": ("监测和吸氧设备缺口", "Equipment gap"),
    "tier_stale": ("分级待重新评估", "Tier to be assessed anew"),
    "referral_by_hand": ("转诊申请", "Referred by hand"),
    "phoned_in": ("电话报告", "Reported by telephone"),
    "report_missing": ("机构日报未报送", "Facility report missing"),
    "limit_not_set": ("高海拔血氧限值未设置", "Oxygen limit not set"),
}
SUBJECTS: Final = {
    "resident": ("老人编号", "Resident"),
    "unit": ("单元", "Unit"),
    "facility": ("全机构", "Whole facility"),
    "region": ("全地区", "Whole region"),
}
DRILL: Final[dict[Language, str]] = {"zh": "【演练】", "en": "[DRILL] "}
"""Before everything that is said of a facility that exists for exercises."""
ON_THE_PAGE: Final[dict[Language, str]] = {"zh": "床位见平台", "en": "see page"}
"""Instead of a place for which a carrier's text has no room."""
LEAST_NAME: Final = 4
"""Characters of a facility's name that are left beside its place."""
OLD: Final = 5 * MINUTE
"""An alert older than this when it is told says so."""


class Telling(TellingRow, frozen=True, kw_only=True):
    """Everything a message may say."""

    key: str
    link: str

    @property
    def name(self) -> str:
        """Of the facility, or its code."""
        return self.facility_name or self.facility

    def mark(self, language: Language) -> str:
        """What says that it is an exercise, where it is one."""
        return DRILL[language] if self.drill else ""

    def words(self, language: Language, now: Millis) -> dict[str, str]:
        """What the templates may say."""
        index = 0 if language == "zh" else 1
        age, lasted = now - self.opened_at, max(0, self.at - self.opened_at)
        where = self.where(language)
        return {
            "severity": SEVERITIES[self.severity][index],
            "condition": condition_name(self.condition, language),
            "place": f"{self.name} {where} {self.code}",
            "where": where,
            "code": self.code,
            "spoken_code": spoken(self.code, language),
            "facility": self.facility,
            "facility_name": self.name,
            "whom": self.whom(language),
            "phones": " ".join(self.phones.replace(";", " ").split()),
            "reason": (self.reason_zh, self.reason_en)[index],
            "rule": self.rule,
            "rule_version": self.rule_version,
            "since": _local(self.opened_at, self.zone),
            "age": duration(age)[index] if age > OLD else "",
            "lasted": duration(lasted)[index],
            "link": self.link,
            "card": card(self.role, language),
            "note": self.note,
        }

    def where(self, language: Language) -> str:
        """Unit and bed, or the resident's code where no bed is known: `3楼12床`; a unit or the whole facility."""
        if self.subject != "resident":
            return self.whom(language)
        if not self.bed:
            known = (self.unit, self.resident) if self.unit else (self.resident,)
            return " ".join(known)
        bed = f"{self.bed}床" if self.bed.isdigit() else self.bed
        if language == "zh":
            return f"{self.unit or ''}{bed}"
        return f"{self.unit} bed {self.bed}" if self.unit else f"bed {self.bed}"

    def whom(self, language: Language) -> str:
        """Whose alert it is."""
        kind = SUBJECTS[self.subject][0 if language == "zh" else 1]
        return kind if self.subject in ("facility", "region") else f"{kind} {self.resident}"


def message_of(telling: Telling, now: Millis, form: Form = "both", language: Language = "zh") -> Message:
    """The message of one delivery, as its channel wants it."""
    variables: dict[str, str] = {}
    if form == "both":
        text = "\n".join(_text(telling, one, one, now) for one in ("zh", "en"))
    elif form == "approved":
        text, variables = approved_text(telling.kind, _variables(telling, language, now), language)
    else:
        text = _text(telling, language if form == "one" else f"spoken_{language}", language, now)
    return Message(telling.key, text.splitlines()[0], text, _facts(telling), telling.kind, variables)


def _text(telling: Telling, folder: str, language: Language, now: Millis) -> str:
    return telling.mark(language) + render(f"{folder}/{telling.kind}.txt.j2", telling.words(language, now))


def _variables(telling: Telling, language: Language, now: Millis) -> Callable[[str, int], str]:
    """The value of a variable, within its length: a name may be shortened, a place is whole or on the page."""
    words = telling.words(language, now)

    def value(variable: str, most: int) -> str:
        if variable == "place":
            # The carrier approved the text around it: the mark of a drill can only stand here, and is not cut off.
            mark, where = telling.mark(language), words["where"]
            name, around = mark + telling.name, len(words["code"]) + 2
            if len(where) + around + len(mark) + LEAST_NAME > most:
                where = ON_THE_PAGE[language]  # a bed cut off is a wrong bed, and the code names the alert
            room = most - len(where) - around
            shortened = name if len(name) <= room else name[: room - 1] + "…"
            return f"{shortened} {where} {words['code']}"
        if variable == "what":
            severity, condition = words["severity"].split("(")[0], words["condition"]
            whole = f"{severity} {condition}"
            return whole if len(whole) <= most else f"{severity.split()[0]} {condition}"
        return words[variable]

    return value


def _facts(telling: Telling) -> dict[str, object]:
    return {
        "type": f"alert.{telling.kind}",
        "alert": telling.alert_id,
        "code": telling.code,
        "drill": telling.drill,
        "facility": telling.facility,
        "unit": telling.unit,
        "bed": telling.bed,
        "subject": {"kind": telling.subject, "id": telling.resident},
        "condition": telling.condition,
        "severity": SEVERITIES[telling.severity][1].split()[0],
        "rule": telling.rule,
        "rule_version": telling.rule_version,
        "reason": {"zh": telling.reason_zh, "en": telling.reason_en},
        "opened_at": to_text(telling.opened_at),
        "phones": telling.phones,
    }


def condition_name(condition: str, language: Language) -> str:
    """What it is about, in a word or two."""
    return CONDITIONS.get(condition, (condition, condition))[0 if language == "zh" else 1]


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
