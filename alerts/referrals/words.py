"""A referral in words: steps, outcomes, answers, reasons, in Chinese and English (glossary)."""

from __future__ import annotations

from typing import Final

from detectors.tiers import Condition

STEPS: Final = {
    "suggested": ("建议转诊", "referral suggested"),
    "requested": ("已申请转诊", "requested"),
    "accepted": ("同意接收", "accepted"),
    "declined": ("无法接收", "declined"),
    "departed": ("已出发", "departed"),
    "arrived": ("已到院", "arrived"),
    "admitted": ("已收治", "admitted"),
    "returned": ("已返回机构", "returned"),
    "treated_in_place": ("就地治疗", "treated in place"),
    "transfer_refused": ("本人或家属不同意转诊", "transfer refused"),
    "no_bed": ("无床位", "no bed"),
    "called_120": ("已拨打120", "120 already called"),
    "died": ("死亡", "died"),
    "cancelled": ("已取消", "cancelled"),
    "closed": ("办结", "closed"),
}
WHERE: Final = {
    "in_facility": ("在机构内", "in the facility"),
    "on_the_way": ("途中", "on the way"),
    "in_hospital": ("在医院", "in hospital"),
}
ANSWERS: Final = {
    "waiting": ("待答复", "no answer yet"),
    "accepted": ("同意接收", "accepted"),
    "declined": ("无法接收", "declined"),
    "timed_out": ("超时未答复", "no answer in time"),
    "passed_over": ("已改由他院", "another one was chosen"),
}
STALLS: Final = {
    "undecided": ("迟迟未决定", "nobody decides"),
    "unanswered": ("医院超时未答复", "no answer in time"),
    "declined": ("无医院接收", "no hospital takes the resident"),
    "not_departed": ("超时未出发", "not departed in time"),
    "not_arrived": ("超时未到院", "not arrived in time"),
    "not_admitted": ("超时未收治", "not admitted in time"),
}
CONDITIONS: Final = {
    Condition.HYPERTENSION: ("高血压", "hypertension"),
    Condition.CORONARY: ("冠心病/心脏病", "coronary or other heart disease"),
    Condition.STROKE: ("脑血管病", "cerebrovascular disease"),
    Condition.CHRONIC_LUNG: ("慢性肺病", "chronic lung disease"),
    Condition.DIABETES: ("糖尿病", "diabetes"),
    Condition.KIDNEY: ("慢性肾病", "chronic kidney disease"),
    Condition.LIVER: ("慢性肝病", "chronic liver disease"),
    Condition.TUMOUR: ("肿瘤", "tumour"),
    Condition.IMMUNODEFICIENCY: ("免疫缺陷", "immunodeficiency"),
    Condition.OBESITY: ("肥胖", "obesity"),
    Condition.OTHER: ("其他疾病", "other disease"),
}
VACCINATIONS: Final = {
    "none": ("未接种", "not vaccinated"),
    "partial": ("未全程接种", "partly vaccinated"),
    "full": ("全程接种", "fully vaccinated"),
    "booster": ("已加强接种", "booster"),
}
UNKNOWN: Final = ("不详", "not known")


def conditions(bits: int | None, index: int) -> str:
    """Illnesses by name; none, or not known, in a word.

    >>> conditions(9, 1), conditions(0, 0), conditions(None, 1)
    ('hypertension, chronic lung disease', '无', 'not known')
    """
    if bits is None:
        return UNKNOWN[index]
    found = [words[index] for condition, words in CONDITIONS.items() if bits & condition]
    return ("、", ", ")[index].join(found) or ("无", "none")[index]
