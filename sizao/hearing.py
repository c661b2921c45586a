"""What the doctor finds of silences: facilities that are not heard, counties offline, and when we did not look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from alerts.counties import KIND
from alerts.hearing import OF_SENTENCE, SILENCES, Silence
from detectors.times import DAY, Millis, to_text
from sizao.finding import Finding
from store import outages, silences, technical
from store.connection import Connection
from store.outages import Outage
from store.technical import TechnicalAlert

_OF_FACILITIES: Final[tuple[Silence, ...]] = ("never", "silent", "clock")


async def silences_found(connection: Connection, now: Millis) -> list[Finding]:
    """A line for the facilities, one for our own outages, and one for each county that is offline."""
    counties = [one for one in await technical.open_ones(connection) if one.kind == KIND]
    return [
        of_facilities(await silences.told(connection)),
        of_ours(await outages.between(connection, now - DAY, now), now),
        *(of_county(one) for one in counties),
    ]


def of_facilities(told: Mapping[str, int]) -> Finding:
    """How many of each silence; they are the facilities' affair, and no fault of the system."""
    numbers = dict.fromkeys(_OF_FACILITIES, 0)
    for because, number in told.items():
        numbers[OF_SENTENCE[because]] += number
    said = ", ".join(f"{SILENCES[silence][1]} ({SILENCES[silence][0]}) {n}" for silence, n in numbers.items())
    remedy = "ring them: the page of each says since when" if any(numbers.values()) else ""
    return Finding("green", f"facilities not heard: {said}", remedy)


def of_ours(known: Iterable[Outage], now: Millis) -> Finding:
    """When no gateway could take anything in: nobody is called silent for it."""
    zh, en = SILENCES["not_looked"]
    mine = list(known)
    lasting = next((one for one in mine if one.ended_at is None), None)
    if lasting is not None:
        what = f"{en} ({zh}): no gateway takes anything in since {to_text(lasting.began_at)}"
        return Finding("red", what, "start sizao gateway, or look at its log; until then nobody is called silent")
    if not mine:
        return Finding("green", f"{en} ({zh}): never in the last day")
    minutes = sum((one.ended_at or now) - max(one.began_at, now - DAY) for one in mine) / 60_000
    last = to_text(max(one.ended_at or now for one in mine))
    return Finding("green", f"{en} ({zh}): {minutes:.0f} min in the last day, the last until {last}")


def of_county(one: TechnicalAlert) -> Finding:
    """A whole county fell silent, and is not back."""
    what = f"county offline since {to_text(one.first_at)}: {one.said}"
    return Finding("red", what, "ask its network and power supply; who is still silent when it is back is told singly")
