"""Every alert explains itself: the sentence of a change, in Chinese and English, and its evidence."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from alerts.reconcile import Transition
from detectors.detector import Severity, printed
from detectors.fold import ENDINGS, Change
from detectors.observations import Element, Reading, TestResult
from detectors.rules import Text
from detectors.schedule import Rules, Schedule, scheduled
from detectors.times import to_text

_SITES_ZH: Final = {"axillary": "腋温", "oral": "口温", "rectal": "肛温", "ear": "耳温", "forehead": "额温"}
_TESTS_ZH: Final = {"antigen": "抗原", "pcr": "核酸"}
WORDS_ZH: Final = {"site": _SITES_ZH, "test": _TESTS_ZH}
"""Facts that a Chinese sentence mentions by their Chinese word, as {site_zh}."""
_CONSCIOUSNESS_ZH: Final = {
    "A": "清醒",
    "C": "新发意识模糊",
    "V": "对声音有反应",
    "P": "对疼痛有反应",
    "U": "无反应",
}


class Explanation(Struct, frozen=True):
    """Which rule, in which version, why, on what."""

    rule: str
    rule_version: str
    severity: Severity
    reason: Text
    evidence: tuple[Element, ...]


def explain(transition: Transition, rules: Rules) -> Explanation:
    """The explanation of a transition under the rules it was judged by."""
    spoken, known = _speaking(transition), scheduled(rules)
    rule = known.rule(spoken.rule, spoken.key[0])
    severity = transition.episode.worst if transition.kind == "withdrawn" else transition.episode.severity
    return Explanation(rule.id, rule.version, severity, _sentence(transition, spoken, known), spoken.evidence)


def _speaking(transition: Transition) -> Change:
    """The change itself; where its rule fell silent and others stand, the last that spoke for the worst of these."""
    change = transition.change
    if transition.kind in ("cleared", "lapsed"):
        return transition.episode.trail[-1]
    if not change.standing or change.because not in ENDINGS:
        return change
    worst = {rule for rule, severity in change.standing if severity == change.severity}
    for one in reversed(transition.episode.trail):
        if one.key <= change.key and one.rule in worst and one.because not in ENDINGS:
            return one
    return structs.replace(change, rule=min(worst))


def _sentence(transition: Transition, change: Change, rules: Schedule) -> Text:
    rule, texts = rules.rule(change.rule, change.key[0]), rules.at(change.key[0]).rules.texts
    zh, en = facts_of(change)
    text = texts.get("retired" if transition.kind == "lapsed" and change.because == "retired" else transition.kind)
    if text is None:
        has_eased = transition.kind == "eased" and change is not transition.change
        text = texts["still"] if has_eased or change.because in ENDINGS else rule.reasons[change.because]
    # The evidence of an ending is what stands no more: its sentence names only what it needs.
    return text.filled({**zh, "name": rule.name.zh}, {**en, "name": rule.name.en or rule.name.zh})


def facts_of(change: Change) -> tuple[dict[str, str], dict[str, str]]:
    """What a change's sentence may mention: (Chinese, English)."""
    zh = {**change.facts, "evidence": "、".join(_measured_zh(element) for element in change.evidence)}
    en = {**change.facts, "evidence": ", ".join(_measured_en(element) for element in change.evidence)}
    for name, words in WORDS_ZH.items():
        if name in change.facts:
            zh[f"{name}_zh"] = words[change.facts[name]]
    return zh, en


def _measured_zh(element: Element) -> str:
    if isinstance(element, TestResult):
        return f"{_TESTS_ZH[element.test]}{'阳性' if element.result == 'positive' else '阴性'}"
    if not isinstance(element, Reading):
        return "每日报告"
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
        parts.append(_CONSCIOUSNESS_ZH[element.consciousness])
    return " ".join(parts)


def _measured_en(element: Element) -> str:
    if isinstance(element, TestResult):
        return f"{element.test} {element.result}"
    if not isinstance(element, Reading):
        return "check-in"
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
    return " ".join(parts)


def evidence_as_json(element: Element) -> dict[str, object]:
    """One piece of evidence under the names of the wire contract."""
    shown: dict[str, object] = {"event_id": element.id, "observed_at": to_text(element.at)}
    if isinstance(element, TestResult):
        return {**shown, "test": element.test, "pathogen": element.pathogen, "result": element.result}
    if not isinstance(element, Reading):
        return {**shown, "presence": element.presence}
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
