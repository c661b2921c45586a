"""Freezing before the next cut-off: somebody asks, the roll-up does it, and the page says how far that is."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from dashboards.console.access import SignedIn, done, shown
from dashboards.console.dispatches import date_of, day_of, is_over
from dashboards.console.pages import Asked, notice, now, page, words_of
from dashboards.console.routes.dispatches import READERS, WRITERS
from dashboards.console.words import local
from dashboards.dispatch.wording import Wording
from detectors.profile import Profile
from detectors.times import MINUTE, Millis
from store import freezes
from store.connection import reading, transaction

STALLED: Final[Millis] = MINUTE
"""A freeze that came to no region for so long goes on when the roll-up does."""


@done("/dispatches/{dispatch_region:str}/freeze", WRITERS)
async def freeze_now(request: Asked, user: SignedIn, dispatch_region: FromPath[str]) -> Response[Any]:
    """The figures as they stand are to be the next revision, of what lies in the region first."""
    day = _day((await request.form()).get("date"))
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        if not await is_over(connection, dispatch_region, day, now()):
            return notice(request, 409, "统计时段尚未结束，还不能冻结。", "The period goes on: wait for its cut-off.")
        other = await freezes.ask(connection, dispatch_region, day, user.name, user.login, now())
    if other is not None and other.region != dispatch_region:
        return _refused(request, other)
    return Redirect(f"/dispatches/{dispatch_region}/freezing?date={date_of(day)}", status_code=303)


@shown("/dispatches/{dispatch_region:str}/freezing", READERS)
async def freezing(request: Asked, dispatch_region: FromPath[str]) -> Response[Any]:
    """How far the last freeze is that somebody asked for, of `?date=`."""
    return await _progress(request, dispatch_region, "freezing.html")


@shown("/fragments/dispatches/{dispatch_region:str}/freezing", READERS)
async def freezing_part(request: Asked, dispatch_region: FromPath[str]) -> Response[Any]:
    """The inside of it, fetched again and again."""
    return await _progress(request, dispatch_region, "freezing_part.html")


async def _progress(request: Asked, region: str, template: str) -> Response[Any]:
    day = _day(request.query_params.get("date"))
    async with reading(request.app.state.desk.pool) as connection:
        found = await freezes.latest(connection, region, day)
    if found is None:
        return Redirect(f"/dispatches/{region}", status_code=303)
    still = now() - (found.moved_at or found.asked_at)
    values = {
        "region": region,
        "said": Wording(words_of(request).language, day),
        "date": date_of(day),
        "freeze": found,
        "stalled_minutes": still // MINUTE if found.ended_at is None and still >= STALLED else 0,
    }
    return page(request, template, values)


def _refused(request: Asked, other: freezes.Freeze) -> Response[Any]:
    words = words_of(request)
    place = Wording(words.language, other.day).place(other.region)
    return notice(
        request,
        409,
        f"{place}正在冻结（{other.asked_by}于{local(other.asked_at)}提出），与本地区重叠：请等它完成后再提出。",
        f"{place} is being frozen ({other.asked_by} asked at {local(other.asked_at)}), and this region with it:"
        " wait until that is done.",
    )


def _day(given: object) -> int:
    day = day_of(str(given or ""))
    return Profile().day_of(now()) if day is None else day


HANDLERS: Final[list[HTTPRouteHandler]] = [freeze_now, freezing, freezing_part]
