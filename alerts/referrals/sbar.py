"""What one doctor tells another: SBAR (situation, background, assessment, request), from evidence.

Nothing is invented: what nobody entered reads 不详 / not known, and every value has its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerts.intervening import WORDS as DONE
from alerts.messages import CONDITIONS as CONDITION_NAMES
from alerts.messages import SEVERITIES, condition_name
from alerts.referrals.course import Referral
from alerts.referrals.words import STEPS, UNKNOWN, VACCINATIONS, conditions
from alerts.templating import Language, render
from detectors.detector import printed
from detectors.times import Millis, to_datetime
from store.interventions import Intervention
from store.patients import Patient, Vitals

SHOWN: Final = 3
"""Readings, the newest first: a trend, and short enough to be read aloud."""

_CONSCIOUSNESS: Final = {1: "A", 2: "C", 3: "V", 4: "P", 5: "U"}


class Finding(Struct, frozen=True):
    """An alert that stands, as far as the text needs it."""

    condition: str
    severity: int
    rule: str
    reason_zh: str
    reason_en: str
    opened_at: Millis


class Handover(Struct, frozen=True):
    """Everything the text rests on."""

    patient: Patient
    referral: Referral
    vitals: Sequence[Vitals]  # in order
    findings: Sequence[Finding]  # the worst first
    interventions: Sequence[Intervention]  # in order
    hospital_name: str = ""


def sbar(given: Handover, language: Language) -> str:
    """The text in one language."""
    index = 0 if language == "zh" else 1
    who, clock = given.patient, Clock(given.patient.zone)
    values = {
        "facility": who.facility_name,
        "place": " ".join(part for part in (who.unit, who.bed) if part) or UNKNOWN[index],
        "resident": who.resident,
        "code": given.referral.code,
        "situation": _situation(given, clock, index),
        "latest": [f"{clock(one.at)} {measured(one, index)}" for one in reversed(given.vitals[-SHOWN:])],
        "person": _person(who, clock, given, index),
        "conditions": conditions(who.conditions, index) + _stability(who, index),
        "medicines": who.medicines or UNKNOWN[index],
        "allergies": who.allergies or UNKNOWN[index],
        "usual_spo2": _tenths(who.usual_spo2_tenths, "%", index),
        "usual_pulse": UNKNOWN[index] if who.usual_pulse is None else str(who.usual_pulse),
        "usual_temperature": _tenths(who.usual_temperature_tenths, "°C", index),
        "scale": who.spo2_scale,
        "assessment": _assessment(given, index),
        "oxygen": oxygen_given(given.vitals, given.interventions, clock, index),
        "interventions": _interventions(given.interventions, clock, index),
        "request": _request(given, index),
        "phones": " / ".join(who.phones.replace(";", " ").split()) or UNKNOWN[index],
    }
    return render(f"{language}/sbar.txt.j2", values)


def measured(one: Vitals, index: int) -> str:
    """One reading in a line: `血氧86% 脉搏110次/分 呼吸28次/分 体温38.6°C 血压150/80mmHg 意识A 吸氧2L/分`."""
    blood = None if one.systolic_mmhg is None else f"{one.systolic_mmhg}"
    if blood is not None and one.diastolic_mmhg is not None:
        blood = f"{blood}/{one.diastolic_mmhg}"
    flow = "" if one.oxygen_l_per_min is None else f" {one.oxygen_l_per_min:g}L/{('分', 'min')[index]}"
    oxygen = ""
    if one.on_oxygen is not None:
        oxygen = (("未吸氧", "on room air"), ("吸氧", "on oxygen"))[one.on_oxygen][index] + flow * one.on_oxygen
    spo2 = None if one.spo2_tenths is None else printed(one.spo2_tenths)
    heat = None if one.temperature_tenths is None else printed(one.temperature_tenths)
    mind = None if one.consciousness is None else _CONSCIOUSNESS[one.consciousness]
    parts = (
        (spo2, "血氧{}%", "SpO2 {} %"),
        (one.pulse_per_min, "脉搏{}次/分", "pulse {}/min"),
        (one.respirations_per_min, "呼吸{}次/分", "respirations {}/min"),
        (heat, "体温{}°C", "temperature {} °C"),
        (blood, "血压{}mmHg", "blood pressure {} mmHg"),
        (mind, "意识{}", "consciousness {}"),
        (oxygen or None, "{}", "{}"),
    )
    return (" ", ", ")[index].join((zh, en)[index].format(value) for value, zh, en in parts if value is not None) or (
        "没有数值",
        "no value",
    )[index]


def oxygen_given(vitals: Sequence[Vitals], done: Sequence[Intervention], clock: Clock, index: int) -> str:
    """Whether oxygen is given, how much and since when we know it."""
    last = next((one for one in reversed(vitals) if one.on_oxygen is not None), None)
    given = next((one for one in reversed(done) if one.kind == "oxygen"), None)
    if given is not None and (last is None or given.at >= last.at):
        detail = f" {given.detail}" if given.detail else ""
        return (f"{clock(given.at)} 起吸氧{detail}", f"given since {clock(given.at)}{detail}")[index]
    if last is None:
        return UNKNOWN[index]
    if not last.on_oxygen:
        return (f"未吸氧（{clock(last.at)}）", f"none ({clock(last.at)})")[index]
    flow = "" if last.oxygen_l_per_min is None else f" {last.oxygen_l_per_min:g} L/min"
    return (f"吸氧{flow}（{clock(last.at)}）", f"on oxygen{flow} ({clock(last.at)})")[index]


def _situation(given: Handover, clock: Clock, index: int) -> str:
    if not given.findings:
        return ("人工发起转诊，无在案预警。", "Referred by hand; no alert stands.")[index]
    worst = given.findings[0]
    since = clock(worst.opened_at)
    if index == 0:
        return f"{condition_name(worst.condition, 'zh')}，自 {since} 起。{worst.reason_zh}"
    return f"{condition_name(worst.condition, 'en')} since {since}. {worst.reason_en}"


def _person(who: Patient, clock: Clock, given: Handover, index: int) -> str:
    year = int(clock.year(given.referral.began))
    age = None if who.birth_year is None else year - who.birth_year
    aged = UNKNOWN[index] if age is None else (f"{age}岁", f"{age} years")[index]
    doses = VACCINATIONS.get(who.vaccination or "", UNKNOWN)[index]
    return (f"年龄{aged}，疫苗{doses}", f"age {aged}, vaccination: {doses}")[index]


def _stability(who: Patient, index: int) -> str:
    if not who.conditions or who.conditions_stable is None:
        return ""
    return (("（不稳定）", " (unstable)"), ("（稳定）", " (stable)"))[who.conditions_stable][index]


def _assessment(given: Handover, index: int) -> str:
    if not given.findings:
        return UNKNOWN[index]
    names = []
    for one in given.findings:
        name = CONDITION_NAMES.get(one.condition, (one.condition, one.condition))[index]
        names.append(f"{name} {SEVERITIES[one.severity][index]} ({one.rule})")
    return ("；", "; ")[index].join(names)


def _interventions(done: Sequence[Intervention], clock: Clock, index: int) -> str:
    told = []
    for one in done:
        detail = f" {one.detail}" if one.detail else ""
        told.append(f"{clock(one.at)} {DONE[one.kind][index]}{detail} ({one.actor})")
    return ("；", "; ")[index].join(told) or ("未登记", "nothing recorded")[index]


def _request(given: Handover, index: int) -> str:
    hospital = given.hospital_name or given.referral.hospital or ""
    stage = STEPS[given.referral.stage][index]
    if index == 0:
        return f"请{hospital or '医院'}评估接收，并告知床位和到院方式（目前：{stage}）。"
    return f"{hospital or 'Hospital'}: please assess and take the resident; say which bed, and how to come ({stage})."


def _tenths(value: int | None, unit: str, index: int) -> str:
    return UNKNOWN[index] if value is None else f"{printed(value)}{unit}"


class Clock:
    """Times as the clock on the home's wall shows them."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def __call__(self, at: Millis) -> str:
        return self._local(at).strftime("%m-%d %H:%M")

    def year(self, at: Millis) -> str:
        return self._local(at).strftime("%Y")

    def _local(self, at: Millis) -> datetime:
        return to_datetime(at).astimezone(self._zone)
