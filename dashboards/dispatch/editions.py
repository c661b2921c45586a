"""Which other editions of a dispatch are there? The ministry's page, and the evidence for those who close and open."""

from __future__ import annotations

from typing import Final

from dashboards.dispatch.closure import evidence
from dashboards.dispatch.document import Document, Language
from dashboards.dispatch.ministry import Brief, not_produced
from dashboards.dispatch.reading import evidence_of, period_of
from dashboards.dispatch.telling import page_of, told
from detectors.profile import Profile
from detectors.times import MINUTE, Millis
from store import figures
from store.connection import Connection

_CHINA: Final = Profile()


async def ministry_page(
    connection: Connection, region: str, day: int, revision: int | None, language: Language, now: Millis
) -> tuple[Brief, bool]:
    """The page of a revision, by default of the newest; else the notice, and False."""
    basis = await told(connection, region, day, revision)
    if basis is not None:
        return await page_of(connection, basis, language, now), True
    return not_produced(region, day, await _reason(connection, region, day, now), language, now), False


async def _reason(connection: Connection, region: str, day: int, now: Millis) -> str:
    period = await period_of(connection, region, day)
    if now < _CHINA.midnight(day) + period.ended * MINUTE:
        return "why_not_over"
    counted = await figures.of_region(connection, region, "period", day, day)
    return "why_not_frozen" if counted else "why_nothing_counted"


async def closure_pack(connection: Connection, region: str, day: int, language: Language, now: Millis) -> Document:
    """What speaks for and against closing or opening again, as it is counted now; at the beginning of a transaction."""
    regions, homes = await evidence_of(connection, region, day)
    return evidence(region, day, regions, homes, language, now)
