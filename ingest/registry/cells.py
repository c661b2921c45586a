"""From the text of a cell to a value; what cannot be read raises Refused with what to mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from unicodedata import normalize
from zoneinfo import ZoneInfo, available_timezones

from detectors.tiers import Condition
from detectors.times import Millis, to_millis
from ingest import regions
from ingest.checks import EARLIEST, LATEST
from ingest.identity import refuse_personal_number
from ingest.registry.credit_code import is_valid as is_credit_code
from ingest.registry.headings import word as known_word
from ingest.registry.headings import words
from ingest.sentences import Refused

Convert = Callable[[str], Any]

_LOST_DIGITS: Final = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_WHOLE: Final = re.compile(r"-?\d+(\.0+)?")
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0{1,2}:00(?::00)?)?")
_LIST: Final = re.compile(r"[;；、,，/|\s]+")  # Chinese punctuation is meant
_LONGEST_CODE: Final = 64
_REPEATED: Final = 30  # characters
_DATED: Final = 10  # digits: an hour of a day has as many, a mobile number one more
_ZONE: Final = ZoneInfo("Asia/Shanghai")


def said(text: str) -> str:
    """What a sentence may repeat of a cell: in a column that slipped there may be the number of a person.

    >>> said("8:70"), said("110101193801011234"), said("王秀英 13912345678")
    ('8:70', '...', '...')
    """
    return "..." if sum(one.isdigit() for one in normalize("NFKC", text)) > _DATED else text[:_REPEATED]


def code(text: str) -> str:
    """A code as text: what Excel made of it is undone where it can be, and told where it cannot."""
    if _LOST_DIGITS.fullmatch(text):
        raise Refused(
            "Excel 已把编号变成数值并丢失了位数,请将该列设为文本格式后重新填写",
            "the table has turned the code into a number and lost digits: format the column as text, enter it again",
        )
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    if len(text) > _LONGEST_CODE or not text.isprintable():
        raise Refused(f"编号最多 {_LONGEST_CODE} 个可见字符", f"a code has at most {_LONGEST_CODE} visible characters")
    refuse_personal_number(text, "编号 code")
    if any("！" <= one <= "～" for one in text):  # full-width forms
        raise Refused("编号中有全角字符,请改为半角", "the code holds full-width characters: write it half-width")
    return text


def home(text: str) -> str:
    """The code of a facility: it stands in addresses, where a stroke parts things and dots lead elsewhere."""
    found = code(text)
    if "/" in found or not found.strip("."):
        raise Refused("机构编号中不得有“/”,请改用“-”", "the code of a facility holds no stroke (/): write - instead")
    return found


def label(text: str) -> str:
    """A short text about a place; never the number of a person."""
    refuse_personal_number(text, "内容 text")
    return plain(text)


def plain(text: str) -> str:
    """A short text."""
    if len(text) > 200 or not text.isprintable():
        raise Refused("文本最多 200 个可见字符", "a text has at most 200 visible characters")
    return text


def codes(text: str) -> tuple[str, ...]:
    """Several codes, in their order, parted by semicolons."""
    found = tuple(code(one) for one in _LIST.split(text) if one)
    for one in found:
        if found.count(one) > 1:
            raise Refused(f"{one} 出现了两次,请只保留一处", f"{one} stands there twice: keep one")
    return found


def credit_code(text: str) -> str:
    """A unified social credit code, its check character right."""
    plain_code = "".join(normalize("NFKC", text).split()).upper()
    if _LOST_DIGITS.fullmatch(text) or not is_credit_code(plain_code):
        raise Refused(
            "不是有效的统一社会信用代码(18位,末位为校验码),请对照证照填写",
            "no valid unified social credit code (18 characters, the last checks the rest): copy it from the licence",
        )
    return plain_code


def region(text: str) -> str:
    """A code of GB/T 2260; retired ones stay good, new ones too where their province is known."""
    digits = code(normalize("NFKC", text))
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        raise Refused("区划代码应为六位数字(GB/T 2260)", f"a region is a six-digit GB/T 2260 code: {said(text)}")
    if regions.find(digits) is None and regions.find(f"{digits[:2]}0000") is None:
        raise Refused("没有这个区划代码,请对照 GB/T 2260", f"there is no such region in GB/T 2260: {digits}")
    return digits


def zone(text: str) -> str:
    """A time zone."""
    # Not what opens as a file: `right/UTC` and `localtime` do, and the database knows neither.
    if text not in available_timezones() or ("/" not in text and text != "UTC"):
        raise Refused("时区应为 IANA 名称,如 Asia/Shanghai", "a zone is an IANA name such as Asia/Shanghai")
    return text


def cutoffs(text: str) -> tuple[int, ...]:
    """Times of day, in minutes after midnight, ascending."""
    found = []
    for time in _LIST.split(normalize("NFKC", text)):
        hours, _, minutes = time.partition(":")
        if not (hours.isdigit() and minutes[:2].isdigit() and int(hours) < 24 and int(minutes[:2]) < 60):
            raise Refused('截止时间应如 "10:00;18:00"', f'cut-offs are times such as "10:00;18:00": {said(text)}')
        found.append(int(hours) * 60 + int(minutes[:2]))
    return tuple(sorted(set(found)))


def whole(least: int, most: int) -> Convert:
    """A whole number within bounds."""

    def convert(text: str) -> int:
        number = normalize("NFKC", text)
        if not _WHOLE.fullmatch(number) or not least <= int(number.partition(".")[0]) <= most:
            raise Refused(f"应为 {least} 至 {most} 的整数", f"a whole number from {least} to {most}: {said(text)}")
        return int(number.partition(".")[0])

    return convert


def tenths(least: int, most: int) -> Convert:
    """A number with at most one decimal within bounds, in tenths."""

    def convert(text: str) -> int:
        number = normalize("NFKC", text).rstrip("%℃")
        try:
            value = Decimal(number) * 10
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value != value.to_integral() or not least * 10 <= value <= most * 10:
            raise Refused(
                f"应为 {least} 至 {most} 的数,最多一位小数",
                f"a number from {least} to {most} with at most one decimal: {said(text)}",
            )
        return int(value)

    return convert


def birth_year(text: str) -> int:
    """A year; of a date only the year is kept."""
    found = _DATE.fullmatch(text)
    year: int = whole(1890, datetime.now(UTC).year)(found[1] if found else text.removesuffix("年"))
    return year


def word(kind: str) -> Convert:
    """One of a closed set."""

    def convert(text: str) -> str:
        value = known_word(kind, text)
        if value is None:
            zh, en = _choices(kind)
            raise Refused(f"应为以下之一:{zh}", f"one of {en}: {said(text)}")
        return value

    return convert


def _choices(kind: str) -> tuple[str, str]:
    return "、".join(all_[1] if len(all_) > 1 else all_[0] for all_ in words(kind).values()), ", ".join(words(kind))


def scale(text: str) -> int:
    """NEWS2's scale 1 or 2."""
    number: int = whole(1, 2)(text)
    return number


def truth(text: str) -> bool:
    """Yes or no."""
    return bool(word("truth")(text) == "yes")


def conditions(text: str) -> Condition:
    """Underlying diseases, parted by semicolons; `none` where there are none."""
    named = [one for one in _LIST.split(text) if one]
    found = [word("condition")(one) for one in named]
    if "none" in found and len(found) > 1:
        raise Refused('"无"不能与疾病同时填写', '"none" stands alone: take it out, or the diseases')
    return Condition(sum(Condition[one.upper()] for one in set(found) - {"none"}))


def day(text: str) -> date:
    """A calendar day."""
    found = _DATE.fullmatch(normalize("NFKC", text))
    try:
        return date(*(int(part) for part in found.groups())) if found else date.fromisoformat(text)
    except ValueError:
        raise Refused("日期应如 2026-01-05", f"a day such as 2026-01-05: {said(text)}") from None


def moment(text: str) -> Millis:
    """A day (its beginning in China) or a time with its offset."""
    if _DATE.fullmatch(normalize("NFKC", text)):
        at = datetime.combine(day(text), datetime.min.time(), _ZONE)
    else:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise Refused(
                "应为日期或带时区的时间,如 2026-01-05 或 2026-01-05T08:00:00+08:00",
                f"a day or a time with its offset, such as 2026-01-05 or 2026-01-05T08:00:00+08:00: {said(text)}",
            ) from None
        at = at if at.tzinfo is not None else at.replace(tzinfo=_ZONE)
    found = to_millis(at)
    if not EARLIEST <= found < LATEST:
        raise Refused("年份应在1900年至2199年之间", "the year lies outside 1900 to 2199: look at it again")
    return found
