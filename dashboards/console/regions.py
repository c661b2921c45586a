"""The page of a county or a city: what is open, who is silent, who is on the way to a hospital, where it gets worse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from msgspec import Struct

from dashboards.console.referral import lines_of
from dashboards.console.registered import registered_in
from detectors.profile import Profile
from detectors.region_counts import DayCount
from detectors.times import Millis
from ingest import regions as codes
from store import console, figures, modes, ranking
from store import regions as stored
from store.connection import Connection
from store.console import Seen, Wanted
from store.modes import ModeRow
from store.ranking import RankedHome, Ranking

DAYS_SHOWN: Final = 14
HOMES_SHOWN: Final = 20
ALERTS_SHOWN: Final = 60
FIGURES_REACH: Final = 7
"""Days back in which the newest figures are looked for: the roll-up may be behind."""
SILENT: Final = "facility_silent"


class CountyBlock(Struct, frozen=True):
    """A county's ranking and its days, as a page shows them."""

    name: str
    ranking: Ranking
    until: str
    days: list[tuple[str, DayCount]]  # the newest first

    @property
    def homes(self) -> list[tuple[int, RankedHome]]:
        """(place, home) of the first of the ranking."""
        return list(enumerate(self.ranking.homes[:HOMES_SHOWN], 1))


async def region_values(connection: Connection, code: str, now: Millis) -> dict[str, Any]:
    """What the page shows."""
    counties = await registered_in(connection, code)
    # By the codes that homes registered: an ended code lies in the county that it went on in.
    here = Seen(tuple(sorted({one for registered in counties.values() for one in registered})))
    today = Profile().day_of(now)
    figured = await figures.of_region(connection, code, "day", today - FIGURES_REACH, today)
    return {
        "standing": await console.standing(connection, here),
        "alerts": await console.alerts(connection, here, Wanted(worst=2), ALERTS_SHOWN),
        "silent": await console.alerts(connection, here, Wanted(worst=4, condition=SILENT), ALERTS_SHOWN),
        "tiers": figured[-1] if figured else None,
        "lines": [one for one in await lines_of(connection, here, now) if one.referral.ending is None],
        "modes": _in_force(await modes.modes_of(connection, code), now),
        **await _rankings(connection, code, counties),
    }


def _in_force(decided: Sequence[ModeRow], now: Millis) -> list[ModeRow]:
    """The decision that holds in each region that it was made for."""
    return list({one.region: one for one in decided if one.valid_from <= now}.values())


async def _rankings(connection: Connection, code: str, counties: dict[str, list[str]]) -> dict[str, Any]:
    blocks = []
    for county, registered in counties.items():
        found = await ranking.ranking_of(connection, county, registered)
        if found is not None:
            days = await stored.days_of(connection, [county], found.until - DAYS_SHOWN + 1, found.until)
            named = [(_date(one.day), one) for one in reversed(days)]
            blocks.append(CountyBlock(codes.full_name(county) or county, found, _date(found.until), named))
    blocks.sort(key=lambda block: (not block.ranking.is_wave, -block.ranking.in_outbreak, block.ranking.region))
    return {"code": code, "name": codes.full_name(code) or code, "blocks": blocks}


def _date(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
