"""Figures: sums of parts over a day or a reporting period, from facility to nation, each beside its blanks.

Two grains share one truth. A calendar day d is the parts (d, 0) and (d, 1); the
reporting period that ends at the cut-off of d is (d - 1, 1) and (d, 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from msgspec import Struct

from store.connection import Connection
from store.dictionary import FIGURES, STORED, Figure
from store.sql import statements

Grain = Literal["day", "period"]
Setting = Literal["urban", "rural", "unknown"]
NATION: Final = "000000"
"""The region that every other lies in; it has no code in GB/T 2260."""
UNPLACED: Final = "unplaced"
"""Facilities whose region nobody said, or said wrong."""

RegionDay = tuple[str, Grain, int]
"""A region and a day of one grain."""


def _combined(figure: Figure) -> str:
    """The last part (l) of a facility and the earlier one (e) as one value."""
    last, earlier = f"l.{figure.name}", f"e.{figure.name}"
    return {
        "flow": f"coalesce({last} + {earlier}, {last}, {earlier})",
        "stock": last,
        "any": f"greatest({last}, {earlier})",
        "every": f"least({last}, {earlier})",
    }[figure.kind]


def _summed_up(figure: Figure) -> str:
    """The sum over facilities, and how many are blank."""
    return f"sum({_combined(figure)}), count(*) - count({_combined(figure)})"


_FILLED: Final = {
    b"{columns}": ", ".join(f"{one.name}, {one.name}_blank" for one in STORED).encode(),
    b"{combined}": ", ".join(map(_combined, STORED)).encode(),
    b"{sums}": ", ".join(map(_summed_up, STORED)).encode(),
    b"{totals}": ", ".join(f"sum(f.{one.name}), sum(f.{one.name}_blank)" for one in STORED).encode(),
}


def _filled(text: bytes) -> bytes:
    for place, columns in _FILLED.items():
        text = text.replace(place, columns)
    return text


_SQL: Final = {name: _filled(text) for name, text in statements("figures").items()}


class Value(Struct, frozen=True):
    """A figure: its sum, and of how many facilities it is missing. No sum: all of them are blank."""

    value: int | float | None
    blank: int = 0

    def __add__(self, other: Value) -> Value:
        """Both; a blank stays a blank beside a number."""
        known = [one.value for one in (self, other) if one.value is not None]
        return Value(sum(known) if known else None, self.blank + other.blank)


class Figures(Struct, frozen=True):
    """The figures of a region on a day."""

    region: str
    grain: Grain
    day: int  # since 1970-01-01
    running: int  # facilities whose last part is not over: the figures are so far
    values: Mapping[str, Value]  # by name, in the order of the dictionary; of what was never counted there is none

    def __getitem__(self, name: str) -> Value:
        """A figure by its name, ratios included; KeyError where the dictionary has none."""
        figure = FIGURES[name]
        if figure.kind != "ratio":
            return self.values.get(name, Value(None))
        top, under = self.values.get(figure.of, Value(None)), self.values.get(figure.over[0], Value(None))
        for other in figure.over[1:]:
            under += self.values.get(other, Value(None))
        if top.value is None or not under.value:
            return Value(None, max(top.blank, under.blank))
        exact = Decimal(top.value) / 60 if figure.unit == "minutes" else Decimal(top.value) * 100
        # 四舍五入, as PostgreSQL rounds on the boards and people do by hand.
        rounded = (exact / Decimal(under.value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return Value(float(rounded), max(top.blank, under.blank))


async def of_region(
    connection: Connection, region: str, grain: Grain, first: int, last: int, settings: Sequence[Setting] = ()
) -> list[Figures]:
    """The figures of a region on each day first..last that has any; of some settings, by default all."""
    values = {"region": region, "grain": grain, "first": first, "last": last}
    rows = await (await connection.execute(_SQL["figures"], values)).fetchall()
    return _summed(rows, settings)


async def below(
    connection: Connection, region: str, grain: Grain, first: int, last: int, settings: Sequence[Setting] = ()
) -> list[Figures]:
    """The same of every region that lies directly in it, by day and code."""
    values = {"region": region, "grain": grain, "first": first, "last": last}
    rows = await (await connection.execute(_SQL["figures_below"], values)).fetchall()
    return _summed(rows, settings)


async def tree(connection: Connection, region: str, grain: Grain, day: int) -> tuple[list[Figures], dict[str, str]]:
    """The same of a region and of all that lies in it, by code, and of each what it lies in."""
    values = {"region": region, "grain": grain, "day": day}
    rows = await (await connection.execute(_SQL["figures_of_tree"], values)).fetchall()
    return _summed(rows, ()), {row[0]: row[4] for row in rows if row[0] != region}


async def hold_still(connection: Connection) -> None:
    """What is read until the transaction ends is as of one moment; it must not have read anything yet."""
    await connection.execute(_SQL["hold_still"])


class FacilityFigures(Struct, frozen=True):
    """The figures of one facility on a day."""

    code: str
    setting: Setting
    is_over: bool
    name: str | None
    values: Mapping[str, int | None]


async def of_facilities(
    connection: Connection, regions: Sequence[str], grain: Grain, day: int
) -> list[FacilityFigures]:
    """The figures of each facility that counts directly in these regions, by code."""
    values = {"regions": list(regions), "grain": grain, "day": day}
    rows = await (await connection.execute(_SQL["facility_figures"], values)).fetchall()
    names = [one.name for one in STORED]
    return [
        FacilityFigures(code, setting, is_over, name, dict(zip(names, map(_whole, found), strict=True)))
        for code, setting, is_over, name, *found in rows
    ]


def _summed(rows: Iterable[Sequence[Any]], settings: Sequence[Setting]) -> list[Figures]:
    """Settings of the same region and day, added."""
    found: dict[tuple[int, str], Figures] = {}
    for region, grain, day, setting, _, running, *columns in rows:
        if settings and setting not in settings:
            continue
        pairs = zip(columns[::2], columns[1::2], strict=True)
        values = {one.name: Value(_whole(top), blank) for one, (top, blank) in zip(STORED, pairs, strict=True)}
        known = found.get((day, region))
        if known is not None:
            values = {name: value + known.values[name] for name, value in values.items()}
        so_far = running + (0 if known is None else known.running)
        found[day, region] = Figures(region, grain, day, so_far, values)
    return list(found.values())


def _whole(value: Any) -> int | None:
    """Sums of bigints travel as decimals."""
    return None if value is None else int(value)


# ------------------------------------------------------------ making sums


async def claim(connection: Connection) -> bool:
    """Nobody else makes sums until the transaction ends; False: somebody does."""
    await connection.execute(_SQL["give_room"])
    row = await (await connection.execute(_SQL["claim_sums"])).fetchone()
    return row is not None and bool(row[0])


async def take_stale(connection: Connection, limit: int) -> list[RegionDay]:
    """Some regions whose facilities have changed, the newest days first; they are marked no more."""
    cursor = await connection.execute(_SQL["take_stale_regions"], {"limit": limit})
    return [(region, grain, day) for region, grain, day in await cursor.fetchall()]


async def sum_leaves(connection: Connection, stale: Iterable[RegionDay]) -> None:
    """The sums of these regions are those of the facilities that count directly in them."""
    values = _arrays(stale)
    await connection.execute(_SQL["drop_sums"], values)
    await connection.execute(_SQL["sum_leaves"], values)


async def add_sums(connection: Connection, stale: Mapping[RegionDay, str]) -> None:
    """The sums of these regions are those of the regions directly in them; each with what it lies in itself."""
    values = _arrays(stale)
    await connection.execute(_SQL["drop_sums"], values)
    await connection.execute(_SQL["add_sums"], values | {"parents": list(stale.values())})


async def name_regions(connection: Connection, names: Mapping[str, str]) -> None:
    """Whoever reads the sums by SQL finds these names beside the codes."""
    # In one order: processes that start together do not wait for each other in a circle.
    regions = sorted(names)
    await connection.execute(_SQL["name_regions"], {"regions": regions, "names": [names[region] for region in regions]})


def _arrays(stale: Iterable[RegionDay]) -> dict[str, Any]:
    keys = list(stale)
    return {
        "regions": [region for region, _, _ in keys],
        "grains": [grain for _, grain, _ in keys],
        "days": [day for _, _, day in keys],
    }
