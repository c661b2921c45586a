"""Spot checks (四不两直): lists for named inspectors; for others what is to be mended, once there is a result."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from dashboards.console.access import CONCERNED, INSPECTING, SignedIn, Who, done, levels_of, shown, to
from dashboards.console.forms import text
from dashboards.console.pages import Asked, nothing, notice, now, page, words_of
from dashboards.console.users import Place, Role, User
from dashboards.console.viewing import viewed
from dashboards.dispatch.document import Language
from dashboards.spot_checks.annex import Line, annex, lines
from dashboards.spot_checks.following import MEND_DAYS, NotNow, take_step
from detectors.profile import Profile
from store import spot_checks
from store.connection import Connection, reading, transaction
from store.spot_checks import Kind, SpotCheck

INSPECTORS: Final = Who(INSPECTING, inspectors=True)
_LONGEST: Final = 2_000


@shown("/spot-checks", INSPECTORS)
async def lists_page(request: Asked, user: SignedIn) -> Response[Any]:
    """The newest list of the inspector's level or the one that is asked for; that it was looked at is on record."""
    levels = await levels_of(request, user)
    async with reading(request.app.state.desk.pool) as connection:
        draws = await spot_checks.draws(connection, levels)
        wanted = request.query_params.get("draw", "")
        draw = next((one for one in draws if not wanted or str(one.id) == wanted), None)
        listed = (
            [] if draw is None else await _lines(request, connection, await spot_checks.checks(connection, draw.id))
        )
    if wanted and draw is None:
        return nothing(request)
    await viewed(request, user, [one.check.facility for one in listed])
    document = None if draw is None else annex(draw, listed, _language(request))
    values = {"draws": draws, "draw": draw, "document": document, "lines": listed, "mend_days": MEND_DAYS}
    return page(request, "spot_checks.html", values)


@done("/spot-checks", INSPECTORS)
async def visited(request: Asked, user: SignedIn) -> Response[Any]:
    """A visit has a result, or somebody has looked again."""
    check = await _named(request)
    if check is None or check.region not in await levels_of(request, user):
        return nothing(request)
    return await _step(request, user, check, ("result", "rechecked"), f"/spot-checks?draw={check.draw_id}")


@shown("/rectifications", Who(CONCERNED))
async def mending_page(request: Asked, user: SignedIn) -> Response[Any]:
    """What visits have found at the reader's homes; nothing of a visit that has no result."""
    async with reading(request.app.state.desk.pool) as connection:
        found = await spot_checks.checks(connection, with_result=True)
        mine = [one for one in found if _is_concerned(user, one)]
        listed = await _lines(request, connection, mine)
    return page(request, "rectifications.html", {"lines": listed})


@done("/rectifications", to(Role.FACILITY, Role.DESK, right="acknowledge"))
async def mended(request: Asked, user: SignedIn) -> Response[Any]:
    """Somebody says that it is mended; whether it is, an inspector sees."""
    check = await _named(request)
    if check is None or not _is_concerned(user, check):
        return nothing(request)
    async with reading(request.app.state.desk.pool) as connection:
        if not (await spot_checks.steps(connection, [check.id]))[check.id]:
            return nothing(request)  # before the result nobody learns that there is a visit
    return await _step(request, user, check, ("rectified",), "/rectifications")


async def _named(request: Asked) -> SpotCheck | None:
    """The visit that the form is about."""
    number = str((await request.form()).get("check", ""))
    if not number.isdecimal() or len(number) > 18:
        return None
    async with reading(request.app.state.desk.pool) as connection:
        return next(iter(await spot_checks.checks(connection, number=int(number))), None)


async def _step(request: Asked, user: User, check: SpotCheck, kinds: tuple[Kind, ...], back: str) -> Response[Any]:
    form = await request.form()
    said, days = text(form, "said", _LONGEST), str(form.get("days", "7"))
    kind = next((one for one in kinds if one == form.get("kind")), None)
    if kind is None or not said or days not in map(str, MEND_DAYS):
        zh = "请写明情况并选择期限，然后重新提交。"
        return notice(request, 400, zh, "Say what was found and choose a time, then send it again.")
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            good = form.get("good") == "1"
            await take_step(connection, check, kind, good, said, int(days), user.name, _today())
    except NotNow:
        zh = "这一步已有人办理，请返回后刷新。"
        return notice(request, 409, zh, "Somebody has done this already: go back and reload.")
    return Redirect(back, status_code=303)


async def _lines(request: Asked, connection: Connection, checks: list[SpotCheck]) -> list[Line]:
    done = await spot_checks.steps(connection, [one.id for one in checks])
    return lines(checks, done, _today(), _language(request))


def _is_concerned(user: User, check: SpotCheck) -> bool:
    return user.sees(Place(check.facility, check.candidate.county))


def _language(request: Asked) -> Language:
    return "en" if words_of(request).language == "en" else "zh"


def _today() -> int:
    return Profile().day_of(now())


HANDLERS: Final[list[HTTPRouteHandler]] = [lists_page, visited, mending_page, mended]
