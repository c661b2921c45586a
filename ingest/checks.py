"""What the types of the contract cannot say: who must be named, which fields go together, texts nobody can keep."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from detectors.times import DAY, EPOCH, SECOND, Millis, to_millis
from ingest import events
from ingest.events import AnyEvent, Correction, Reading
from ingest.identity import SHORTEST_PERSONAL, refuse_personal_number
from ingest.sentences import Refused

EARLIEST: Final[Millis] = to_millis(datetime(1900, 1, 1, tzinfo=UTC))
LATEST: Final[Millis] = to_millis(datetime(2200, 1, 1, tzinfo=UTC))
"""No clock means an earlier or a later time, whatever it was set to."""

PEOPLE: Final = ("resident", "staff", "reporter", "device", "person", "by", "actor")
"""Fields that name a person, or that people fill with a number of one."""


def check(event: AnyEvent) -> None:
    """Raises Refused with a sentence for what no field alone can tell."""
    if isinstance(event, Reading):
        check_reading(event)
        return
    _check_rare(event)
    for field in PEOPLE:
        refuse_personal_number(getattr(event, field, None), field)
    check_texts(msgspec.to_builtins(event))
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if isinstance(value, datetime):
            millis_of(value, field)


def millis_of(moment: datetime, field: str) -> Millis:
    """The time in milliseconds; raises Refused for one that no clock means."""
    since = moment - EPOCH  # as `to_millis` has it, without the call: two times a reading
    at = since.days * DAY + since.seconds * SECOND + since.microseconds // 1_000
    if not EARLIEST <= at < LATEST:
        raise Refused(
            f"{field} 的年份不合理,请核对设备时钟",
            f"{field} lies outside the years 1900 to 2199: check the device's clock",
        )
    return at


def check_texts(said: Any) -> None:
    """Raises Refused for characters that PostgreSQL cannot keep."""
    if "\0" in "".join(_texts(said)):
        raise Refused("文本不得包含空字符(U+0000)", "text must not contain the NUL character (U+0000)")


@lru_cache(maxsize=4_096)  # vital signs are few numbers
def tenths_of(value: float, field: str) -> int:
    """The value in tenths; exact, since the nearest double of one decimal is told apart from any other.

    >>> tenths_of(38.1, "temperature_celsius")
    381
    """
    tenths = round(value * 10)
    if tenths / 10 != value:
        raise Refused(f"{field} 最多一位小数,请更正", f"{field} has more than one decimal: round it to one")
    return tenths


def check_reading(event: Reading, escaped: bool = True) -> None:
    """As `check`; without an escape in what was sent (`escaped`) no text can hold a NUL."""
    resident, staff, device, reporter = event.resident, event.staff, event.device, event.reporter
    if resident is None and staff is None and device is None:
        raise Refused("缺少 resident、staff 或 device", "resident, staff or device is missing: say whose reading it is")
    if (
        event.spo2_percent is None
        and event.pulse_per_min is None
        and event.temperature_celsius is None
        and event.respirations_per_min is None
        and event.systolic_mmhg is None
        and event.consciousness is None
    ):
        raise Refused("测量记录至少要有一项生命体征", "a reading has at least one vital sign")
    if escaped and "\0" in f"{event.facility}{resident}{staff}{event.unit}{device}{reporter}":
        check_texts("\0")
    if resident is not None and len(resident) >= SHORTEST_PERSONAL:
        refuse_personal_number(resident, "resident")
    if staff is not None and len(staff) >= SHORTEST_PERSONAL:
        refuse_personal_number(staff, "staff")
    if device is not None and len(device) >= SHORTEST_PERSONAL:
        refuse_personal_number(device, "device")
    if reporter is not None and len(reporter) >= SHORTEST_PERSONAL:
        refuse_personal_number(reporter, "reporter")
    if event.oxygen_l_per_min is not None:
        tenths_of(event.oxygen_l_per_min, "oxygen_l_per_min")
    index = event.perfusion_index_percent
    if index is not None and round(index * 100) / 100 != index:
        raise Refused(
            "perfusion_index_percent 最多两位小数,请更正",
            "perfusion_index_percent has more than two decimals: round it to two",
        )


def _check_rare(event: AnyEvent) -> None:
    if isinstance(event, Correction):
        _check_correction(event)
    elif isinstance(event, (events.TestResult, events.CheckIn)):
        if event.resident is None and event.staff is None:
            raise Refused("缺少 resident 或 staff", "resident or staff is missing: say who it is about")
    elif isinstance(event, events.DeviceBinding):
        if event.device is None or event.resident is None:
            raise Refused("设备绑定需要 device 和 resident", "a device binding names its device and its resident")
        if event.valid_to is not None and event.valid_to <= event.valid_from:
            raise Refused("valid_to 必须晚于 valid_from", "valid_to must be after valid_from")
    elif isinstance(event, events.Visit):
        if event.resident is None and event.person is None:
            raise Refused("缺少 resident 或 person", "resident or person is missing: say who was visited")
    elif isinstance(event, events.FacilityReport):
        _check_day(event.day)


def _check_day(day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise Refused("day 不是有效日期,请写成 2026-01-05", "day is no date: write it like 2026-01-05") from error


def _check_correction(event: Correction) -> None:
    millis_of(event.corrects.observed_at, "corrects.observed_at")
    if (event.replacement is None) == (event.action == "replaced_by"):
        raise Refused(
            "replaced_by 需要 replacement,其他操作不得有", "replaced_by comes with a replacement, others without"
        )
    if event.replacement is not None:
        if event.replacement.facility != event.facility:
            raise Refused("替换记录必须属于同一机构", "the replacement belongs to the same facility")
        if event.replacement.resident is None:
            raise Refused("替换记录缺少 resident", "the replacement says whose it is: resident is missing")
        millis_of(event.replacement.observed_at, "replacement.observed_at")
        check(event.replacement)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in _texts(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _texts(one)]
    return []
