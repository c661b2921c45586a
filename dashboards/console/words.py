"""Words of the page in Chinese and English; severity is told by word and shape, never by colour alone."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from alerts.cluster_events import WORDS as EVENT_STEPS
from alerts.hearing import Hearing
from alerts.intervening import WORDS as INTERVENTIONS
from alerts.ladders.ladder import ROLES as DUTIES
from alerts.messages import CONDITIONS, DRILL, SEVERITIES, SHAPES, duration
from alerts.plain import plain_line
from alerts.reasons import in_chinese
from alerts.referrals.course import Referral
from alerts.referrals.words import STALLS, WHERE
from alerts.referrals.words import STEPS as REFERRAL_STEPS
from alerts.templating import Language
from dashboards.console.hearing import hearing_in_words
from detectors.rules import Text
from detectors.times import DAY, Millis, to_datetime, to_text
from store.console import AlertLine
from store.fates import Shown
from store.roll import Resident
from store.rows import Mark

KINDS: Final = {
    "opened": ("出现", "opened"),
    "worsened": ("加重", "worsened"),
    "eased": ("减轻", "eased"),
    "cleared": ("解除", "cleared"),
    "lapsed": ("未再监测", "lapsed"),
    "revised": ("经过已修订", "revised"),
    "joined": ("并入", "joined"),
    "divided": ("分出", "divided"),
    "withdrawn": ("撤回", "withdrawn"),
    "asked": ("申请转诊", "referral asked"),
}
STATUSES: Final = {
    "due": ("待发送", "waiting"),
    "sending": ("发送中", "being sent"),
    "sent": ("已发送", "sent"),
    "failed": ("发送失败", "failed"),
    "not_told": ("未通知", "not told"),
}
VERDICTS: Final = {
    "true": ("属实", "true"),
    "false": ("误报", "false"),
    "unsure": ("待定", "unsure"),
    "nonactionable": ("无需处置", "nonactionable"),
}
ACTIONS: Final = {
    "acknowledged": ("已知悉", "acknowledged"),
    "accepted": ("已接手", "accepted"),
    "rejected": ("已退回", "rejected"),
    "answered": ("机构说明", "the facility says"),
    "snoozed": ("暂停提醒", "snoozed"),
    "snooze_cancelled": ("恢复提醒", "snooze cancelled"),
    **{f"event_{step}": said for step, said in EVENT_STEPS.items()},
    "phoned_in": ("来电登记", "call written down"),
    "closed": ("办结", "closed"),
    "handed_over": ("提出交班", "offered at the hand-over"),
    "took_over": ("已接班", "took over"),
    "hand_over_refused": ("退回交班", "sent back at the hand-over"),
}
HAND_OVERS: Final = {
    "offered": ("待确认", "waits"),
    "accepted": ("已接班", "taken over"),
    "refused": ("已退回", "sent back"),
    "withdrawn": ("已收回", "withdrawn"),
    "over": ("已办结", "closed meanwhile"),
}
CHANNELS: Final = {
    "webhook": ("网络推送", "webhook"),
    "email": ("电子邮件", "e-mail"),
    "wecom": ("企业微信机器人", "WeCom robot"),
    "dingtalk": ("钉钉机器人", "DingTalk robot"),
    "sms": ("短信", "SMS"),
    "voice": ("语音电话", "call"),
    "nobody": ("无人", "nobody"),
    "self_check": ("链路自检", "self-check"),
}
TYPES: Final = {
    "reading": ("测量记录", "reading"),
    "test_result": ("检测结果", "test result"),
    "check_in": ("健康监测", "check-in"),
    "correction": ("更正", "correction"),
    "device_binding": ("设备绑定", "device binding"),
    "facility_report": ("机构日报", "facility report"),
    "referral_step": ("转诊进展", "referral step"),
    "visit": ("探视巡访", "visit"),
}
EFFECTS: Final = {1: ("录入有误·已作废", "entered in error"), 2: ("已被更正替换", "replaced")}
FATES: Final = {
    "stored": ("已入库", "stored"),
    "held": ("待复测", "held"),
    "quarantined": ("留存·不参与研判", "quarantined"),
    "late": ("补传", "late"),
    "out_of_window": ("超出时限", "out of window"),
    "rejected": ("未接收(请更正)", "rejected"),
    "not_yet_understood": ("待升级后识别", "not yet understood"),
}


TECHNICAL: Final = {
    "channel": ("通知渠道", "channel"),
    "county": ("区县", "county"),
    "receiver": ("没有声音的值班页", "page without sound"),
    "ladder": ("无法升级的预警", "alert that cannot be told"),
}
ROLES: Final = {
    "facility": ("养老机构", "facility"),
    "desk": ("值班台", "desk"),
    "hospital": ("医院", "hospital"),
    "viewer": ("区域查看", "region viewer"),
    "operator": ("系统运维", "operator"),
}
TIERS: Final = {"red": ("■ 红", "■ red"), "yellow": ("▲ 黄", "▲ yellow"), "green": ("● 绿", "● green")}
"""By word and shape too: who cannot tell the colours reads them."""
CAUSES: Final = {
    "vaccinated": ("因接种疫苗", "vaccinated"),
    "stabilised": ("因病情稳定", "stabilised"),
    "aged": ("因年龄增长", "aged"),
    "worsened": ("因病情变化", "worsened"),
    "several": ("因多项变化", "several changes"),
    "reclassified": ("重新归类", "reclassified"),
}


MODES: Final = {
    "平时": ("平时", "ordinary times"),
    "疫情期间": ("疫情期间", "epidemic"),
    "封闭管理": ("封闭管理", "closed"),
}


class Words:
    """Words in one language."""

    def __init__(self, language: str) -> None:
        self.language: Language = "en" if language == "en" else "zh"
        self._index = 1 if self.language == "en" else 0

    def __call__(self, zh: str, en: str) -> str:
        """One of the two."""
        return en if self._index else zh

    def severity(self, severity: int) -> str:
        """`■ 特急(建议立即转诊)`"""
        return f"{SHAPES[severity]} {SEVERITIES[severity][self._index]}"

    def condition(self, condition: str) -> str:
        """What it is about."""
        return CONDITIONS.get(condition, (condition, condition))[self._index]

    def of(self, words: dict[str, tuple[str, str]], key: str) -> str:
        """A word of a closed set."""
        return words.get(key, (key, key))[self._index]

    def kind(self, key: str) -> str:
        """A transition in a word."""
        return self.of(KINDS, key)

    def verdict(self, key: str) -> str:
        """What somebody said of an alert, in a word."""
        return self.of(VERDICTS, key)

    def action(self, key: str) -> str:
        """What a person did, in a word."""
        if key.startswith("reported_"):
            return self("已报告", "reported")
        return self.intervention(key) if key in INTERVENTIONS else self.of(ACTIONS, key)

    def event(self, key: str) -> str:
        """A step of a cluster, in a word."""
        return self.of(ACTIONS, f"event_{key}")

    def hand_over(self, key: str) -> str:
        """What became of something that was handed over, in a word."""
        return self.of(HAND_OVERS, key)

    def status(self, key: str) -> str:
        """A delivery in a word."""
        return self.of(STATUSES, key)

    def channel(self, key: str) -> str:
        """A way to tell somebody, in a word."""
        return self.of(CHANNELS, key)

    def intervention(self, key: str) -> str:
        """What was done, in a word."""
        return self.of(INTERVENTIONS, key)  # type: ignore[arg-type]

    def referral_stage(self, found: Referral) -> str:
        """Where a referral stands, or how it ended: `已拨打120`, `死亡(途中)`."""
        if found.ending is None:
            return self.of(REFERRAL_STEPS, found.stage)
        said = self.of(REFERRAL_STEPS, found.ending.outcome)
        return said if found.ending.where is None else f"{said}({self.of(WHERE, found.ending.where)})"

    def referral_stall(self, found: Referral) -> str:
        """Why it stands still."""
        return self.of(STALLS, (found.turns[-1].because if found.turns else None) or "")

    def why_not(self, reason: str) -> str:
        """Why somebody was not told."""
        return self(in_chinese(reason), reason)

    def fate(self, key: str) -> str:
        """What became of an event."""
        return self.of(FATES, key)

    def technical(self, key: str) -> str:
        """What kind of thing is broken, in a word."""
        return self.of(TECHNICAL, key)

    def duty(self, key: str) -> str:
        """Whose turn it was where nobody is named; an address stays what it is."""
        return self.of(DUTIES, key)  # type: ignore[arg-type]

    def role(self, key: str) -> str:
        """What an account is for, in a word."""
        return self.of(ROLES, key)

    def drill(self, is_one: bool) -> str:
        """`【演练】` before what is an exercise."""
        return DRILL[self.language] if is_one else ""

    def type(self, key: str) -> str:
        """A type of the contract in a word."""
        return self.of(TYPES, key)

    def became(self, event: Shown) -> str:
        """What became of an event, and why nobody judges it where nobody does."""
        if event.effect in EFFECTS:
            return EFFECTS[event.effect][self._index]
        said = self.fate(event.fate.name)
        if event.marks & Mark.CLOCK_SKEWED:
            said = f"{said} · {self('设备时钟异常', 'clock wrong')}"
        if event.staff is not None and event.resident is None:
            return f"{said} · {self('工作人员，不参与研判', 'staff: not judged')}"
        if event.marks & Mark.UNBOUND and event.resident is None:
            return f"{said} · {self('待认领', 'unbound')}"
        return said

    def hearing(self, found: Hearing, zone: str) -> str:
        """`报送中断：11-26 08:00之后没有新的记录`: which silence it is and since when, or when it was heard."""
        return self(*hearing_in_words(found, lambda at, form: local(at, zone, form)))

    def of_rule(self, name: Text) -> str:
        """A rule by its name."""
        return self(name.zh, name.en or name.zh)

    def tenths(self, value: int | None, unit: str = "") -> str:
        """`97%`, `93.4%`; nothing for what was not measured."""
        return "" if value is None else f"{value / 10:g}{unit}"

    def values(self, event: Shown) -> str:
        """`血氧86% 脉搏70 体温36.6` of one reading."""
        pulse = None if event.pulse_per_min is None else event.pulse_per_min * 10
        named = (
            (self("血氧", "oxygen "), self.tenths(event.spo2_tenths, "%")),
            (self("脉搏", "pulse "), self.tenths(pulse)),
            (self("体温", "temperature "), self.tenths(event.temperature_tenths)),
        )
        return " ".join(name + text for name, text in named if text)

    def mode(self, key: str) -> str:
        """The mode of a region in a word."""
        return self.of(MODES, key)

    def tier(self, tier: str | None) -> str:
        """`■ 红`"""
        return self("未分级", "none") if tier is None else self.of(TIERS, tier)

    def tier_why(self, person: Resident) -> str:
        """Why, and what changed since when: `重点(红)：80岁及以上 … · 01-01 因年龄增长`"""
        why = (person.tier_en if self._index else person.tier_zh) or ""
        if person.tier_cause not in CAUSES or person.tier_since is None:
            return why
        return f"{why} · {local(person.tier_since)[:5]} {self.of(CAUSES, person.tier_cause)}"

    def reason(self, alert: AlertLine) -> str:
        """Why we think so."""
        return alert.reason_en if self._index else alert.reason_zh

    def line(self, alert: AlertLine, now: Millis) -> str:
        """The one plain line: `提醒中 · 张三已接手 · 至08:30暂停`"""
        return plain_line(alert, alert.zone, now, self.language)

    def lasting(self, length: Millis) -> str:
        """How long."""
        return duration(max(0, length))[self._index]

    def when(self, at: Millis, zone: str, now: Millis) -> str:
        """`07:00` of today, `11-28 07:00` of another day: nobody takes tomorrow's for today's."""
        return local(at, zone, "%H:%M" if local(at, zone, "%x") == local(now, zone, "%x") else "%m-%d %H:%M")

    def ago(self, at: Millis, now: Millis) -> str:
        """How long ago."""
        text = duration(max(0, now - at))[self._index]
        return self(f"{text}前", f"{text} ago")


def date_of(day: int) -> str:
    """A day since 1970-01-01 as `2026-11-27`."""
    return to_text(day * DAY)[:10]


def local(at: Millis, zone: str = "Asia/Shanghai", form: str = "%m-%d %H:%M:%S") -> str:
    """A time as the clock on the wall shows it."""
    return to_datetime(at).astimezone(ZoneInfo(zone)).strftime(form)
