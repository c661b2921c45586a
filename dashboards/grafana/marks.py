"""What happened that figures alone do not tell? Marks on the boards' line of time.

An outage of ours is marked in every organisation: silence during it is nobody's.
A revision of a dispatch is marked for its region: from then on its figures are
those that were reported, and what the boards show may differ.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog

from dashboards.grafana.api import Grafana, GrafanaError, Mark
from dashboards.grafana.provinces import organisation_of
from dashboards.pausing import pause
from dashboards.rollup.places import name_of
from detectors.times import DAY, Millis
from store import boards, outages
from store.boards import Revision
from store.connection import connected, transaction
from store.errors import StoreError
from store.figures import NATION
from store.outages import Outage

OUTAGE: Final = "sizao-outage"
DISPATCH: Final = "sizao-dispatch"
"""The tags by which boards choose marks."""

LOOKED_AT_DAYS: Final = 60
"""What is older stays marked, and is not looked at again."""
EVERY_SECONDS: Final = 60.0

log = structlog.get_logger()


def of_outage(one: Outage, now: Millis) -> Mark:
    """We took nothing in; of an outage that lasts, the end is now."""
    lasts = "" if one.ended_at else " (仍在中断 / it lasts)"
    text = f"平台中断接收,期间未报送不计入机构 / We took nothing in; nobody was silent because of it{lasts}"
    return Mark(f"{OUTAGE} {one.began_at}", (OUTAGE,), text, one.began_at, one.ended_at or now)


def of_revision(one: Revision) -> Mark:
    """The figures of the region were frozen."""
    zh, _ = name_of(one.region, one.day)
    by_zh, by_en = (one.by, f"by {one.by}") if one.by else ("自动冻结·未经审核", "at the cut-off, unreviewed")
    text = f"{zh}日调度第{one.revision}版已冻结({by_zh}) / Dispatch, revision {one.revision}, frozen {by_en}"
    key = f"{DISPATCH} {one.region} {one.day} {one.revision}"
    return Mark(key, (DISPATCH, one.region), text, one.frozen_at, one.frozen_at)


async def mark(database_url: str, grafana: Grafana) -> int:
    """Every outage and revision of the last days is marked where it may be seen; how many marks were written."""
    now = round(time.time() * 1_000)
    since = now - LOOKED_AT_DAYS * DAY
    async with connected(database_url, "boards") as connection, transaction(connection):
        ours = [of_outage(one, now) for one in await outages.between(connection, since, now)]
        frozen = await boards.revisions(connection, since)
        viewing = await boards.viewers(connection)
    written = 0
    for region in viewing:
        place = grafana if region == NATION else await asyncio.to_thread(organisation_of, grafana, region)
        if place is None:
            continue
        theirs = [of_revision(one) for one in frozen if region in (NATION, one.region)]
        for tag, marks in ((OUTAGE, ours), (DISPATCH, theirs)):
            written += await asyncio.to_thread(place.put_marks, tag, marks)
    return written


async def follow(database_url: str, grafana: Grafana, stopping: asyncio.Event) -> None:
    """Marked again every minute; who is away is waited for."""
    while not stopping.is_set():
        try:
            if written := await mark(database_url, grafana):
                log.info("marked", marks=written)
        except (GrafanaError, StoreError) as error:
            log.warning("not_marked", error=str(error))
        await pause(stopping, EVERY_SECONDS)
