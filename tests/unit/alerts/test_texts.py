"""The whole text of every channel, as people read or hear it."""

from __future__ import annotations

import doctest
from typing import get_args

import pytest
from msgspec import structs

from alerts import cluster_events, codes, keeping, limits, messages, reasons, receipts
from alerts.channels import CHANNELS, Form
from alerts.codes import ALPHABET, NUMBER, code_of, free_code
from alerts.digests import digest_of, fitting
from alerts.messages import CONDITIONS, DRILL, SEVERITIES, Telling, message_of
from alerts.templating import Language, approved
from detectors.times import DAY, HOUR, MINUTE, Millis
from store.deliveries import Kind

T0: Millis = 1_767_568_200_000  # 07:10 in Shanghai
ALARM = Telling(
    key="msg_1_0",
    kind="alarm",
    alert_id=7,
    code="K7Q4",
    facility="F-001",
    facility_name="幸福敬老院",
    zone="Asia/Shanghai",
    phones="0535-6100000;13800000000",
    unit="3楼",
    bed="12",
    resident="R-07",
    condition="hypoxia",
    severity=1,
    rule="D01",
    rule_version="1",
    reason_zh="血氧86%，低于93%。请立即复测、吸氧。",
    reason_en="Oxygen saturation 86 %, limit 93 %. Measure again now, give oxygen.",
    opened_at=T0,
    at=T0,
    link="https://desk.example.org/alerts/7",
)
CLEAR = structs.replace(ALARM, kind="all_clear", at=T0 + 95 * MINUTE)


def test_a_drill_says_so_in_every_form_within_the_lengths_that_are_approved() -> None:
    for kind in approved("zh"):
        for name in ("幸福敬老院", "幸" * 40):
            drill = structs.replace(ALARM, kind=kind, drill=True, facility_name=name, at=T0 + HOUR)
            for language, mark in DRILL.items():
                forms: tuple[Form, ...] = ("one", "spoken", "approved")
                for form in forms:
                    message = message_of(drill, T0 + HOUR, form, language)
                    assert mark in message.text, (kind, form, language)
                    assert mark not in message_of(structs.replace(drill, drill=False), T0 + HOUR, form, language).text


def test_an_alarm_says_what_where_since_when_why_what_next_and_how_to_say_seen() -> None:
    assert message_of(ALARM, T0 + 6 * MINUTE, "both").text == (
        "【特急(建议立即转诊)】血氧偏低　幸福敬老院 3楼12床 K7Q4\n"
        "血氧86%，低于93%。请立即复测、吸氧。\n"
        "自 01-05 07:10 起（6分钟前）。规则 D01 第 1 版：这是提示信号，不是诊断。\n"
        "老人编号 R-07，核对码 K7Q4。电话：机构 0535-6100000 13800000000，急救 120。\n"
        "表示知悉：打开页面点“已知悉”，或致电值班台报核对码 K7Q4。https://desk.example.org/alerts/7\n"
        "\n"
        "[P1 refer now] Low oxygen saturation - 幸福敬老院 3楼 bed 12 K7Q4\n"
        "Oxygen saturation 86 %, limit 93 %. Measure again now, give oxygen.\n"
        "Since 01-05 07:10 (6 min ago). Rule D01, version 1: a signal, not a diagnosis.\n"
        "Resident R-07, code K7Q4. Phones: facility 0535-6100000 13800000000, ambulance 120.\n"
        'To say "seen": open the page and acknowledge, or ring the desk and say the code K7Q4. '
        "https://desk.example.org/alerts/7\n"
    )


@pytest.mark.parametrize(
    ("form", "language", "said"),
    [
        (
            "spoken",
            "zh",
            "您好，这里是养老健康监测平台。特急(建议立即转诊)：幸福敬老院，3楼12床，血氧偏低，自 01-05 07:10 起。"
            "接手请按 1，无法处理请按 2。核对码：K，七，Q，四。\n",
        ),
        (
            "approved",
            "zh",
            "养老健康监测：幸福敬老院 3楼12床 K7Q4，特急 血氧偏低，01-05 07:10起。"
            "请立即查看处置，在平台点“已知悉”或回复“K7Q4 1”接手、“K7Q4 2”退回。",
        ),
        (
            "approved",
            "en",
            "Care home health watch: 幸福敬老院 3楼 bed 12 K7Q4, P1 refer now Low oxygen saturation, "
            "since 01-05 07:10. See to it now, then acknowledge on the page or reply K7Q4 1 to take it over, "
            "K7Q4 2 if you cannot.",
        ),
    ],
)
def test_the_phone_says_the_same_place_and_code(form: Form, language: Language, said: str) -> None:
    assert message_of(ALARM, T0, form, language).text == said


def test_an_all_clear_says_how_long_it_lasted() -> None:
    assert message_of(CLEAR, T0 + 2 * HOUR, "one").text == (
        "【解除】血氧偏低　幸福敬老院 3楼12床 K7Q4\n"
        "血氧86%，低于93%。请立即复测、吸氧。\n"
        "持续 1小时35分钟（自 01-05 07:10 起）。核对码 K7Q4。https://desk.example.org/alerts/7\n"
    )


def test_a_digest_names_every_alert_by_place_and_code() -> None:
    second = structs.replace(ALARM, bed=None, unit=None, code="M3X9", condition="fever", severity=2)
    message = digest_of("digest_1", [ALARM, second, CLEAR], "https://desk.example.org", "one", "zh")
    assert message.text == (
        "【预警汇总】共 3 条：■特急 1，▲紧急 1，■特急·解除 1\n"
        "■特急　幸福敬老院：3楼12床 K7Q4 血氧偏低\n"
        "▲紧急　幸福敬老院：R-07 M3X9 发热\n"
        "■特急·解除　幸福敬老院：3楼12床 K7Q4 血氧偏低\n"
        "逐条查看并点“已知悉”，或致电值班台报四位核对码。https://desk.example.org\n"
    )


@pytest.mark.parametrize("name", ["wecom", "dingtalk", "email"])
def test_a_digest_holds_what_its_channel_takes_and_most_of_that(name: str) -> None:
    form, most = CHANNELS[name].form, CHANNELS[name].digest_bytes or 0
    many = [
        structs.replace(ALARM, code=code_of(number), facility_name=f"第{number % 30}敬老院", severity=number % 3 + 1)
        for number in range(3_000)
    ]
    number = fitting(many, "https://desk.example.org", form, "zh", most)
    text = digest_of("digest_1", many[:number], "https://desk.example.org", form, "zh").text
    assert most * 0.7 < len(text.encode()) <= most


def test_a_long_name_is_shortened_and_a_place_is_whole_or_on_the_page() -> None:
    long = structs.replace(ALARM, facility_name="烟台市莱山区夕阳红养老服务中心(公建民营)第二院区北楼失能照护部")
    for language in ("zh", "en"):
        message = message_of(long, T0, "approved", language)
        for name, most in approved(language)["alarm"].most.items():
            assert len(message.variables[name]) <= most
        assert message.variables["place"].endswith("K7Q4")
        assert "…" in message.variables["place"]
    # A resident without a bed may have a code of 36 characters: the message goes out all the same.
    for nowhere in (
        {"unit": "第二院区失能失智照护单元东侧走廊尽头"},
        {"unit": None, "bed": None, "resident": "7" * 36},
    ):
        said = message_of(structs.replace(long, **nowhere), T0, "approved").variables["place"]
        assert said == "烟台市莱山区夕阳红养老服… 床位见平台 K7Q4"


def test_everything_that_is_found_fits_the_texts_that_carriers_approved() -> None:
    for language in get_args(Language):
        for kind in approved(language):
            for condition in CONDITIONS:
                for severity in SEVERITIES:
                    found = structs.replace(ALARM, kind=kind, condition=condition, severity=severity)
                    message_of(found, T0 + 90 * DAY, "approved", language)


def test_every_kind_has_its_text_in_every_form_and_language() -> None:
    for kind in get_args(Kind):
        for form in get_args(Form):
            for language in get_args(Language):
                text = message_of(structs.replace(ALARM, kind=kind, note="备注"), T0, form, language).text
                assert "K7Q4" in text or "K，七，Q，四" in text or "K, 7, Q, 4" in text


def test_an_escalation_says_what_that_role_is_to_do() -> None:
    told = structs.replace(ALARM, kind="escalation", role="duty_officer", note="小李已退回")
    assert message_of(told, T0, "one").text == (
        "【已升级·特急(建议立即转诊)】血氧偏低　幸福敬老院 3楼12床 K7Q4\n"
        "前面的人均未应答（小李已退回），现在请您处置。\n"
        "血氧86%，低于93%。请立即复测、吸氧。\n"
        "自 01-05 07:10 起。规则 D01 第 1 版：这是提示信号，不是诊断。\n"
        "您的任务：给机构打电话，确认谁在处置；无人接手就派人，并联系医院留床。\n"
        "老人编号 R-07，核对码 K7Q4。电话：机构 0535-6100000 13800000000，急救 120。\n"
        "表示知悉：打开页面点“已知悉”，或致电值班台报核对码 K7Q4。https://desk.example.org/alerts/7\n"
    )


def test_codes_are_easy_to_say_and_differ_among_the_open_alerts_of_a_facility() -> None:
    assert len({code_of(number) for number in range(NUMBER)}) == NUMBER
    assert not set("01OILSZBDEGPTVNJU") & set(ALPHABET)  # looks or sounds like another
    taken: set[str] = set()
    for number in (5, 5 + NUMBER, 5 + 2 * NUMBER, 6):
        taken.add(free_code(number, taken))
    assert len(taken) == 4


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (cluster_events, codes, keeping, limits, messages, reasons, receipts):
        assert doctest.testmod(module).failed == 0, module.__name__
