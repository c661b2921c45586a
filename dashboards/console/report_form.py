"""The form of a facility report: what was written into it, as an event of the contract. An empty box stays blank.

What is odd is asked about once more; the last report of a day counts, so nothing may be wiped out unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from dashboards.console.forms import Wrong, ask_twice, text
from dashboards.console.words import date_of, local
from detectors.profile import Profile
from detectors.times import Millis, to_text
from store.reports import DifficultyRow, OnRecord, Report


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
MOST: Final = 10_000
"""More than that is a slip of the finger in any home. Ours."""
CHANGE: Final = 0.2
"""More residents come or go between two reports than this share, and than ten, is asked about once more. Ours."""


class Sheet(Struct, frozen=True):
    """Which report somebody is writing: of which facility and day, by whom, and what was there when it is taken."""

    facility: str
    by: str
    now: Millis
    zone: str
    day: int  # since 1970-01-01, local; today or yesterday
    sent: Report | None = None  # the last report of that day so far
    before: Report | None = None  # of an earlier day

    @property
    def is_todays(self) -> bool:
        """It is of the day that it is now."""
        return self.day == today(self.now, self.zone)


def today(now: Millis, zone: str) -> int:
    """The local day."""
    return Profile(zone=zone).day_of(now)


def day_asked(given: str, now: Millis, zone: str) -> int:
    """The day of a form: today, or yesterday for who is late; raises Wrong for any other."""
    last = today(now, zone)
    if not given or given == date_of(last):
        return last
    if given == date_of(last - 1):
        return last - 1
    raise Wrong(
        f"这是{given[:10]}的日报，只能报今天或昨天的。下面已改为今天，请核对后再报送。",
        f"This was the report of {given[:10]}; only today's and yesterday's are taken. Look again: below is today's.",
    )


def zero(sheet: Sheet, form: Mapping[str, Any], known: Sequence[DifficultyRow], found: OnRecord) -> dict[str, Any]:
    """The explicit zero (零报告): nothing to report, in one tap.

    Raises Wrong where a report or a difficulty says otherwise, and Odd while `found` speaks against it unconfirmed.
    """
    if sheet.sent is not None and not sheet.sent.said.nothing_to_report:
        raise Wrong(
            "当天已报过日报，零报告会盖掉已报的数字，没有接收。要改请打开“更正”。",
            "A report of that day is there and a zero would wipe out its numbers: not taken. Correct it in the form.",
        )
    if any(one.is_open for one in known):
        raise Wrong(
            "还有没解决的困难，不能报零报告：请填写下表，已解决的请打勾。",
            "A difficulty is open, so there is something to report: fill in the form, and tick what is solved.",
        )
    ask_twice(form, against_zero(found))
    return _event(sheet) | {"nothing_to_report": True}


def against_zero(found: OnRecord) -> list[tuple[str, str]]:
    """What speaks against a zero, each in both languages."""
    said = []
    if found.positives:
        said.append((f"当天检测阳性{found.positives}人", f"{found.positives} tested positive that day"))
    if found.urgent:
        said.append((f"当天出现特急、紧急预警{found.urgent}条", f"{found.urgent} alerts P1 or P2 arose that day"))
    return said


def event_of(form: Mapping[str, Any], sheet: Sheet, known: Sequence[DifficultyRow]) -> dict[str, Any]:
    """The event; raises Wrong, and Odd until it is confirmed. `known` are the facility's difficulties so far."""
    event = _event(sheet)
    values = {box.name: value for box in NUMBERS if (value := _number(form, box)) is not None}
    medicine = {box.name: value for box in MEDICINE if (value := _number(form, box)) is not None}
    fields: dict[str, Any] = dict(values)
    if medicine:
        fields["medicine"] = medicine
    if form.get("operating") in {name for name, _, _ in OPERATING}:
        fields["operating"] = form["operating"]
    difficulties = _difficulties(form, known)
    if difficulties:
        fields["difficulties"] = difficulties
    if not fields:
        raise Wrong(
            "什么都没有填，没有接收：请至少填一项；确实没有情况请用“一键零报告”。",
            "Nothing was written, so nothing was taken: fill in one box at least, or send the explicit zero.",
        )
    ask_twice(form, _odd(values, form, sheet))
    return event | fields


def seen_of(sent: Report | None) -> str:
    """What the form keeps of the report that was there when it was opened."""
    return "" if sent is None else str(sent.observed_at)


def _odd(values: Mapping[str, int], form: Mapping[str, Any], sheet: Sheet) -> list[tuple[str, str]]:
    found = []
    residents, beds, staff = (values.get(name) for name in ("residents", "beds", "staff_on_duty"))
    if residents is not None and beds is not None and residents > beds:
        found.append((f"在住{residents}人，多于床位{beds}张", f"{residents} residents, more than {beds} beds"))
    if staff is not None and beds is not None and staff > beds:
        found.append((f"在岗{staff}人，多于床位{beds}张", f"{staff} on duty, more than {beds} beds"))
    last = sheet.before.said.residents if sheet.before is not None else None
    if residents is not None and last is not None and abs(residents - last) > max(10, CHANGE * last):
        found.append((f"在住{residents}人，上次{last}人", f"{residents} residents, {last} last time"))
    sent = sheet.sent
    if sent is not None and "seen" in form and form["seen"] != seen_of(sent):
        at, who = local(sent.observed_at, sheet.zone, "%H:%M"), sent.reporter or ""
        found.append(
            (
                f"您填写期间，{at} {who}已报过这一天的日报：再报将以您这份为准",
                f"meanwhile {who} sent a report of that day at {at}: yours would count instead",
            )
        )
    return found


def _event(sheet: Sheet) -> dict[str, Any]:
    return {
        "type": "facility_report",
        "facility": sheet.facility,
        "observed_at": to_text(sheet.now),
        "day": date_of(sheet.day),
        "reporter": sheet.by[:64],
    }


def _difficulties(form: Mapping[str, Any], known: Sequence[DifficultyRow]) -> list[dict[str, str]]:
    """The open ones, over where that is ticked, and a new one.

    The new one is named after the form, not counted on: two people who write at once each keep theirs.
    """
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
    words = text(form, "difficulty", 2_000)
    if words is not None:
        kind = str(form.get("difficulty_kind", "other"))
        kind = kind if kind in {name for name, _, _ in KINDS} else "other"
        said.append({"id": _id(form), "kind": kind, "text": words, "state": "open"})
    return said


def _id(form: Mapping[str, Any]) -> str:
    try:
        return UUID(str(form.get("id", ""))).hex[:12]
    except ValueError as error:
        raise Wrong("页面已过期，请重新打开日报页面。", "This form is out of date: open it anew.") from error


def _number(form: Mapping[str, Any], box: Box) -> int | None:
    given = text(form, box.name, 24)
    if given is None:
        return None
    if not given.isdecimal() or int(given) > MOST:
        raise Wrong(
            f"“{box.zh}”请填0到{MOST}之间的整数，没有就填 0，不清楚就留空。",
            f"{box.en}: a whole number up to {MOST}, 0 if there is none, empty if nobody knows.",
        )
    return int(given)
