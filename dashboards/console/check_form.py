"""A check written down by hand, as events of the contract. An empty box was not measured; an odd value is asked about.

The form carries the id and the time of what it will be: sent twice it is one check, as from an offline telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args
from uuid import UUID, uuid5

from msgspec import Struct

from alerts.evidence import CONSCIOUSNESS_ZH, SIGNS_ZH, SYMPTOMS_ZH
from dashboards.console.forms import Wrong, ask_twice, moment, text
from detectors.observations import Consciousness, Presence, Site
from detectors.times import MINUTE, Millis, to_text
from ingest.identity import canonical_id
from ingest.quality import VERY_LOW_PULSE, VERY_LOW_SPO2_TENTHS
from ingest.sentences import Refused


class Box(Struct, frozen=True):
    """A number of the form: what the contract takes, and what somebody must look at twice."""

    name: str
    zh: str
    en: str
    unit: str
    least: float
    most: float
    odd_below: float
    odd_above: float
    decimals: int = 0


BOXES: Final = (
    # A monitor is accurate from 70 % on (domain.md 1.10); 100 % is the most there is.
    Box("spo2_percent", "血氧", "Oxygen saturation", "%", 0, 100, VERY_LOW_SPO2_TENTHS / 10, 100, 1),
    Box("pulse_per_min", "脉搏", "Pulse", "/min", 0, 300, VERY_LOW_PULSE, 200),
    Box("temperature_celsius", "体温", "Temperature", "°C", 30, 43, 34, 42, 1),
    Box("respirations_per_min", "呼吸", "Respirations", "/min", 4, 70, 6, 45),
    Box("systolic_mmhg", "收缩压(高压)", "Systolic pressure", "mmHg", 30, 300, 60, 250),
    Box("diastolic_mmhg", "舒张压(低压)", "Diastolic pressure", "mmHg", 10, 200, 30, 140),
    Box("oxygen_l_per_min", "氧流量", "Oxygen flow", "L/min", 0, 100, 0, 15, 1),
)
"""Least and most are the contract's; without a source, odd is own choice: a slip of a digit, rarely an illness."""
FALL_PERCENT: Final = 8
"""So much below the reading before is odd too (domain.md 1.10; the rule of readings that must be repeated)."""

SITES: Final[dict[Site, tuple[str, str]]] = {
    "axillary": ("腋下", "armpit"),
    "forehead": ("额温", "forehead"),
    "ear": ("耳温", "ear"),
    "oral": ("口温", "mouth"),
    "rectal": ("肛温", "rectal"),
}
PRESENCES: Final[dict[Presence, tuple[str, str]]] = {
    "in": ("在机构", "in the home"),
    "hospital": ("住院", "in hospital"),
    "away": ("外出", "out"),
    "on_leave": ("请假", "on leave"),
    "discharged": ("已退住", "moved out"),
    "transferred": ("已转机构", "moved to another home"),
    "died": ("已故", "died"),
    "refused": ("拒绝检查", "refuses to be checked"),
}
CONSCIOUSNESS: Final[dict[Consciousness, tuple[str, str]]] = {
    "A": (CONSCIOUSNESS_ZH["A"], "alert"),
    "C": (CONSCIOUSNESS_ZH["C"], "newly confused"),
    "V": (CONSCIOUSNESS_ZH["V"], "answers to voice"),
    "P": (CONSCIOUSNESS_ZH["P"], "answers to pain"),
    "U": (CONSCIOUSNESS_ZH["U"], "does not answer"),
}
SYMPTOMS: Final = {name: (zh, name.replace("_", " ")) for name, zh in SYMPTOMS_ZH.items()}
SIGNS: Final = {name: (zh, name.replace("_", " ")) for name, zh in SIGNS_ZH.items()}


class Scene(Struct, frozen=True):
    """Where and by whom something is written down."""

    facility: str
    by: str
    zone: str
    now: Millis


def events_of(form: Mapping[str, Any], scene: Scene, before_percent: float | None) -> list[dict[str, Any]]:
    """A reading, a check-in, or both; raises Wrong, and Odd until the values are confirmed.

    `before_percent` is the saturation of the reading before.
    """
    resident = text(form, "resident", 64)
    if resident is None:
        raise Wrong("请选择老人。", "Choose the resident.")
    said = {
        "facility": scene.facility,
        "resident": resident,
        "observed_at": to_text((moment(form, "at", scene.zone, scene.now) or scene.now) // MINUTE * MINUTE),
        "reporter": scene.by[:64],
    }
    number = _id(form)
    values = {box.name: value for box in BOXES if (value := _number(form, box)) is not None}
    made = [
        {"type": kind, "event_id": str(own), **said, **fields}
        for kind, own, fields in (
            ("reading", number, _reading(form, values)),
            ("check_in", uuid5(number, "check_in"), _check_in(form)),
        )
        if fields
    ]
    if not made:
        raise Wrong(
            "请至少填写一项测量，或说明老人在哪里。", "Write down one value at least, or where the resident is."
        )
    _look_twice(form, values, before_percent)
    return made


def _reading(form: Mapping[str, Any], values: dict[str, float]) -> dict[str, Any]:
    """Its own fields; empty when nothing was measured: what stands beside a value is no value."""
    found: dict[str, Any] = {name: value for name, value in values.items() if name != "oxygen_l_per_min"}
    if (mind := _chosen(form, "consciousness", get_args(Consciousness))) is not None:
        found["consciousness"] = mind
    if not found:
        return {}
    if "oxygen_l_per_min" in values:
        found["oxygen_l_per_min"] = values["oxygen_l_per_min"]
    oxygen = _chosen(form, "on_oxygen", ("yes", "no"))
    if oxygen is not None or values.get("oxygen_l_per_min"):
        found["on_oxygen"] = oxygen == "yes" or bool(values.get("oxygen_l_per_min"))
    site = _chosen(form, "temperature_site", get_args(Site))
    if site is not None and "temperature_celsius" in found:
        found["temperature_site"] = site
    if (activity := _chosen(form, "activity", ("rest", "after_slight_activity"))) is not None:
        found["activity"] = activity
    return found | {"source": "manual"}


def _check_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """Where the resident is and what somebody saw; empty when neither was said."""
    presence = _chosen(form, "presence", get_args(Presence))
    symptoms = [name for name in SYMPTOMS if f"symptom_{name}" in form]
    signs = [name for name in SIGNS if f"sign_{name}" in form]
    if symptoms or signs or "nothing" in form:
        return {"presence": presence or "in", "symptoms": symptoms, "soft_signs": signs}
    return {} if presence is None else {"presence": presence}


def _look_twice(form: Mapping[str, Any], values: dict[str, float], before_percent: float | None) -> None:
    found = [
        (f"{box.zh} {values[box.name]:g}{box.unit}", f"{box.en} {values[box.name]:g} {box.unit}")
        for box in BOXES
        if box.name in values and not box.odd_below <= values[box.name] <= box.odd_above
    ]
    spo2 = values.get("spo2_percent")
    if spo2 is not None and before_percent is not None and before_percent - spo2 >= FALL_PERCENT:
        found.append((f"血氧 {spo2:g}%，上次 {before_percent:g}%", f"oxygen {spo2:g} %, {before_percent:g} % before"))
    high, low = values.get("systolic_mmhg"), values.get("diastolic_mmhg")
    if high is not None and low is not None and low >= high:
        found.append((f"低压 {low:g} 不低于高压 {high:g}", f"diastolic {low:g} is not below systolic {high:g}"))
    ask_twice(form, found)


def _id(form: Mapping[str, Any]) -> UUID:
    try:
        return UUID(canonical_id(str(form.get("id", ""))))
    except Refused as refused:
        raise Wrong("页面已过期，请重新打开录入页面。", "This form is out of date: open it anew.") from refused


def _chosen(form: Mapping[str, Any], name: str, words: tuple[str, ...]) -> str | None:
    return next((word for word in words if word == form.get(name)), None)


def _number(form: Mapping[str, Any], box: Box) -> float | None:
    given = text(form, box.name, 12)
    if given is None:
        return None
    try:
        value = float(given.replace("，", ".").replace(",", "."))
    except ValueError:
        value = float("nan")
    if not box.least <= value <= box.most or round(value, box.decimals) != value:
        what = (
            (f"{box.least:g}到{box.most:g}", "，最多一位小数")
            if box.decimals
            else (f"{box.least:g}到{box.most:g}", "，整数")
        )
        kind = ", one decimal at most" if box.decimals else ", a whole number"
        raise Wrong(
            f"“{box.zh}”请填{what[0]}之间的数{what[1]}；没有测就留空。",
            f"{box.en}: from {box.least:g} to {box.most:g}{kind}; empty if it was not measured.",
        )
    return value if box.decimals else int(value)
