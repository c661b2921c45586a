"""Who is judged and where: the facts about a resident and their facility that rules ask for."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from detectors.observations import Site
from detectors.times import DAY, MINUTE, Millis, to_datetime

Mode = Literal["平时", "疫情期间", "封闭管理"]
Tier = Literal["red", "yellow", "green"]

SEA_LEVEL_SPO2_TENTHS: Final = 970
"""The usual saturation that the absolute limits 93 and 88 are set for: 97 - 4 and 97 - 9 (contract.md, altitude)."""


class Profile(Struct, frozen=True):
    """What is known of a resident from `valid_from` on; facility facts are merged in."""

    valid_from: Millis = 0
    zone: str = "Asia/Shanghai"  # IANA name
    cutoffs: tuple[int, ...] = (10 * 60, 18 * 60)  # minutes after local midnight at which checks are due
    altitude_m: int = 0
    temperature_site: Site = "axillary"
    mode: Mode = "疫情期间"
    tier: Tier | None = None
    tier_by_table: Tier | None = None  # what the table says, whatever the facility gives
    tier_stale_since: Millis | None = None  # the facility gave its tier before something happened that gives another
    spo2_scale: Literal[1, 2] = 1  # NEWS2 scale 2: target 88-92 % in hypercapnic respiratory failure
    usual_spo2_tenths: int | None = None
    usual_temperature_tenths: int | None = None
    checks_from: Millis | None = None  # missed checks count from here; None: from the first element
    checks_until: Millis | None = None  # and up to here: the resident has left

    def day_of(self, at: Millis) -> int:
        """The local calendar day, as days since 1970-01-01."""
        return (at + utc_offset(self.zone, at // _QUARTER)) // DAY

    def clock(self, at: Millis) -> str:
        """A moment as people there read it.

        >>> Profile().clock(1_767_597_000_000)
        '01-05 15:10'
        """
        return to_datetime(at + utc_offset(self.zone, at // _QUARTER)).strftime("%m-%d %H:%M")

    def midnight(self, day: int) -> Millis:
        """The first moment of a local day."""
        return midnight(self.zone, day)


_QUARTER: Final = 15 * MINUTE  # zones change their offset on a quarter of an hour


@lru_cache(maxsize=16_384)
def midnight(zone: str, day: int) -> Millis:
    """The first moment of a local day in a zone."""
    guess = day * DAY
    guess -= utc_offset(zone, guess // _QUARTER)
    return day * DAY - utc_offset(zone, guess // _QUARTER)


@lru_cache(maxsize=65_536)
def utc_offset(zone: str, quarter: int) -> Millis:
    """The zone's distance from UTC during one quarter of an hour since 1970."""
    offset = ZoneInfo(zone).utcoffset(to_datetime(quarter * _QUARTER))
    assert offset is not None
    return int(offset.total_seconds()) * 1_000
