"""What was seen, in the words of people and of the wire contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from detectors.detector import printed
from detectors.observations import (
    Case,
    CheckIn,
    Contact,
    Element,
    Equipment,
    Reading,
    SoftSign,
    Symptom,
    TestResult,
    Visit,
)
from detectors.times import to_text

TESTS_ZH: Final = {"antigen": "抗原", "pcr": "核酸"}
CONSCIOUSNESS_ZH: Final = {
    "A": "清醒",
    "C": "新发意识模糊",
    "V": "对声音有反应",
    "P": "对疼痛有反应",
    "U": "无反应",
}
SYMPTOMS_ZH: Final[dict[Symptom, str]] = {
    "fever": "发热",
    "cough": "咳嗽",
    "dyspnoea": "气促",
    "sore_throat": "咽痛",
    "runny_nose": "流涕",
    "muscle_pain": "肌肉酸痛",
    "fatigue": "乏力",
    "diarrhoea": "腹泻",
    "vomiting": "呕吐",
    "loss_of_taste_or_smell": "嗅(味)觉减退",
    "chest_pain": "胸痛",
    "headache": "头痛",
}
SIGNS_ZH: Final[dict[SoftSign, str]] = {
    "more_tired": "比平时疲倦",
    "withdrawn": "不愿理人",
    "restless": "烦躁不安",
    "unsteady": "步态不稳",
    "distressed": "痛苦不安",
    "new_confusion": "新发意识模糊",
    "eating_less": "进食减少",
    "drinking_less": "饮水减少",
    "falls": "跌倒",
    "other": "其他异常",
}
_CONTACTS: Final = {
    "fresh": ("有报送", "heard"),
    "backlog": ("有补传", "late reports"),
    "misdated": ("记录时间异常", "wrong times"),
}
_OUTCOMES_ZH: Final = {
    "seen_ok": "已探访，情况平稳",
    "seen_not_ok": "已探访，情况不好",
    "not_found": "探访未遇",
    "refused": "拒绝探访",
}


def measured_zh(element: Element) -> str:
    if isinstance(element, TestResult):
        return f"{TESTS_ZH[element.test]}{'阳性' if element.result == 'positive' else '阴性'}"
    if isinstance(element, CheckIn):
        return _said(element, SYMPTOMS_ZH, SIGNS_ZH, "、") or "每日报告"
    if isinstance(element, Visit):
        return _OUTCOMES_ZH[element.outcome]
    if not isinstance(element, Reading):
        return _heard_zh(element)
    parts = []
    if element.spo2_tenths is not None:
        parts.append(f"血氧{printed(element.spo2_tenths)}%{'(吸氧)' if element.on_oxygen else ''}")
    if element.pulse_per_min is not None:
        parts.append(f"脉搏{element.pulse_per_min}次/分")
    if element.respirations_per_min is not None:
        parts.append(f"呼吸{element.respirations_per_min}次/分")
    if element.temperature_tenths is not None:
        parts.append(f"体温{printed(element.temperature_tenths)}°C")
    if element.systolic_mmhg is not None:
        parts.append(f"收缩压{element.systolic_mmhg}mmHg")
    if element.consciousness is not None:
        parts.append(CONSCIOUSNESS_ZH[element.consciousness])
    return " ".join(parts) or "没有数值"


def measured_en(element: Element) -> str:
    if isinstance(element, TestResult):
        return f"{element.test} {element.result}"
    if isinstance(element, CheckIn):
        return _said(element, {}, {}, ", ") or "check-in"
    if isinstance(element, Visit):
        return f"visit: {element.outcome.replace('_', ' ')}"
    if not isinstance(element, Reading):
        return _heard_en(element)
    parts = []
    if element.spo2_tenths is not None:
        parts.append(f"SpO2 {printed(element.spo2_tenths)} %{' on oxygen' if element.on_oxygen else ''}")
    if element.pulse_per_min is not None:
        parts.append(f"pulse {element.pulse_per_min}/min")
    if element.respirations_per_min is not None:
        parts.append(f"respirations {element.respirations_per_min}/min")
    if element.temperature_tenths is not None:
        parts.append(f"temperature {printed(element.temperature_tenths)} C")
    if element.systolic_mmhg is not None:
        parts.append(f"systolic {element.systolic_mmhg} mmHg")
    if element.consciousness is not None:
        parts.append(f"consciousness {element.consciousness}")
    return " ".join(parts) or "no value"


def _heard_zh(element: Element) -> str:
    """What was heard of a place."""
    if isinstance(element, Case):
        kind, _, who = element.person.partition(":")
        return f"{'工作人员' if kind == 'staff' else ''}{who}{_sign_zh(element)}"
    if isinstance(element, Contact):
        return _CONTACTS[element.id][0]
    if isinstance(element, Equipment):
        return _numbers(element, "可用血氧仪{}台", "可用吸氧设备{}台", "、")
    return "已上报"


def _heard_en(element: Element) -> str:
    """The same in English."""
    if isinstance(element, Case):
        kind, _, who = element.person.partition(":")
        sign = f"{element.said[0]} positive" if element.sign == "positive" else " and ".join(element.said)
        return f"{'staff ' if kind == 'staff' else ''}{who} {sign.replace('_', ' ')}"
    if isinstance(element, Contact):
        return _CONTACTS[element.id][1]
    if isinstance(element, Equipment):
        return _numbers(element, "working oximeters: {}", "working oxygen devices: {}", ", ")
    return "reported"


def _numbers(said: Equipment, oximeters: str, oxygen_devices: str, comma: str) -> str:
    given = ((oximeters, said.oximeters), (oxygen_devices, said.oxygen_devices))
    return comma.join(words.format(number) for words, number in given if number is not None)


def _sign_zh(case: Case) -> str:
    if case.sign == "positive":
        return f"{TESTS_ZH[case.said[0]]}阳性"
    return "、".join(SYMPTOMS_ZH[symptom] for symptom in get_args(Symptom) if symptom in case.said)


def _said(check_in: CheckIn, symptoms: Mapping[Symptom, str], signs: Mapping[SoftSign, str], comma: str) -> str:
    """Symptoms and soft signs, in the given words or those of the wire."""
    words = [symptoms.get(one, one.replace("_", " ")) for one in check_in.symptoms or ()]
    words += [signs.get(one, one.replace("_", " ")) for one in check_in.soft_signs or ()]
    return comma.join(words)


def evidence_as_json(element: Element) -> dict[str, object]:
    """One piece of evidence under the names of the wire contract."""
    shown: dict[str, object] = {"event_id": element.id, "observed_at": to_text(element.at)}
    if isinstance(element, TestResult):
        return {**shown, "test": element.test, "pathogen": element.pathogen, "result": element.result}
    if isinstance(element, Visit):
        return {**shown, "kind": element.kind, "outcome": element.outcome}
    if isinstance(element, CheckIn):
        said = {"presence": element.presence, "symptoms": element.symptoms, "soft_signs": element.soft_signs}
        return shown | {name: value for name, value in said.items() if value is not None}
    if isinstance(element, Case):
        return shown | _case_as_json(element)
    if isinstance(element, Contact):
        return {"contact": element.id, "hour": to_text(element.at)}
    if isinstance(element, Equipment):
        numbers = {"oximeters_working": element.oximeters, "oxygen_devices_working": element.oxygen_devices}
        return shown | {name: value for name, value in numbers.items() if value is not None}
    if not isinstance(element, Reading):
        return shown
    values: dict[str, object] = {
        "spo2_percent": None if element.spo2_tenths is None else element.spo2_tenths / 10,
        "pulse_per_min": element.pulse_per_min,
        "respirations_per_min": element.respirations_per_min,
        "temperature_celsius": None if element.temperature_tenths is None else element.temperature_tenths / 10,
        "temperature_site": element.temperature_site,
        "systolic_mmhg": element.systolic_mmhg,
        "consciousness": element.consciousness,
        "on_oxygen": element.on_oxygen,
    }
    return shown | {name: value for name, value in values.items() if value is not None}


def _case_as_json(case: Case) -> dict[str, object]:
    kind, _, who = case.person.partition(":")
    whose = {kind: who} if case.unit is None else {kind: who, "unit": case.unit}
    if case.sign == "symptoms":
        return {**whose, "symptoms": case.said}
    return {**whose, "test": case.said[0], "pathogen": case.said[1], "result": "positive"}
