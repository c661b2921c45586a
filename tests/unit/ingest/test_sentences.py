"""What a facility reads when an event was not taken."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.decode import decode_message, read_event
from ingest.sentences import Refused
from tests.unit.ingest.making import AT, written

BASE: dict[str, Any] = {"type": "check_in", "facility": "F-001", "resident": "R-07", "observed_at": AT}
CHECK_IN = BASE | {"presence": "in"}
READING = BASE | {"type": "reading", "pulse_per_min": 70}


@pytest.mark.parametrize(
    ("event", "en", "zh"),
    [
        (CHECK_IN | {"observed_at": "2026-01-05T07:10:00"}, "observed_at lacks its offset", "缺少时区"),
        (CHECK_IN | {"observed_at": "2026-02-30T07:10:00Z"}, "observed_at is no valid time", "不是有效的时间"),
        (CHECK_IN | {"observed_at": "300000-01-01T00:00:00Z"}, "observed_at is no valid time", "不是有效的时间"),
        (CHECK_IN | {"observed_at": 5}, "observed_at must be a time such as 2026-01-05T07:10", "必须是形如"),
        (CHECK_IN | {"observed_at": "1899-12-31T23:59:59Z"}, "check the device's clock", "核对设备时钟"),
        (CHECK_IN | {"leave_until": "2200-01-01T00:00:00Z"}, "leave_until lies outside", "leave_until 的年份"),
        (BASE, "presence is missing", "缺少 presence"),
        (CHECK_IN | {"note": "x" * 2_001}, "note is too long, at most 2000", "过长"),
        (CHECK_IN | {"resident": ""}, "resident must not be empty", "不得为空"),
        (CHECK_IN | {"resident": None}, "resident or staff is missing", "缺少 resident 或 staff"),
        (CHECK_IN | {"note": 5}, "note must be text", "必须是文本"),
        (CHECK_IN | {"note": "a\0b"}, "NUL", "空字符"),
        (CHECK_IN | {"event_id": "7"}, "event_id is not a UUID", "不是有效的 UUID"),
        (READING | {"pulse_per_min": 301}, "pulse_per_min must be at most 300", "不得大于 300"),
        (READING | {"respirations_per_min": 3}, "respirations_per_min must be at least 4", "不得小于 4"),
        (READING | {"temperature_celsius": 43.1}, "temperature_celsius must be at most 43", "不得大于 43"),
        (READING | {"spo2_percent": "97"}, "spo2_percent must be a number", "必须是数字"),
        (READING | {"spo2_percent": 97.44}, "more than one decimal", "最多一位小数"),
        (READING | {"on_oxygen": "yes"}, "on_oxygen must be true or false", "true 或 false"),
        (READING | {"pulse_per_min": None}, "at least one vital sign", "至少要有一项生命体征"),
        (READING | {"resident": None}, "whose reading it is", "缺少 resident"),
        (READING | {"device": "13912345678"}, "device must not be an identity-card or phone", "device 不得使用"),
        (BASE | {"type": "visit", "kind": "care_visit", "outcome": "seen_ok", "by": "13912345678"}, "by must", "by 不"),
        (BASE | {"type": "facility_report", "day": "2026-02-30"}, "day is no date", "不是有效日期"),
        (BASE | {"type": "facility_report", "day": "today"}, "day is not written", "写法不对"),
        (BASE | {"type": "device_binding", "valid_from": AT}, "names its device", "需要 device"),
        ([], "an event must be an object", "必须是对象"),
    ],
    ids=str,
)
def test_a_refusal_names_the_field_and_how_to_mend_it(event: Any, en: str, zh: str) -> None:
    with pytest.raises(Refused) as refused:
        read_event(written(event), "F-001")
    assert en in refused.value.sentence.en
    assert zh in refused.value.sentence.zh


@pytest.mark.parametrize(
    ("raw", "en", "zh"),
    [
        (written(CHECK_IN)[:-1] + b',"x":1e999}', "out of range", "超出范围"),
        (b'{"type":"check_in","x":tru}', "no valid JSON at byte", "JSON 格式错误"),
        (b'{"type":"check_in"', "ends too early", "JSON 不完整"),
        (b'{"type":"\xff"}', "not UTF-8", "不是 UTF-8"),
        (b"[" * 100, "nested too deeply", "嵌套层数过多"),
        (written(CHECK_IN) + b"x", "no valid JSON", "JSON 格式错误"),
    ],
    ids=repr,
)
def test_what_is_no_json_is_told_so(raw: bytes, en: str, zh: str) -> None:
    with pytest.raises(Refused) as refused:
        read_event(raw, "F-001")
    assert en in refused.value.sentence.en
    assert zh in refused.value.sentence.zh


def test_no_refusal_repeats_what_was_written() -> None:
    secret = "张三 13912345678"
    for field in (
        "type",
        "activity",
        "observed_at",
        "resident",
        "event_id",
        "pulse_per_min",
        "device_status",
        "facility",
    ):
        for value in (secret, {secret: secret}, [secret]):
            (problem, *_) = decode_message(written(READING | {field: value}), key="F-001", received_at=0).problems
            assert secret not in problem.sentence.en + problem.sentence.zh
