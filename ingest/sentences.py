"""Why an event was not taken, in words that say how to mend it, Chinese and English.

No sentence repeats what a sender wrote: it may be somebody's number, or a
character that a database cannot keep.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from msgspec import Struct


class Sentence(Struct, frozen=True):
    """The same in both languages."""

    zh: str
    en: str


class Refused(Exception):
    """The sender can mend it: `rejected`; or a newer version will read it: `not_yet_understood`."""

    def __init__(self, zh: str, en: str, fate: Literal["rejected", "not_yet_understood"] = "rejected") -> None:
        super().__init__(en)
        self.sentence = Sentence(zh, en)
        self.fate: Literal["rejected", "not_yet_understood"] = fate


class Problem(Struct, frozen=True):
    """An event that was not taken, as it came."""

    fate: Literal["rejected", "not_yet_understood"]
    sentence: Sentence
    raw: bytes
    item: int = 0  # its place in the message


_TIME: Final = "2026-01-05T07:10:00+08:00"
_WHERE: Final = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`$")
_KINDS: Final = {
    "int": ("整数", "a whole number"),
    "float": ("数字", "a number"),
    "str": ("文本", "text"),
    "bool": ("true 或 false", "true or false"),
    "datetime": (f"形如 {_TIME} 的时间", f"a time such as {_TIME}"),
    "array": ("数组", "an array"),
    "object": ("对象", "an object"),
    "null": ("空值", "null"),
}
_UNKNOWN: Final = re.compile(r"Invalid (?:enum )?value ")
# What the JSON decoder finds: its words, then ours. {at} is the field, {0} what the decoder names.
_FOUND: Final = tuple(
    (re.compile(pattern), zh, en)
    for pattern, zh, en in (
        (
            r"Expected `datetime.*` with a timezone",
            f"{{at}} 缺少时区,请写成 {_TIME}",
            f"{{at}} lacks its offset from UTC: write it like {_TIME}",
        ),
        (
            r"Invalid RFC3339",
            f"{{at}} 不是有效的时间,请写成 {_TIME}",
            f"{{at}} is no valid time: write it like {_TIME}",
        ),
        (
            r"Object missing required field `(\w+)`",
            "缺少 {0}({at}),请补上后重发",
            "{0} is missing in {at}: add it and send again",
        ),
        (
            r"Expected `str` of length >= ",
            "{at} 不得为空文本,没有就不要写这个字段",
            "{at} must not be empty: leave it out instead",
        ),
        (
            r"Expected `(?:str|array|object)` of length <= (\d+)",
            "{at} 过长,最多 {0} 个",
            "{at} is too long, at most {0}: shorten it",
        ),
        (
            r"Expected `str` matching regex",
            "{at} 的写法不对,请对照数据约定",
            "{at} is not written as the contract says: see its pattern in the schema",
        ),
        (
            r"Expected `\w+` <= (-?[\d.]+)",
            "{at} 不得大于 {0},请核对后重发",
            "{at} must be at most {0}: check the value and send it again",
        ),
        (
            r"Expected `\w+` >= (-?[\d.]+)",
            "{at} 不得小于 {0},请核对后重发",
            "{at} must be at least {0}: check the value and send it again",
        ),
        (r"Number out of range", "有数值超出范围", "a number is out of range: numbers are ordinary doubles"),
        (
            r"Input data was truncated|utf-16 surrogate",
            "JSON 不完整,或文本中有不成对的代理字符",
            "the JSON ends too early, or a text holds half a character (a lone surrogate)",
        ),
        (r"JSON is malformed.*\(byte (\d+)\)", "JSON 格式错误,位于第 {0} 字节", "no valid JSON at byte {0}"),
        (r"JSON is malformed|trailing characters", "JSON 格式错误", "no valid JSON: one object is an event"),
    )
)


def of_decoding(error: Exception) -> Refused:
    """What the JSON decoder found, as a sentence."""
    if isinstance(error, UnicodeDecodeError):
        return Refused("文本不是 UTF-8 编码,请更正后重发", "the text is not UTF-8: mend it and send again")
    if isinstance(error, RecursionError):
        return Refused("嵌套层数过多,请更正后重发", "nested too deeply: an event needs only a few levels")
    text = str(error)
    where = _WHERE.search(text)
    at = where[1] if where and where[1].isascii() else ""
    if _UNKNOWN.match(text):
        return Refused(
            f"{at} 的内容当前版本尚不能识别,已留存,升级后会自动处理",
            f"{at} holds a value that this version does not know yet; it is kept and read again after an upgrade",
            "not_yet_understood",
        )
    for pattern, zh, en in _FOUND:
        if found := pattern.search(text):
            return Refused(
                zh.format(*found.groups(), at=at or "事件"), en.format(*found.groups(), at=at or "the event")
            )
    return _of_kind(text, at)


def _of_kind(text: str, at: str) -> Refused:
    wanted = re.match(r"Expected `(\w+)", text)
    if wanted is None or wanted[1] not in _KINDS:
        return Refused("内容不符合数据约定,请更正后重发", "not as the contract says: mend it and send it again")
    zh, en = _KINDS[wanted[1]]
    return Refused(
        f"{at or '事件'} 必须是{zh},请更正后重发", f"{at or 'an event'} must be {en}: mend it and send it again"
    )
