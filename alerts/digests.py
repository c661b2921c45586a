"""Many alerts in one message, each named by its place and code; as many as the channel takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from alerts.channels import Form
from alerts.messages import SEVERITIES, SHAPES, Telling, condition_name
from alerts.notifiers.base import Message
from alerts.templating import Language, render

KINDS: Final = {
    "alarm": ("", ""),
    "all_clear": ("解除", "over"),
    "reminder": ("催办", "reminder"),
    "escalation": ("已升级", "escalated"),
    "silence_ends": ("暂停将到期", "snooze ends"),
    "not_reached": ("未能送达", "not reached"),
    "county_offline": ("整县无报送", "whole county not heard"),
    "county_back": ("整县恢复报送", "county is back"),
    "report_due": ("报告时限将到", "report due soon"),
    "report_late": ("报告已超时", "report overdue"),
    "referral_asked": ("请求接收转诊", "referral asked"),
}
_HEAD_BYTES: Final = 160
"""Counts and the last line, beside the link; a text is measured when it is made, this is only where to begin."""

_Group = tuple[int, str, str]


def fitting(tellings: Sequence[Telling], page: str, form: Form, language: Language, most_bytes: int) -> int:
    """How many of these, from the first, fit in one message; at least one."""
    number = min(len(tellings), _guess(tellings, _HEAD_BYTES + len(page), form, language, most_bytes))
    while number > 1 and len(_text(tellings[:number], page, form, language).encode()) > most_bytes:
        number -= max(1, number // 20)
    return number


def digest_of(key: str, tellings: Sequence[Telling], page: str, form: Form, language: Language) -> Message:
    """One message that names every alert."""
    text = _text(tellings, page, form, language)
    facts: dict[str, object] = {
        "type": "alert.digest",
        "alerts": [{"alert": one.alert_id, "code": one.code, "kind": one.kind} for one in tellings],
    }
    return Message(key, text.splitlines()[0], text, facts, "digest")


def _text(tellings: Sequence[Telling], page: str, form: Form, language: Language) -> str:
    languages: tuple[Language, ...] = ("zh", "en") if form == "both" else (language,)
    return "\n".join(render(f"{one}/digest.txt.j2", _values(tellings, page, one)) for one in languages)


def _values(tellings: Sequence[Telling], page: str, language: Language) -> dict[str, object]:
    groups: dict[_Group, list[str]] = {}
    counts: dict[str, int] = {}
    for one in tellings:
        groups.setdefault((one.severity, one.kind, one.mark(language) + one.name), []).append(_entry(one, language))
        head = one.mark(language) + _head(one.severity, one.kind, language)
        counts[head] = counts.get(head, 0) + 1
    return {
        "number": len(tellings),
        "counts": "，".join(f"{head} {number}" for head, number in counts.items()),
        "groups": [
            {"head": _head(severity, kind, language), "facility": name, "entries": entries}
            for (severity, kind, name), entries in groups.items()
        ],
        "link": page,
    }


def _head(severity: int, kind: str, language: Language) -> str:
    index = 0 if language == "zh" else 1
    word = SEVERITIES[severity][index].split("(")[0]
    said = KINDS[kind][index]
    return f"{SHAPES[severity]}{word}" + (f"·{said}" if said else "")


def _entry(one: Telling, language: Language) -> str:
    return f"{one.where(language)} {one.code} {condition_name(one.condition, language)}"


def _guess(tellings: Sequence[Telling], used: int, form: Form, language: Language, most_bytes: int) -> int:
    languages: tuple[Language, ...] = ("zh", "en") if form == "both" else (language,)
    used *= len(languages)
    heads: set[_Group] = set()
    for number, one in enumerate(tellings):
        group = (one.severity, one.kind, one.name)
        for each in languages:
            used += len(_entry(one, each).encode()) + 3
            if group not in heads:
                used += len(f"\n{_head(one.severity, one.kind, each)}　{one.mark(each)}{one.name}：".encode())
        heads.add(group)
        if used > most_bytes:
            return max(1, number)
    return len(tellings)
