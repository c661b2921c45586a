"""What a person does about alerts: seen, going, cannot, quiet for a while; one alert, or many at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import structs

from alerts import acting
from alerts.acting import Actor, Outcome
from dashboards.console.access import SignedIn, done, to
from dashboards.console.forms import text
from dashboards.console.pages import Asked, notice, now
from dashboards.console.users import Place, Role, User
from detectors.times import MINUTE
from store import console
from store.connection import Connection, reading, transaction

ANSWERS: Final = to(Role.FACILITY, Role.DESK, Role.HOSPITAL, right="acknowledge")
SILENCES: Final = to(Role.FACILITY, Role.DESK, Role.HOSPITAL, right="silence")
MOST_AT_ONCE: Final = 500

Act = Callable[[Connection], Awaitable[list[Outcome]]]


@done("/alerts/{alert_id:int}/acknowledge", ANSWERS)
async def acknowledge_alert(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """Somebody has looked. Doing it twice is harmless."""
    comment, actor = await _text(request, "comment") or None, await _actor(request, user)
    return await _act(request, alert_id, lambda it: acting.acknowledge(it, [alert_id], actor, comment, now()))


@done("/alerts/{alert_id:int}/accept", ANSWERS)
async def accept_alert(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """Somebody answers for it from now on."""
    comment, actor = await _text(request, "comment") or None, await _actor(request, user)
    return await _act(request, alert_id, lambda it: acting.accept(it, [alert_id], actor, comment, now()))


@done("/alerts/{alert_id:int}/reject", ANSWERS)
async def reject_alert(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """Somebody cannot: the next is told at once."""
    reason = await _text(request, "reason")
    if not reason:
        return notice(request, 400, "请写明退回原因，以便下一位处置。", "Say why you cannot: the next person reads it.")
    actor = await _actor(request, user)
    return await _act(request, alert_id, lambda it: acting.reject(it, [alert_id], actor, reason, now()))


@done("/alerts/{alert_id:int}/answer", to(Role.FACILITY, Role.DESK, right="acknowledge"))
async def answer_alert(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """The facility has said how its data came about, here or to its desk by telephone."""
    words = await _text(request, "words")
    if not words:
        return notice(request, 400, "请写明核实情况。", "Say what you found.")
    return await _act(request, alert_id, lambda it: acting.answer(it, [alert_id], user.actor, words, now()))


@done("/alerts/{alert_id:int}/snooze", SILENCES)
async def snooze_alert(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """Quiet for some minutes, at most as long as its severity allows."""
    minutes, reason = await _text(request, "minutes"), await _text(request, "reason")
    if not minutes.isdecimal() or int(minutes) < 1 or not reason:
        return notice(request, 400, "请选择暂停多少分钟，并写明原因。", "Choose for how many minutes, and say why.")
    until = now() + min(int(minutes), 24 * 60) * MINUTE
    return await _act(request, alert_id, lambda it: acting.snooze(it, [alert_id], user.actor, until, reason, now()))


@done("/alerts/{alert_id:int}/wake", SILENCES)
async def cancel_snooze(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """The signal is back."""
    return await _act(request, alert_id, lambda it: acting.cancel_snooze(it, [alert_id], user.actor, now()))


@done("/inbox/acknowledge", ANSWERS)
async def acknowledge_many(request: Asked, user: SignedIn) -> Response[Any]:
    """Those that were ticked are seen; whoever may not see one of them has it left alone."""
    form = await request.form()
    ticked = [str(one) for one in form.getall("alert", [])][:MOST_AT_ONCE]
    wanted = [int(one) for one in ticked if one.isdecimal() and len(one) < 19]
    comment = text(form, "comment", 200)
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        mine = [one for one in wanted if await _is_seen(connection, user, one)]
        await acting.acknowledge(connection, mine, user.actor, comment, now())
    return Redirect("/", status_code=303)


async def _act(request: Asked, alert_id: int, act: Act) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        (outcome,) = await act(connection)
    why = "" if outcome.done else "?undone=1"
    return Redirect(f"/alerts/{alert_id}{why}", status_code=303)


async def _is_seen(connection: Connection, user: User, alert_id: int) -> bool:
    found = await console.place_of_alert(connection, alert_id)
    return found is not None and user.sees(Place(found.facility, found.region, found.resident))


async def _actor(request: Asked, user: User) -> Actor:
    """Whoever is signed in, or the person whose answer a desk has heard on the telephone and enters."""
    named = await _text(request, "for_whom") if user.role is Role.DESK else ""
    return structs.replace(user.actor, name=named, entered_by=user.name) if named else user.actor


async def _text(request: Asked, name: str) -> str:
    return text(await request.form(), name, 200) or ""


HANDLERS: Final[list[HTTPRouteHandler]] = [
    acknowledge_alert,
    accept_alert,
    reject_alert,
    answer_alert,
    snooze_alert,
    cancel_snooze,
    acknowledge_many,
]
