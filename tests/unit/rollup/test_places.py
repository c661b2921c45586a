"""Every code that ever was has a place on every day, and everything lies in the nation."""

from __future__ import annotations

import csv
import json
from importlib import resources
from pathlib import Path

import pytest

from dashboards.rollup.places import DIRECTLY, above, place_of
from ingest import regions
from store.figures import NATION, UNPLACED
from store.nudges import prefix_of

ROWS = list(csv.DictReader((resources.files("ingest") / "gbt2260" / "codes.csv").read_text("utf-8").splitlines()))
CODES = sorted({row["code"] for row in ROWS})
DAYS = (14_000, 17_500, 18_000, 20_700)  # 2008, 2017, 2019, 2026


@pytest.mark.parametrize("day", DAYS)
def test_every_code_counts_somewhere_and_all_of_it_in_the_nation(day: int) -> None:
    for code in CODES:
        place = place_of(code, day)
        chain = [one.region for one in above(place, day)]
        assert place.region != UNPLACED, code
        assert chain[-1] == NATION
        assert chain.count(NATION) == 1
        assert [one.parent for one in (place, *above(place, day))] == [*chain, ""]
        # What lies in a region is found by the beginning of its code: lists and scopes rest on it.
        assert all(place.region.startswith(prefix_of(one)) for one in chain), code
        assert place.region.endswith(DIRECTLY) or regions.level(place.region) in ("county", None)


def test_no_retired_record_is_lost(shared_data: Path) -> None:
    retired = json.loads((shared_data / "gbt2260" / "retired_2002_to_2019.json").read_text("utf-8"))
    codes = retired if isinstance(retired, list) else list(retired)
    for code in [one if isinstance(one, str) else one["code"] for one in codes]:
        assert place_of(code, 20_700).region != UNPLACED, code


def test_a_slip_in_the_last_digits_counts_in_its_city_and_nonsense_apart() -> None:
    assert place_of("510199", 20_700).parent == "510100"
    assert place_of("519999", 20_700).parent == "510000"
    assert place_of("990000", 20_700).region == place_of("", 20_700).region == UNPLACED
