"""Hand-overs (交接班): everything open in one action, taken or sent back thing by thing, and a record to print."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts import handing_over
from alerts.acting import Outcome, Refused
from alerts.handing_over import Offer, Person
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.forms import text
from dashboards.console.pages import Asked, nothing, notice, now, page
from dashboards.console.users import Role, User
from dashboards.console.viewing import viewed
from detectors.times import DAY, MINUTE, Millis
from store import hand_overs
from store.connection import Connection, reading, transaction

READERS: Final = to(Role.FACILITY, Role.DESK)
GIVERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")
LISTED: Final[Millis] = 7 * DAY

Answer = Callable[[Connection, list[int]], Awaitable[list[Outcome]]]


@shown("/hand-overs", READERS)
async def hand_overs_page(request: Asked, user: SignedIn) -> Response[Any]:
    """The records of a week, those that wait first of all, what one has promised, and the action itself."""
    async with reading(request.app.state.desk.pool) as connection:
        values = {
            "records": await hand_overs.seen_by(connection, user.seen, now() - LISTED),
            "promises": await hand_overs.promises_of(connection, user.login),
        }
    return page(request, "hand_overs.html", values)


@shown("/hand-overs/{hand_over_id:int}", READERS)
async def hand_over_page(request: Asked, user: SignedIn, hand_over_id: FromPath[int]) -> Response[Any]:
    """One record, to be answered and to be printed."""
    async with reading(request.app.state.desk.pool) as connection:
        record = await hand_overs.find(connection, hand_over_id)
        items = await hand_overs.items(connection, hand_over_id)
    if record is None:
        return nothing(request)
    await viewed(request, user, [one.subject for one in items if one.subject is not None])
    waiting = [one for one in items if one.state == "offered"]
    may = "acknowledge" in user.rights and record.giver_login != user.login and bool(waiting)
    return page(request, "hand_over.html", {"record": record, "items": items, "waiting": len(waiting), "may": may})


@done("/hand-overs", GIVERS)
async def offer(request: Asked, user: SignedIn) -> Response[Any]:
    """Everything open of the desk or home, or what the giver has taken on, is offered."""
    form = await request.form()
    given = Offer(user.seen, form.get("only_mine") == "1", text(form, "wanted", 64), text(form, "note", 500))
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        await handing_over.offer(connection, _person(user), given, now())
    return Redirect("/hand-overs", status_code=303)


@done("/hand-overs/{hand_over_id:int}/take", GIVERS)
async def take(request: Asked, user: SignedIn, hand_over_id: FromPath[int]) -> Response[Any]:
    """What is ticked is the taker's from now on."""
    return await _answered(
        request,
        hand_over_id,
        lambda it, chosen: handing_over.take(it, hand_over_id, _person(user), chosen, now()),
    )


@done("/hand-overs/{hand_over_id:int}/send-back", GIVERS)
async def send_back(request: Asked, user: SignedIn, hand_over_id: FromPath[int]) -> Response[Any]:
    """What is ticked stays the giver's, for a reason."""
    reason = text(await request.form(), "reason", 200) or ""
    return await _answered(
        request,
        hand_over_id,
        lambda it, chosen: handing_over.send_back(it, hand_over_id, _person(user), chosen, reason, now()),
    )


@done("/promises", GIVERS)
async def promise(request: Asked, user: SignedIn) -> Response[Any]:
    """Something one will do, which goes along with the next hand-over until it is done."""
    form = await request.form()
    words, minutes = text(form, "words", 200), text(form, "minutes", 5) or ""
    if words is None:
        return notice(request, 400, "请写明承诺了什么。", "Say what you will do.")
    if minutes and not minutes.isdecimal():
        return notice(
            request,
            400,
            "多少分钟请填整数，如 90；不限时就留空。",
            "Minutes are a whole number such as 90; or leave it empty.",
        )
    due = now() + int(minutes) * MINUTE if minutes and int(minutes) else None
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        await hand_overs.promise(connection, _person(user).names, words, due, now())
    return Redirect("/hand-overs", status_code=303)


@done("/promises/kept", GIVERS)
async def keep(request: Asked, user: SignedIn) -> Response[Any]:
    """It is done; only whoever keeps it can say so."""
    number = text(await request.form(), "promise", 18) or ""
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        if number.isdecimal():
            await hand_overs.keep(connection, int(number), _person(user).names, now())
    return Redirect("/hand-overs", status_code=303)


async def _answered(request: Asked, number: int, answer: Answer) -> Response[Any]:
    form = await request.form()
    chosen = [int(one) for one in form.getall("item", []) if str(one).isdecimal() and len(str(one)) < 6]
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            await answer(connection, chosen)
    except Refused as refused:
        return notice(request, 409, refused.zh, refused.en)
    return Redirect(f"/hand-overs/{number}", status_code=303)


def _person(user: User) -> Person:
    return Person(user.actor, user.login)


HANDLERS: Final[list[HTTPRouteHandler]] = [hand_overs_page, hand_over_page, offer, take, send_back, promise, keep]
