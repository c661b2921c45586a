"""The form of a facility report: what was written into it, as an event of the contract. An empty box stays blank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from detectors.profile import Profile
from detectors.times import DAY, Millis, to_text
from store.reports import DifficultyRow


class Box(Struct, frozen=True):
    """A number of the form."""

    name: str
    zh: str
    en: str


NUMBERS: Final = (
    Box("residents", "今日在住老年人", "Residents today"),
    Box("staff_on_duty", "在岗工作人员", "Staff on duty"),
    Box("beds", "床位", "Beds"),
    Box("oximeters_working", "可用血氧仪(台)", "Working oximeters"),
    Box("oxygen_devices_working", "可用吸氧设备(台)", "Working oxygen devices"),
    Box("visitors", "来访人次", "Visitors"),
    Box("visitors_turned_away", "劝返人次", "Visitors turned away"),
)
MEDICINE: Final = (
    Box("antiviral", "抗病毒药还够几天", "Days of antivirals left"),
    Box("antipyretic", "退热药还够几天", "Days of antipyretics left"),
)
OPERATING: Final = (
    ("open", "正常运营", "Open"),
    ("restricted", "限制运营", "Restricted"),
    ("closed", "停业", "Closed"),
)
KINDS: Final = (
    ("oxygen", "吸氧设备", "Oxygen"),
    ("medicine", "药品", "Medicine"),
    ("staff", "人员", "Staff"),
    ("transport", "转运", "Transport"),
    ("testing", "检测", "Testing"),
    ("other", "其他", "Other"),
)
MOST: Final = 1_000_000


class NotANumber(ValueError):
    """A box holds something else than a whole number."""

    def __init__(self, box: Box) -> None:
        super().__init__(box.name)
        self.zh = f"“{box.zh}”请填整数，没有就填 0，不清楚就留空。"
        self.en = f"{box.en}: a whole number, 0 if there is none, empty if nobody knows."


def day_of(now: Millis, zone: str) -> str:
    """Today, as the report says it."""
    return to_text(Profile(zone=zone).day_of(now) * DAY)[:10]


def zero(facility: str, by: str, now: Millis, zone: str) -> dict[str, Any]:
    """The explicit zero (零报告): nothing to report today, in one tap."""
    return _event(facility, by, now, zone) | {"nothing_to_report": True}


def event_of(
    form: Mapping[str, Any], facility: str, by: str, now: Millis, zone: str, known: Sequence[DifficultyRow]
) -> dict[str, Any]:
    """The event; raises NotANumber. `known` are the facility's difficulties so far."""
    event = _event(facility, by, now, zone)
    event |= {box.name: value for box in NUMBERS if (value := _number(form, box)) is not None}
    medicine = {box.name: value for box in MEDICINE if (value := _number(form, box)) is not None}
    if medicine:
        event["medicine"] = medicine
    if form.get("operating") in {name for name, _, _ in OPERATING}:
        event["operating"] = form["operating"]
    difficulties = _difficulties(form, known)
    if difficulties:
        event["difficulties"] = difficulties
    return event


def _event(facility: str, by: str, now: Millis, zone: str) -> dict[str, Any]:
    return {
        "type": "facility_report",
        "facility": facility,
        "observed_at": to_text(now),
        "day": day_of(now, zone),
        "reporter": by[:64],
    }


def _difficulties(form: Mapping[str, Any], known: Sequence[DifficultyRow]) -> list[dict[str, str]]:
    """The open ones, over where that is ticked, and a new one."""
    said = [
        {
            "id": one.id,
            "kind": one.kind,
            "text": one.text,
            "state": "resolved" if f"resolved_{one.id}" in form else "open",
        }
        for one in known
        if one.is_open
    ]
    text = str(form.get("difficulty", "")).strip()[:2_000]
    if text:
        numbers = [int(one.id) for one in known if one.id.isdigit()]
        kind = str(form.get("difficulty_kind", "other"))
        kind = kind if kind in {name for name, _, _ in KINDS} else "other"
        said.append({"id": str(max(numbers, default=0) + 1), "kind": kind, "text": text, "state": "open"})
    return said


def _number(form: Mapping[str, Any], box: Box) -> int | None:
    text = str(form.get(box.name, "")).strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) > MOST:
        raise NotANumber(box)
    return int(text)
