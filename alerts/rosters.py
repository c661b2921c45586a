"""Who is on duty: shifts, holidays and swaps of the desks that answer for a facility. Pure.

A shift belongs to the day on which it begins: the night of a workday is a
workday's shift until its end, also past midnight into a holiday.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from detectors.times import MINUTE, Millis, to_datetime
from store.duty import DeskRow, Person, RosterRows, ShiftRow

_LONGEST_CODE: Final = 99  # longer than every code of a region
_DAY_MINUTES: Final = 1_440
_EPOCH: Final = date(1970, 1, 1)


class OnDuty(Struct, frozen=True):
    """Somebody who answers in a role, until when, at which desk."""

    person: Person
    role: str
    desk: str
    until: Millis
    for_whom: str | None = None  # swapped: whose shift it was
    since: Millis = 0  # the shift began, or the swap


def desks_for(roster: RosterRows, facility: str, region: str | None) -> list[DeskRow]:
    """The desks that answer for a facility, the nearest first: those that name it, the county's, those further up."""

    def distance(desk: DeskRow) -> int | None:
        if any(scope.facility == facility for scope in desk.scopes):
            return -_LONGEST_CODE
        prefixes = [scope.region_prefix or "" for scope in desk.scopes if scope.facility is None]
        return min((-len(one) for one in prefixes if (region or "").startswith(one)), default=None)

    known = [(found, number) for number, desk in enumerate(roster.desks) if (found := distance(desk)) is not None]
    return [roster.desks[number] for _, number in sorted(known)]


def on_duty(roster: RosterRows, desk: DeskRow, region: str | None, now: Millis) -> list[OnDuty]:
    """Everybody on duty at a desk, with swaps as they were agreed."""
    zone = ZoneInfo(desk.zone)
    today = to_datetime(now).astimezone(zone).date()
    found = []
    for shift in roster.shifts:
        if shift.desk_id != desk.id:
            continue
        for day in (today - timedelta(days=1), today):
            begins, ends = _span(shift, day, zone)
            if begins <= now < ends and _is_on(shift, day, roster.holidays, region):
                found.append(_with_swaps(roster, shift, desk, now, begins, ends))
                break
    return found


def _with_swaps(
    roster: RosterRows, shift: ShiftRow, desk: DeskRow, now: Millis, begins: Millis, ends: Millis
) -> OnDuty:
    person = roster.people[shift.person_id]
    for swap in roster.swaps:
        if swap.desk_id == desk.id and swap.out_id == person.id and swap.starts_at <= now < swap.ends_at:
            stands_in, until, since = roster.people[swap.in_id], min(ends, swap.ends_at), max(begins, swap.starts_at)
            return OnDuty(stands_in, shift.role, desk.code, until, person.name, since)
    return OnDuty(person, shift.role, desk.code, ends, since=begins)


def _span(shift: ShiftRow, day: date, zone: ZoneInfo) -> tuple[Millis, Millis]:
    ends_on = day if shift.ends > shift.begins else day + timedelta(days=1)
    return _at(day, shift.begins, zone), _at(ends_on, shift.ends, zone)


def _at(day: date, minutes: int, zone: ZoneInfo) -> Millis:
    days, rest = divmod(minutes, _DAY_MINUTES)
    moment = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
    return round(moment.astimezone(UTC).timestamp() * 1_000)


def _is_on(shift: ShiftRow, day: date, holidays: Mapping[tuple[str, int], bool], region: str | None) -> bool:
    number = (day - _EPOCH).days
    if not (shift.valid_from or number) <= number <= (shift.valid_until or number):
        return False
    if shift.days == "every_day":
        return True
    if shift.days in ("workdays", "holidays"):
        return (shift.days == "workdays") == _works(day, number, holidays, region)
    return str(day.isoweekday()) in shift.days


def _works(day: date, number: int, holidays: Mapping[tuple[str, int], bool], region: str | None) -> bool:
    """The calendar of the longest prefix of the region that speaks of the day; else Monday to Friday."""
    for length in (6, 4, 2, 0):
        stated = holidays.get(((region or "")[:length], number))
        if stated is not None:
            return stated
    return day.isoweekday() <= 5


def in_quiet(quiet: tuple[str, str] | None, zone: str, now: Millis) -> Millis | None:
    """When the quiet hours in which `now` lies end; None: it is not quiet."""
    if quiet is None:
        return None
    local = to_datetime(now).astimezone(ZoneInfo(zone))
    begins, ends = (_minutes(text) for text in quiet)
    minute = local.hour * 60 + local.minute
    inside = begins <= minute < ends if begins < ends else minute >= begins or minute < ends
    if not inside:
        return None
    day = local.date() if minute < ends else local.date() + timedelta(days=1)
    return max(_at(day, ends, ZoneInfo(zone)), now + MINUTE)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
