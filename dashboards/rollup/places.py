"""Where a facility counts: the GB/T 2260 code in force on that day, and what it lies in, up to the nation.

A retired code counts in the one it went on in. One that went into several
counts in what they have in common, so no old record is lost and none is
guessed. A code nobody knows counts under the city or province its digits name.
Facilities of no county are a child of their city or province: its code and `-`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ingest import regions
from store.figures import NATION, UNPLACED
from store.parts import Place

DIRECTLY: Final = "-"
"""Behind a code: what lies in the city or province and in none of its counties."""


@lru_cache(maxsize=65_536)
def place_of(stated: str, day: int) -> Place:
    """Where a facility of this stated region counts on a day (since 1970-01-01).

    >>> place_of("510107", 20_000), place_of("429004", 20_000)
    (Place(region='510107', parent='510100'), Place(region='429004', parent='420000'))
    >>> place_of("371202", 20_000), place_of("130521", 20_000)
    (Place(region='370116', parent='370100'), Place(region='130500-', parent='130500'))
    >>> place_of("441900", 20_000), place_of("510199", 20_000)
    (Place(region='441900-', parent='441900'), Place(region='510199', parent='510100'))
    >>> place_of("", 20_000)
    Place(region='unplaced', parent='000000')
    """
    code = stated.ljust(6, "0")
    if not stated or regions.find(code, day) is None:
        known = [one for one in (f"{code[:4]}00", f"{code[:2]}0000") if regions.is_valid(one, day)]
        return Place(code, known[0]) if stated and known else Place(UNPLACED, NATION)
    current, above = regions.current(code, day), regions.parents(code, day)
    if len(current) == 1 and regions.level(current[0]) == "county":
        return Place(current[0], above[0] if above else NATION)
    shared = current[0] if len(current) == 1 else above[0] if above else None
    return Place(UNPLACED, NATION) if shared is None else Place(shared + DIRECTLY, shared)


def above(place: Place, day: int) -> list[Place]:
    """What lies above a place, the nearest first; the nation is the last and lies in nothing.

    >>> [one.region for one in above(place_of("510107", 20_000), 20_000)]
    ['510100', '510000', '000000']
    """
    found = []
    parent = place.parent
    while parent != NATION:
        higher = regions.parents(parent, day)
        found.append(Place(parent, higher[0] if higher else NATION))
        parent = found[-1].parent
    return [*found, Place(NATION, "")]


def name_of(region: str, day: int) -> tuple[str, str]:
    """What a region of the figures is called, in Chinese and English.

    >>> name_of("510107", 20_000), name_of("441900-", 20_000)
    (('四川省成都市武侯区', '510107'), ('广东省东莞市(直属)', '441900, in no county'))
    """
    if region == NATION:
        return "全国", "the nation"
    if region == UNPLACED:
        return "未填区划", "region not given"
    code = region.removesuffix(DIRECTLY)
    name = regions.full_name(code, day) or code
    return (name, code) if code == region else (f"{name}(直属)", f"{code}, in no county")


def names() -> dict[str, str]:
    """What every region that figures may have is called in Chinese."""
    known = regions.last_names()
    directly = {code + DIRECTLY: f"{name}(直属)" for code, name in known.items() if regions.level(code) != "county"}
    return {NATION: "全国", UNPLACED: "未填区划", **known, **directly}
