"""What a GB/T 2260 code is: its name, its level, what it lies in; retired codes still resolve.

`gbt2260/codes.csv` has every code since 2002 with the time it was in force, to
the month, and into which codes an ended one went, or most of it. Days are days since 1970-01-01,
as `Profile.day_of` gives them; without a day the newest state is meant.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib import resources
from typing import Final, Literal

from msgspec import Struct

Level = Literal["province", "city", "county"]

EVER: Final = 1 << 30
"""Later than any day."""

_MUNICIPALITIES: Final = frozenset(("110000", "120000", "310000", "500000"))
"""Provinces that are cities: their districts have no city between."""


class Region(Struct, frozen=True):
    """A code under one name, in force from `since` (a day) and before `until`."""

    code: str
    name: str
    since: int
    until: int
    successors: tuple[str, ...]  # where an ended one went on; its own code: under another name

    @property
    def is_collective(self) -> bool:
        """Only a heading of the list, such as 市辖区: no place is called so."""
        return self.name in ("市辖区", "县", "市") or self.name.startswith(("省直辖", "自治区直辖"))


def find(code: str, day: int = EVER - 1) -> Region | None:
    """The code as it was on a day, else as it last was before, else as it first became; None: there is no such code.

    >>> find("130502").name, find("130502", 0).name, find("999999")
    ('襄都区', '桥东区', None)
    """
    known = _codes().get(code, ())
    begun = [region for region in known if region.since <= day]
    return begun[-1] if begun else known[0] if known else None


def is_valid(code: str, day: int = EVER - 1) -> bool:
    """The code names a place and is in force on the day."""
    region = find(code, day)
    return region is not None and region.since <= day < region.until and not region.is_collective


def name(code: str, day: int = EVER - 1) -> str | None:
    """What the place is called, without what it lies in.

    >>> name("510107"), name("371202")
    ('武侯区', '莱城区')
    """
    region = find(code, day)
    return None if region is None else region.name


def full_name(code: str, day: int = EVER - 1) -> str | None:
    """With the city and province before it.

    >>> full_name("510107"), full_name("429004")
    ('四川省成都市武侯区', '湖北省仙桃市')
    """
    if find(code, day) is None:
        return None
    return "".join(name(one, day) or "" for one in (*reversed(parents(code, day)), code))


def last_names() -> dict[str, str]:
    """Every code that ever was, with its full name; a retired one as it was called last.

    >>> last_names()["510107"], last_names()["371202"]
    ('四川省成都市武侯区', '山东省莱芜市莱城区')
    """
    ends = {code: min(known[-1].until, EVER) - 1 for code, known in _codes().items()}
    return {code: full_name(code, day) or code for code, day in ends.items()}


def level(code: str) -> Level | None:
    """Province, city (地级) or county (县级), by its digits; None: there is no such code."""
    if find(code) is None:
        return None
    return "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"


def current(code: str, day: int = EVER - 1) -> tuple[str, ...]:
    """The codes in force on the day for the place that this code names; itself where nothing better is known.

    >>> current("371202"), current("110103"), current("130521")
    (('370116',), ('110101',), ('130502', '130503'))
    """
    return tuple(sorted(_followed(code, day, frozenset())))


def former(code: str, day: int = EVER - 1) -> tuple[str, ...]:
    """The codes that are out of force on the day and went on as this one alone.

    >>> former("370116"), former("510107")
    (('371202',), ())
    """
    return _former(day).get(code, ())


@cache
def _former(day: int) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in sorted(_codes()):
        now = current(one, day)
        if len(now) == 1 and now[0] != one:
            found[now[0]] = (*found.get(now[0], ()), one)
    return found


def parents(code: str, day: int = EVER - 1) -> tuple[str, ...]:
    """What the place lies in on the day, the nearest first. Of a code that went into several: what they have in common.

    >>> parents("510107"), parents("429004"), parents("460400"), parents("110105")
    (('510100', '510000'), ('420000',), ('460000',), ('110000',))
    >>> parents("371202"), parents("371202", 15_000)
    (('370100', '370000'), ('371200', '370000'))
    """
    chains = [_above(one) for one in current(code, day)]
    return tuple(one for one in chains[0] if all(one in chain for chain in chains))


def county_of(code: str, day: int = EVER - 1) -> str:
    """Under which code the people of a registered code are counted on the day.

    Where an ended code went on as one, that one; where it was divided nobody
    knows who lives where, and they stay together under the old code.

    >>> county_of("371202"), county_of("371202", 15_000), county_of("130521"), county_of("441900")
    ('370116', '371202', '130521', '441900')
    """
    now = current(code, day)
    return now[0] if len(now) == 1 else code


def city_of(code: str, day: int = EVER - 1) -> str | None:
    """The city in which a code is counted; itself where it is one. None: a county straight under its province.

    >>> city_of("510107"), city_of("441900"), city_of("110105"), city_of("130521"), city_of("429004")
    ('510100', '441900', '110000', '130500', None)
    """
    chain = (code, *parents(code, day))
    return next((one for one in chain if level(one) == "city" or one in _MUNICIPALITIES), None)


def _followed(code: str, day: int, seen: frozenset[str]) -> set[str]:
    region = find(code, day)
    if region is None or day < region.until or not region.successors or code in seen:
        return {code}
    return {last for one in region.successors for last in _followed(one, day, seen | {code})}


def _above(code: str) -> tuple[str, ...]:
    above = dict.fromkeys((f"{code[:4]}00", f"{code[:2]}0000"))
    regions = (find(one) for one in above if one != code)
    return tuple(region.code for region in regions if region is not None and not region.is_collective)


@cache
def _codes() -> dict[str, tuple[Region, ...]]:
    text = (resources.files("ingest") / "gbt2260" / "codes.csv").read_text("utf-8")
    found: dict[str, tuple[Region, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        successors = tuple(row["successors"].split(";")) if row["successors"] else ()
        region = Region(row["code"], row["name"], _day(row["since"], -EVER), _day(row["until"], EVER), successors)
        found[region.code] = (*found.get(region.code, ()), region)
    return found


def _day(month: str, otherwise: int) -> int:
    return (date.fromisoformat(f"{month}-01") - date(1970, 1, 1)).days if month else otherwise
