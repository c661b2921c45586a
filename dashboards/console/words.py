"""Words of the page in Chinese and English; severity is told by word and shape, never by colour alone."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import CONDITIONS, SEVERITIES, SHAPES, duration
from detectors.times import Millis, to_datetime
from store.console import AlertLine

SIGNALS: Final = {
    "on": ("提醒中", "signal on"),
    "latched": ("已恢复·待查看", "over, nobody has looked"),
    "acknowledged": ("已知悉", "acknowledged"),
    "off": ("已停止提醒", "signal off"),
}
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
}
STATUSES: Final = {
    "due": ("待发送", "waiting"),
    "sending": ("发送中", "being sent"),
    "sent": ("已发送", "sent"),
    "failed": ("发送失败", "failed"),
    "not_told": ("未通知", "not told"),
}
FATES: Final = {
    "stored": ("已入库", "stored"),
    "held": ("待复测", "held"),
    "quarantined": ("留存·不参与研判", "quarantined"),
    "late": ("补传", "late"),
    "out_of_window": ("超出时限", "out of window"),
    "rejected": ("未接收(请更正)", "rejected"),
    "not_yet_understood": ("待升级后识别", "not yet understood"),
}


class Words:
    """Words in one language."""

    def __init__(self, language: str) -> None:
        self.language = "en" if language == "en" else "zh"
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

    def signal(self, key: str) -> str:
        """The signal in a word."""
        return self.of(SIGNALS, key)

    def kind(self, key: str) -> str:
        """A transition in a word."""
        return self.of(KINDS, key)

    def status(self, key: str) -> str:
        """A delivery in a word."""
        return self.of(STATUSES, key)

    def fate(self, key: str) -> str:
        """What became of an event."""
        return self.of(FATES, key)

    def reason(self, alert: AlertLine) -> str:
        """Why we think so."""
        return alert.reason_en if self._index else alert.reason_zh

    def line(self, alert: AlertLine) -> str:
        """The one plain line: `提醒中 · 张三已知悉`"""
        said = self.signal(alert.signal)
        if alert.acknowledged_by:
            return f"{said} · {alert.acknowledged_by}{self('已知悉', ' has seen it')}"
        return said

    def ago(self, at: Millis, now: Millis) -> str:
        """How long ago."""
        text = duration(max(0, now - at))[self._index]
        return self(f"{text}前", f"{text} ago")


def local(at: Millis, zone: str = "Asia/Shanghai") -> str:
    """A time as the clock on the wall shows it."""
    return to_datetime(at).astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M:%S")
