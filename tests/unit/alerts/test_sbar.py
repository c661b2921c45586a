"""The whole text that one doctor reads or hears from another."""

from __future__ import annotations

import doctest

from msgspec import structs

from alerts.referrals import words
from alerts.referrals.course import follow
from alerts.referrals.sbar import Finding, Handover, sbar
from detectors.referral import ReferralStalled
from detectors.times import MINUTE, Millis
from store.interventions import Intervention
from store.patients import Patient, Vitals
from store.referrals import StepRow

T0: Millis = 1_767_568_200_000  # 07:10 in Shanghai
WHO = Patient(
    facility_id=1,
    resident_id=7,
    facility="F-001",
    facility_name="幸福敬老院",
    region="370613",
    zone="Asia/Shanghai",
    phones="0535-6100000",
    resident="R-07",
    unit="3楼",
    bed="12",
    birth_year=1938,
    tier="red",
    spo2_scale=1,
    usual_spo2_tenths=965,
    usual_pulse=72,
    usual_temperature_tenths=364,
    conditions=9,
    conditions_stable=True,
    vaccination="partial",
    medicines="氨氯地平",
    allergies="青霉素",
)
VITALS = [
    Vitals(T0 - 600 * MINUTE, "a", 965, 70, None, 364, None, None, None, False, None),
    Vitals(T0, "b", 860, 110, 28, 386, 150, 80, 1, False, None),
    Vitals(T0 + 12 * MINUTE, "c", 900, 104, None, None, None, None, None, True, 2.0),
]
DONE = [Intervention(5, T0 + 6 * MINUTE, T0 + 7 * MINUTE, "护士小李", "oxygen", "2L/min")]
FOUND = [Finding("hypoxia", 1, "D02", "静息血氧86%，不高于88%。", "Oxygen saturation 86 %, limit 88 %.", T0)]
STEP = StepRow(1, T0 + 15 * MINUTE, "s", T0 + 15 * MINUTE, "K7Q4-5", "requested", "console")
REFERRAL = follow("K7Q4-5", [STEP], (("H-1", "县医院"),), ReferralStalled(), STEP.at)
GIVEN = Handover(WHO, REFERRAL, VITALS, FOUND, DONE, "县医院")


def test_the_text_says_what_is_why_we_think_so_what_was_done_and_what_is_asked_for() -> None:
    assert sbar(GIVEN, "zh") == (
        "SBAR 转诊交接　幸福敬老院　3楼 12　老人编号 R-07　转诊号 K7Q4-5\n"
        "S 现状：血氧偏低，自 01-05 07:10 起。静息血氧86%，不高于88%。\n"
        "　　01-05 07:22 血氧90% 脉搏104次/分 吸氧 2L/分\n"
        "　　01-05 07:10 血氧86% 脉搏110次/分 呼吸28次/分 体温38.6°C 血压150/80mmHg 意识A 未吸氧\n"
        "　　01-04 21:10 血氧96.5% 脉搏70次/分 体温36.4°C 未吸氧\n"
        "B 背景：年龄88岁，疫苗未全程接种。基础疾病：高血压、慢性肺病（稳定）。用药：氨氯地平。过敏：青霉素。\n"
        "　　平时值：血氧 96.5%，脉搏 72，体温 36.4°C；血氧评分表 1。\n"
        "A 判断：血氧偏低 特急(建议立即转诊) (D02)\n"
        "　　吸氧：吸氧 2 L/min（01-05 07:22）。已处置：01-05 07:16 已吸氧 2L/min (护士小李)。\n"
        "R 请求：请县医院评估接收，并告知床位和到院方式（目前：已申请转诊）。\n"
        "　　回电：0535-6100000\n"
        "以上为健康监测的提示信号，不是诊断。\n"
    )
    assert sbar(GIVEN, "en") == (
        "SBAR referral hand-over - 幸福敬老院 - 3楼 12 - resident R-07 - referral K7Q4-5\n"
        "S Situation: Low oxygen saturation since 01-05 07:10. Oxygen saturation 86 %, limit 88 %.\n"
        "  01-05 07:22 SpO2 90 %, pulse 104/min, on oxygen 2L/min\n"
        "  01-05 07:10 SpO2 86 %, pulse 110/min, respirations 28/min, temperature 38.6 °C, blood pressure 150/80 mmHg, "
        "consciousness A, on room air\n"
        "  01-04 21:10 SpO2 96.5 %, pulse 70/min, temperature 36.4 °C, on room air\n"
        "B Background: age 88 years, vaccination: partly vaccinated. Conditions: hypertension, chronic lung disease "
        "(stable). Medicines: 氨氯地平. Allergies: 青霉素.\n"
        "  Usual values: SpO2 96.5%, pulse 72, temperature 36.4°C; SpO2 scale 1.\n"
        "A Assessment: Low oxygen saturation P1 refer now (D02)\n"
        "  Oxygen: on oxygen 2 L/min (01-05 07:22). Done so far: 01-05 07:16 given oxygen 2L/min (护士小李).\n"
        "R Request: 县医院: please assess and take the resident; say which bed, and how to come (requested).\n"
        "  Ring back: 0535-6100000\n"
        "These are signals of health checks, not a diagnosis.\n"
    )


def test_what_nobody_entered_is_not_known_and_nothing_is_made_up() -> None:
    blank = structs.replace(
        WHO,
        unit=None,
        bed=None,
        birth_year=None,
        usual_spo2_tenths=None,
        conditions=None,
        medicines=None,
        allergies=None,
    )
    text = sbar(Handover(structs.replace(blank, phones=""), REFERRAL, [], [], []), "en")
    assert "Conditions: not known. Medicines: not known. Allergies: not known." in text
    assert "Referred by hand; no alert stands." in text
    assert "Oxygen: not known. Done so far: nothing recorded." in text
    assert "SpO2 not known" in text
    assert "None" not in text
    given = sbar(Handover(blank, REFERRAL, VITALS[:2], FOUND, DONE), "zh")
    assert "吸氧：01-05 07:16 起吸氧 2L/min。" in given, "given after the last reading that said there was none"


def test_the_stories_in_the_words_are_true() -> None:
    assert doctest.testmod(words).failed == 0
