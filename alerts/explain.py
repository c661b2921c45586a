"""Every alert explains itself: the sentence of a change, in Chinese and English, and its evidence."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from alerts.evidence import TESTS_ZH, measured_en, measured_zh
from alerts.reconcile import Transition
from detectors.detector import Severity
from detectors.observations import Element
from detectors.rules import Text
from detectors.schedule import Rules, Schedule, scheduled
from detectors.state import ENDINGS, Change

_SITES_ZH: Final = {"axillary": "腋温", "oral": "口温", "rectal": "肛温", "ear": "耳温", "forehead": "额温"}
_VITALS_ZH: Final = {"oxygen": "血氧", "pulse": "脉搏", "temperature": "体温"}
WORDS_ZH: Final = {"site": _SITES_ZH, "test": TESTS_ZH, "vital": _VITALS_ZH}
"""Facts that a Chinese sentence mentions by their Chinese word, as {site_zh}."""


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
    zh = {**change.facts, "evidence": "、".join(measured_zh(element) for element in change.evidence)}
    en = {**change.facts, "evidence": ", ".join(measured_en(element) for element in change.evidence)}
    for name, words in WORDS_ZH.items():
        if name in change.facts:
            zh[f"{name}_zh"] = words[change.facts[name]]
    return zh, en
