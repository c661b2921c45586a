"""SQL over the roll-ups, made from the dictionary: a column is a figure under its own name.

Only roll-ups and names are read: the boards' database roles may read nothing
else, and no resident is in them. `${...}` are Grafana's variables,
quoted by Grafana; `$__unixEpochFrom()` is the beginning of the chosen time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from dashboards.grafana import tiles
from store.dictionary import FIGURES

_CHOSEN: Final = "f.grain = ${grain:sqlstring} and f.setting in (${setting:sqlstring})"
# Local days of China: 28,800 seconds before those of UTC.
IN_RANGE: Final = "day between ($__unixEpochFrom() + 28800) / 86400 and ($__unixEpochTo() + 28800) / 86400"
# The latest one that is over everywhere: beside what still runs, shares of regions do not compare.
SHOWN: Final = f"""(
  select day from region_figures
  where region = ${{region:sqlstring}} and grain = ${{grain:sqlstring}} and {IN_RANGE}
  group by day order by sum(running) = 0 desc, day desc limit 1
)"""


def _summed(name: str) -> str:
    """Over regions: everything is added."""
    return f"sum(f.{name})"


def value(name: str, combined: Callable[[str], str] = _summed) -> str:
    """A figure of what is in the group; nothing known: null, as in `store.figures`."""
    figure = FIGURES[name]
    if figure.kind != "ratio":
        return combined(name)
    under = " + ".join(f"coalesce({combined(one)}, 0)" for one in figure.over)
    top = f"{combined(figure.of)} / 60.0" if figure.unit == "minutes" else f"100.0 * {combined(figure.of)}"
    return f"round({top} / nullif({under}, 0), 1)"


def columns(names: Sequence[str], blanks: Sequence[str] = (), combined: Callable[[str], str] = _summed) -> str:
    """Columns for a select, each figure under its own name, and of some beside it how many facilities are blank."""
    wanted = []
    for name in names:
        wanted.append(f"{value(name, combined)} as {name}")
        wanted += [f"sum(f.{name}_blank) as {name}_blank"] * (name in blanks)
    return ",\n  ".join(wanted)


def now(*names: str) -> str:
    """The figures of the region in the latest period that is over, in one row."""
    return f"""select {columns(names)}
from region_figures f
where f.region = ${{region:sqlstring}} and {_CHOSEN}
and f.day = {SHOWN}"""


def shown_day() -> str:
    """Which day that is."""
    return f"select to_char(date '1970-01-01' + {SHOWN}, 'YYYY-MM-DD') as shown"


def trend(*names: str) -> str:
    """The figures of the region, day by day."""
    return f"""select midnight_in_zone(f.day, 'Asia/Shanghai') as time,
  {columns(names)}
from region_figures f
where f.region = ${{region:sqlstring}} and {_CHOSEN}
and f.{IN_RANGE}
group by f.day order by f.day"""


def below(*names: str, blanks: Sequence[str] = (), first: str) -> str:
    """The figures of each region directly in the region; `first`: how they are ordered."""
    return f"""select coalesce(n.name, f.region) as name, f.region,
  {columns(names, blanks)}
from region_figures f left join region_names n on n.region = f.region
where f.parent = ${{region:sqlstring}} and {_CHOSEN}
and f.day = {SHOWN}
group by f.region, n.name
order by {first} nulls last, f.region"""


# What a name says beyond the region's own: 四川, 成都市.
_SHORT: Final = "'(壮族|回族|维吾尔)?(自治区|特别行政区|省|市)\\Z'"
# And below: 阿坝, 成都市; the peoples in the names of their 自治州, 自治县 and 自治旗 stay out.
_PEOPLES: Final = (
    "各|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|"
    "柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|普米|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春"
)
_SHORT_BELOW: Final = f"'(({_PEOPLES})族?)+自治[州县旗]\\Z'"
_SQUARES: Final = ", ".join(f"('{code}', {column}, {row})" for code, (column, row) in tiles.places().items())


def squares(*names: str) -> str:
    """The figures of each region directly in the region, on its square of the map; the first gives the colour.

    Degrees are squares: nothing lies where it lies on the globe.
    """
    return f"""with below as (
{below(*names, first="f.region").removesuffix(" nulls last, f.region")}
), placed as (
  select b.*, c.name as chosen, t.x, t.y, row_number() over (partition by t.x is null order by b.region) - 1 as n
  from below b
  left join (values {_SQUARES}) t (region, x, y) on t.region = b.region
  left join region_names c on c.region = ${{region:sqlstring}}
)
select name, region, {", ".join(names)},
  case when chosen = '全国' then regexp_replace(name, {_SHORT}, '')
    else regexp_replace(substr(name, 1 + length(chosen)), {_SHORT_BELOW}, '') end as square,
  3.0 * coalesce(x, n % {tiles.A_ROW}) as longitude,
  -3.0 * coalesce(y, {tiles.BELOW} + n / {tiles.A_ROW}) as latitude
from placed
order by region"""


REGIONS: Final = """with recursive root as (
  select region from board_viewers where role = current_user
), latest as (
  select max(day) as day from region_figures where region = (select region from root) and grain = 'day'
), known (region) as (
  select region from root
  union
  select f.region from known k cross join latest l
  join region_figures f on f.parent = k.region and f.grain = 'day' and f.day = l.day
)
select coalesce(n.name, k.region) as __text, k.region as __value
from known k left join region_names n on n.region = k.region
order by k.region"""
"""The regions that can be chosen: from the viewer's own down, those that have figures."""
