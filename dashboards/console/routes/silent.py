"""Who has not reported, today and yesterday; asking them in one action; doubtful zeros; difficulties and their end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol, TypeVar

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from alerts.nudges import nudge
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.forms import text
from dashboards.console.pages import Asked, nothing, notice, now, page, words_of
from dashboards.console.report_form import KINDS
from dashboards.console.routes.alerts import dialled
from dashboards.console.users import Role, User
from dashboards.console.words import date_of
from dashboards.dispatch.wording import Wording
from detectors.profile import Profile
from detectors.times import DAY, MINUTE, Millis
from store import nudges, registry, reports
from store.connection import Connection, reading, transaction
from store.figures import NATION
from store.nudges import Missing, NudgeResult
from store.reports import Action, DifficultyRow, ZeroAgainst

ASKED_AGAIN: Final[Millis] = 10 * MINUTE
"""Who was asked so lately is not asked again: a second tap wakes nobody twice. Ours."""
CLOSED_SHOWN: Final[Millis] = 14 * DAY
ACTIONS: Final[dict[str, Action]] = {"assigned": "assigned", "resolved": "resolved", "reopened": "reopened"}


class Day(Struct, frozen=True):
    """A day of the list."""

    date: str
    is_todays: bool
    missing: list[Missing]
    results: list[NudgeResult]
    zeros: list[ZeroAgainst]


class _Placed(Protocol):
    @property
    def facility(self) -> str: ...
    @property
    def region(self) -> str | None: ...


_Any = TypeVar("_Any", bound=_Placed)


@shown("/reports", to(Role.DESK, Role.VIEWER))
async def reports_page(request: Asked, user: SignedIn) -> Response[Any]:
    """Of the reader's region: whose report is missing, what came of asking, zeros to look at, and difficulties."""
    moment = now()
    day = Profile().day_of(moment)
    async with reading(request.app.state.desk.pool) as connection:
        days = [await _day(connection, user, one, is_todays=one == day) for one in (day, day - 1)]
        named = await _difficulties(connection, user)
    values = {
        "days": sorted(days, key=lambda one: not one.missing),  # where there is something to do, first
        "asked": _number(request, "asked"),
        "untold": _number(request, "untold"),
        "difficulties": [one for one in named if one.is_open],
        "closed": [one for one in named if not one.is_open and (one.since or 0) >= moment - CLOSED_SHOWN],
        "kinds": {value: (zh, en) for value, zh, en in KINDS},
        "said": Wording(words_of(request).language, day),
        "dialled": dialled,
        "is_desk": user.role is Role.DESK and "acknowledge" in user.rights,
    }
    return page(request, "reports.html", values)


@done("/reports/nudge", to(Role.DESK, right="acknowledge"))
async def nudge_all(request: Asked, user: SignedIn) -> Response[Any]:
    """Everybody whose report of the day is missing is asked for it (催报), but who was asked a moment ago."""
    moment = now()
    today = Profile().day_of(moment)
    day = today - 1 if (await request.form()).get("day") == date_of(today - 1) else today
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        results = _within(user, await nudges.results(connection, NATION, day))
        lately = {one.facility for one in results if one.at > moment - ASKED_AGAIN}
        codes = [one.facility for one in await _missing(connection, user, day) if one.facility not in lately]
        found = await nudge(connection, codes, day, user.name, moment)
    asked = [one for one in found if not one.reported]
    untold = sum(not one.told for one in asked)
    return Redirect(f"/reports?asked={len(asked)}&untold={untold}", status_code=303)


@done("/facilities/{facility:str}/difficulties", to(Role.DESK, right="acknowledge"))
async def settle(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """A difficulty has an owner; or it is over, and what was done is on record; or it is not over after all."""
    form = await request.form()
    action, number = ACTIONS.get(str(form.get("action"))), text(form, "difficulty", 64)
    owner, comment = text(form, "owner", 100), text(form, "comment", 500)
    if action is None or number is None or (action == "assigned" and not owner):
        return notice(request, 400, "请写明由谁负责，返回后重试。", "Say who answers for it: go back and try again.")
    if action != "assigned" and comment is None:
        return notice(
            request, 400, "请写明结果或原因，返回后重试。", "Say what was done, or why: go back and try again."
        )
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        known = await registry.find_facility(connection, facility)
        if known is None or not await reports.act(
            connection, known.id, number, action, user.name, now(), owner if action == "assigned" else None, comment
        ):
            return nothing(request)
    return Redirect("/reports#difficulties", status_code=303)


def _number(request: Asked, name: str) -> int | None:
    said = request.query_params.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 7 else None


async def _day(connection: Connection, user: User, day: int, *, is_todays: bool) -> Day:
    return Day(
        date_of(day),
        is_todays,
        await _missing(connection, user, day),
        _within(user, await nudges.results(connection, NATION, day)),
        await reports.zeros_against(connection, user.seen, day),
    )


async def _missing(connection: Connection, user: User, day: int) -> list[Missing]:
    """Of the user's regions and facilities."""
    seen = user.seen
    regions = seen.regions if not seen.facilities else ("", *seen.regions)
    found = {one.facility: one for region in regions for one in await nudges.missing(connection, region or NATION, day)}
    return _within(user, found.values())


async def _difficulties(connection: Connection, user: User) -> list[DifficultyRow]:
    """Of the user's regions and facilities."""
    seen = user.seen
    of_regions = [await reports.difficulties(connection, one or NATION, closed=True) for one in seen.regions]
    of_homes = [await reports.difficulties(connection, NATION, one, closed=True) for one in seen.facilities]
    found = {(one.facility, one.id): one for rows in (*of_regions, *of_homes) for one in rows}
    return _within(user, found.values())


def _within(user: User, found: Iterable[_Any]) -> list[_Any]:
    seen = user.seen
    return [
        one for one in found
        if one.facility in seen.facilities or any((one.region or "").startswith(region) for region in seen.regions)
    ]  # fmt: skip


HANDLERS: Final[list[HTTPRouteHandler]] = [reports_page, nudge_all, settle]
