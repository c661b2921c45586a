"""SQL over the parts of facilities' days: the same figures as of regions, of one facility or of each in a region.

Two parts make a day or a period, each kind of figure in its own way, as
`store.dictionary` says. Names come from `board_facilities`, which shows a viewer
those of its own region.
"""

from __future__ import annotations

from typing import Final

from dashboards.grafana.queries import IN_RANGE, SHOWN, columns
from store.dictionary import FIGURES

# The day or period that a part belongs to; the range of days keeps Postgres from reading every day of the facility.
_PARTS: Final = """facility_parts f cross join lateral (
  select f.day + (${grain:sqlstring} = 'period' and f.part = 1)::int as day
) k"""
_NEAR: Final = (
    "f.day between ($__unixEpochFrom() + 28800) / 86400 - 1 and ($__unixEpochTo() + 28800) / 86400 and "
    + IN_RANGE.replace("day", "k.day", 1)
)
_CHOSEN: Final = "f.facility_id = (select facility_id from board_facilities where code = ${facility:sqlstring})"
_HERE: Final = "(${region:sqlstring}, ${region:sqlstring} || '-')"


def _combined(name: str) -> str:
    """The two parts of a facility as one value."""
    return {
        "flow": f"sum(f.{name})",
        "stock": f"(array_agg(f.{name} order by f.day desc, f.part desc))[1]",
        "any": f"max(f.{name})",
        "every": f"min(f.{name})",
    }[FIGURES[name].kind]


def trend(*names: str) -> str:
    """The figures of the facility, day by day."""
    return f"""select midnight_in_zone(k.day, 'Asia/Shanghai') as time,
  {columns(names, combined=_combined)}
from {_PARTS}
where {_CHOSEN} and {_NEAR}
group by k.day order by k.day"""


def now(*names: str) -> str:
    """The figures of the facility in the latest period that is over, in one row."""
    return f"""select {columns(names, combined=_combined)}
from {_PARTS}
where {_CHOSEN} and {_NEAR}
group by k.day order by count(*) = 2 and bool_and(f.is_over) desc, k.day desc limit 1"""


def shown_day() -> str:
    """Which day that is."""
    return f"""select to_char(date '1970-01-01' + k.day, 'YYYY-MM-DD') as shown
from {_PARTS}
where {_CHOSEN} and {_NEAR}
group by k.day order by count(*) = 2 and bool_and(f.is_over) desc, k.day desc limit 1"""


def each(*names: str, first: str) -> str:
    """The figures of every facility that counts directly in the region; `first`: how they are ordered."""
    return f"""with shown as (
  select {SHOWN} as day
), here as (
  select distinct p.facility_id from facility_parts p, shown s
  where p.region in {_HERE} and p.day between s.day - 1 and s.day
)
select b.name, b.code,
  {columns(names, combined=_combined)}
from here h join board_facilities b on b.facility_id = h.facility_id cross join shown s
join {_PARTS} on f.facility_id = h.facility_id and f.day between s.day - 1 and s.day and k.day = s.day
group by b.code, b.name
having (array_agg(f.region order by f.day desc, f.part desc))[1] in {_HERE}
order by {first} nulls last, b.code"""


FACILITIES: Final = """select b.name || ' ' || b.code as __text, b.code as __value
from board_facilities b
where starts_with(b.region, regexp_replace(rtrim(${region:sqlstring}, '-'), '(00)+\\Z', ''))
order by b.code limit 2000"""
"""The facilities that can be chosen: those of the region, the first two thousand by code."""
