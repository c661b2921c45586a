"""Duty rosters as files: desks, duty_people, shifts, holidays and swaps, each row or what to mend in it.

A folder is the whole truth: all of it is taken, or nothing. Headings and words
may be Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from detectors.times import Millis, to_millis
from ingest.registry.sheets import opened
from ingest.sentences import Refused

ROLES: Final = {
    "护理员": "carer",
    "护士": "carer",
    "负责人": "head",
    "院长": "head",
    "医生": "doctor",
    "值班员": "duty_officer",
    "带班领导": "duty_leader",
}
DAYS: Final = {"每天": "every_day", "工作日": "workdays", "休息日": "holidays"}
CHANNELS: Final = ("voice", "sms", "wecom", "dingtalk", "email", "webhook")
_HEADINGS: Final = {
    "desk": "值班台",
    "name": "名称",
    "zone": "时区",
    "region": "区划代码",
    "facility": "机构编号",
    "hospital": "医院编号",
    "person": "人员",
    "ways": "联系方式",
    "role": "角色",
    "days": "日期类型",
    "from": "开始",
    "to": "结束",
    "valid_from": "生效日期",
    "valid_until": "截止日期",
    "day": "日期",
    "works": "是否上班",
    "instead_of": "替",
    "agreed_by": "同意人",
}
_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


class Desk(Struct, frozen=True):
    """A row of desks.csv; a desk that answers for several places has several rows."""

    desk: str
    name: str
    zone: str
    region: str | None
    facility: str | None
    hospital: str | None = None


class Shift(Struct, frozen=True):
    """A row of shifts.csv."""

    desk: str
    role: str
    person: str
    days: str
    begins: int
    ends: int
    valid_from: int | None
    valid_until: int | None


class Swap(Struct, frozen=True):
    """A row of swaps.csv: `person` stands in for `instead_of`."""

    desk: str
    instead_of: str
    person: str
    starts_at: Millis
    ends_at: Millis
    agreed_by: str


class Rosters(Struct, frozen=True):
    """Everything a folder says."""

    desks: list[Desk]
    people: dict[str, tuple[str, tuple[tuple[str, str], ...]]]
    shifts: list[Shift]
    holidays: dict[tuple[str, int], bool]
    swaps: list[Swap]


class _Faults(list[str]):
    """Every mistake of a folder, with file and line."""


def read(folder: Path) -> tuple[Rosters, list[str]]:
    """What the files say, and what is wrong with them; with a fault nothing is to be taken."""
    faults = _Faults()
    desks = _rows(folder, "desks", _desk, faults)
    people = {code: (name, ways) for code, name, ways in _rows(folder, "duty_people", _person, faults)}
    known = {desk.desk for desk in desks}
    shifts = _rows(folder, "shifts", lambda cells: _shift(cells, known, people), faults)
    holidays = dict(_rows(folder, "holidays", _holiday, faults))
    zones = {desk.desk: desk.zone for desk in desks}
    swaps = _rows(folder, "swaps", lambda cells: _swap(cells, zones, people), faults)
    if not desks and not faults:
        faults.append(f"{folder} has no desks.csv, or it is empty: nobody would be on duty")
    return Rosters(desks, people, shifts, holidays, swaps), list(faults)


def _rows(folder: Path, table: str, row_of: Callable[[Mapping[str, str]], Any], faults: _Faults) -> list[Any]:
    found = [path for suffix in ("csv", "xlsx") if (path := folder / f"{table}.{suffix}").is_file()]
    if not found:
        return []
    rows: list[Any] = []
    heads: list[str] | None = None
    try:
        for line, cells in opened(found[0], {table}).lines:
            if heads is None:
                heads = [_heading(cell) for cell in cells]
                continue
            try:
                rows.append(row_of(dict(zip(heads, cells, strict=False))))
            except ValueError as error:
                faults.append(f"{found[0].name} line {line}: {error}")
    except Refused as error:
        faults.append(f"{found[0].name}: {error}")
    return rows


def _heading(cell: str) -> str:
    by_zh = {zh: name for name, zh in _HEADINGS.items()}
    return by_zh.get(cell, cell.strip().lower())


def _needed(cells: Mapping[str, str], name: str) -> str:
    text = cells.get(name, "")
    if not text:
        raise ValueError(f"{name} ({_HEADINGS[name]}) is missing: fill it in")
    return text


def _desk(cells: Mapping[str, str]) -> Desk:
    zone = cells.get("zone") or "Asia/Shanghai"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{zone} is no time zone: write Asia/Shanghai or Asia/Urumqi") from error
    code = _needed(cells, "desk")
    region, facility, hospital = (cells.get(name) or None for name in ("region", "facility", "hospital"))
    if sum(one is not None for one in (region, facility, hospital)) != 1:
        raise ValueError("a desk answers for a region, a facility or a hospital: fill in one of them")
    return Desk(code, cells.get("name") or code, zone, region, facility, hospital)


def _person(cells: Mapping[str, str]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """`voice:13800000000; wecom:key` are two ways in their order."""
    code = _needed(cells, "person")
    ways = []
    for item in re.split(r"[;；]\s*", _needed(cells, "ways")):
        channel, _, address = item.partition(":")
        if channel not in CHANNELS or not address:
            raise ValueError(f"{item!r} is no way: write channel:address, with one of {', '.join(CHANNELS)}")
        ways.append((channel, address))
    return code, cells.get("name") or code, tuple(ways)


def _shift(cells: Mapping[str, str], desks: set[str], people: Mapping[str, object]) -> Shift:
    desk, person = _needed(cells, "desk"), _needed(cells, "person")
    _is_known(desk, desks, "desks")
    _is_known(person, people, "duty_people")
    role = ROLES.get(_needed(cells, "role"), cells["role"])
    if role not in ROLES.values():
        raise ValueError(f"{role} is no role: write one of {', '.join(dict.fromkeys(ROLES.values()))}")
    given = cells.get("days") or "every_day"
    days = DAYS.get(given, given)
    if days not in DAYS.values() and not re.fullmatch("[1-7]{1,7}", days):
        raise ValueError(
            f"{days} are no days: write every_day, workdays, holidays, or 135 for Monday, Wednesday, Friday"
        )
    begins, ends = _clock(_needed(cells, "from")), _clock(_needed(cells, "to")) % 1_440
    limits = [_day(cells[name]) if cells.get(name) else None for name in ("valid_from", "valid_until")]
    return Shift(desk, role, person, days, begins % 1_440, ends, limits[0], limits[1])


def _swap(cells: Mapping[str, str], zones: Mapping[str, str], people: Mapping[str, object]) -> Swap:
    desk = _needed(cells, "desk")
    _is_known(desk, zones, "desks")
    for name in ("person", "instead_of"):
        _is_known(_needed(cells, name), people, "duty_people")
    starts, ends = (_moment(_needed(cells, name), zones[desk]) for name in ("from", "to"))
    if ends <= starts:
        raise ValueError("the swap ends before it begins")
    return Swap(desk, cells["instead_of"], cells["person"], starts, ends, _needed(cells, "agreed_by"))


def _holiday(cells: Mapping[str, str]) -> tuple[tuple[str, int], bool]:
    works = _needed(cells, "works")
    if works not in ("yes", "no", "是", "否"):
        raise ValueError("works (是否上班) is yes or no")
    return (cells.get("region", ""), _day(_needed(cells, "day"))), works in ("yes", "是")


def _is_known(code: str, codes: object, table: str) -> None:
    if code not in codes:  # type: ignore[operator]
        raise ValueError(f"{code} is not in {table}.csv: add it there")


def _clock(text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[1]) * 60 + int(found[2]) > 1_440:
        raise ValueError(f"{text} is no time of day: write 08:00")
    return int(found[1]) * 60 + int(found[2])


def _day(text: str) -> int:
    try:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days
    except ValueError as error:
        raise ValueError(f"{text} is no day: write 2026-10-01") from error


def _moment(text: str, zone: str) -> Millis:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text} is no time: write 2026-10-01 20:00") from error
    return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))
