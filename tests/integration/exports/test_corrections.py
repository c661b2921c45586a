"""What is told otherwise follows what was sent, by itself, once, and names it; what was withheld stays withheld."""

from __future__ import annotations

from typing import Any

import msgspec
import psycopg
import pytest

from dashboards.dispatch.freezing import freeze
from dashboards.exports import packages
from detectors.times import DAY as ONE_DAY
from detectors.times import HOUR, Millis
from store.connection import transaction
from tests.integration.exports.national import DAY, FROM, National, done, national, positives, pushing
from tests.integration.rollup.making import DAY_0, County

__all__ = ["national"]


async def _freeze_all(province: County) -> None:
    for region in ("370602", "370611", "370612", "370600", "370000"):
        async with transaction(province.connection):
            await freeze(province.connection, region, DAY_0 + 2, None, province.now)


async def _late(province: County, home: str, resident: str) -> Millis:
    """Somebody was positive on the day, and it comes only now."""
    province.now += HOUR
    when = province.now - 34 * HOUR
    await province.said(home, province.test(when, "positive"), resident=resident, after=34 * HOUR)
    await province.settle()
    return when


async def test_a_later_revision_of_a_day_that_was_sent_follows_by_itself_and_names_what_it_replaces(
    province: County, database: str, national: National
) -> None:
    await _freeze_all(province)
    await done("export", "queue", "--region", "370000", *FROM, "--database-url", database)
    push = pushing(national, database)
    assert "1 packages were taken" in (await done(*push)).output
    assert "0 packages were taken" in (await done(*push)).output, "nothing is sent twice unchanged"
    for resident in ("R-98", "R-99"):  # two corrections before anybody looked
        await _late(province, "F-370612", resident)
        await _freeze_all(province)
    assert "corrections follow: number 2, 3" in (await done(*push)).output
    assert "0 packages were taken" in (await done(*push)).output
    contents = [content for _, content in national.taken]
    assert [one["revision"] for one in contents] == [1, 2, 3]
    assert [positives(one)["370000"] for one in contents] == [9, 10, 11]
    assert "replaces" not in contents[0]
    assert [one["replaces"] for one in contents[1:]] == [
        {"key": "national-000000001", "revision": 1},
        {"key": "national-000000002", "revision": 2},
    ]


async def test_figures_so_far_are_followed_while_late_data_counts_and_no_longer(
    province: County, database: str, national: National
) -> None:
    await done("export", "queue", "--region", "370000", *FROM, "--database-url", database)
    assert await packages.follow(province.connection, "national", province.now) == [], "the same is not said again"
    await _late(province, "F-370612", "R-99")
    on_the_day = province.now - ONE_DAY
    assert await packages.follow(province.connection, "national", on_the_day) == [], "the day goes on"
    assert await packages.follow(province.connection, "national", province.now + 20 * ONE_DAY) == []
    assert await packages.follow(province.connection, "national", province.now) == [2]
    await done(*pushing(national, database))
    assert [one.get("replaces") for _, one in national.taken] == [None, {"key": "national-000000001", "revision": None}]


@pytest.mark.parametrize("order", [("370000", "370612"), ("370612", "370000")])
async def test_a_county_alone_says_nothing_that_solves_its_province(
    province: County, database: str, order: tuple[str, ...]
) -> None:
    for region in order:
        await done("export", "queue", "--region", region, *FROM, "--database-url", database)
    told: dict[str, set[object]] = {}
    for content in _contents(database):
        for region, value in positives(content).items():
            told.setdefault(region, set()).add(value)
    assert told["370612"] == {"withheld"}, "six, which with the sum of nine would leave three for two counties"
    assert told["370000"] == {9}


async def test_what_was_withheld_of_a_day_stays_withheld_whatever_late_data_makes_of_it(
    province: County, database: str
) -> None:
    queue = ("export", "queue", "--region", "370000", *FROM, "--database-url", database)
    await done(*queue)
    for number in range(6):  # now neither of them is small, and the third guards nobody
        await _late(province, "F-370602", f"L-{number}")
        await _late(province, "F-370611", f"L-{number}")
    await done(*queue)
    first, second = map(positives, _contents(database))
    counties = ("370602", "370611", "370612")
    assert [first[one] for one in counties] == [second[one] for one in counties] == ["withheld"] * 3
    assert (first["370000"], second["370000"]) == (9, 21)
    csv = await done("export", "figures", "--region", "370602", *DAY, "--out", "-", "--database-url", database)
    line = next(one for one in csv.stdout_bytes.decode("utf-8-sig").splitlines() if ",positives," in one)
    assert ",withheld," in line, "nor in another format"


def _contents(database: str) -> list[dict[str, Any]]:
    with psycopg.connect(database) as connection:
        found = connection.execute("select body from exports order by number").fetchall()
    return [msgspec.json.decode(body) for (body,) in found]
