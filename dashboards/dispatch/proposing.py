"""What do the figures ask somebody to do? To call who is silent, help who is short, check data that is in doubt.

What is open already is not proposed again, and nothing is closed because its cause has gone: people close it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dashboards.dispatch.reading import desks_of
from dashboards.dispatch.wording import TEXTS
from dashboards.rollup.places import name_of
from detectors.times import Millis
from store import items
from store.connection import Connection
from store.figures import FacilityFigures
from store.items import Kind, NewItem

ASKED: Final[dict[str, Kind]] = {
    "silent": "call",
    "reports_missing": "call",
    "antiviral_short": "help",
    "antipyretic_short": "help",
    "to_verify": "check",
}
"""Figure of a facility -> what is to be done about it."""


async def propose(
    connection: Connection, region: str, day: int, homes: Sequence[FacilityFigures], due_at: Millis, now: Millis
) -> None:
    """What the named facilities ask for is assigned to the region, until its next cut-off."""
    if not homes:
        return
    known = await items.open_sources(connection, desks_of(region, day))
    owner = name_of(region, day)[0]
    proposed = [
        NewItem(region, day, ASKED[source], _what(facility, source), owner, due_at, facility.code, source)
        for facility, source in _asked(homes)
        if (facility.code, source) not in known
    ]
    await items.propose(connection, proposed, now)


def _what(facility: FacilityFigures, source: str) -> str:
    return f"{facility.name or facility.code}：{TEXTS.words[f'ask_{source}'].zh}"


def _asked(homes: Sequence[FacilityFigures]) -> Iterator[tuple[FacilityFigures, str]]:
    for one in homes:
        found = [name for name in ASKED if one.values.get(name)]
        if "silent" in found and "reports_missing" in found:
            found.remove("reports_missing")  # one call asks both
        yield from ((one, name) for name in found)
