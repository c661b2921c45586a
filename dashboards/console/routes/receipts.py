"""The page behind a receipt link, and the door for a gateway's pressed keys and replies. Neither needs a session.

GET shows place and code and changes nothing; only POST does.
"""

from __future__ import annotations

import hmac
import re
import time
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from alerts.acting import Outcome
from alerts.notifiers.webhook import signature
from alerts.receipts import KEYS, BadLink, answered, read_link, read_reply
from dashboards.console.access import ANYBODY, done, shown
from dashboards.console.pages import Asked, now, page
from store import console, receipts
from store.connection import reading, transaction
from store.receipts import Answerable

ANSWERS: Final = ("accept", "acknowledge", "reject")
CLOCKS_APART_SECONDS: Final = 300
"""A gateway's message signed longer ago is an old one played again (Standard Webhooks)."""


class Doors(Struct, frozen=True):
    """Secrets of links and of gateways; None: that door is shut."""

    links: str | None = None
    gateway: str | None = None


class GatewayAnswer(Struct, frozen=True):
    """A key pressed in a call (`id`, `key`), or a short message that came back (`number`, `text`)."""

    id: str = ""
    key: str = ""
    number: str = ""
    text: str = ""


@shown("/r/{link:str}", ANYBODY)
async def receipt_page(request: Asked, link: FromPath[str]) -> Response[Any]:
    """What it is about, with the buttons; nothing is changed."""
    return await _page(request, link)


@done("/r/{link:str}", ANYBODY, status_code=200)
async def receipt(request: Asked, link: FromPath[str]) -> Response[Any]:
    """The person who was told has answered."""
    form = await request.form()
    given = str(form.get("answer", ""))
    doors: Doors = request.app.state.doors
    if given not in ANSWERS or doors.links is None:
        return await _page(request, link)
    moment = now()
    try:
        number = read_link(doors.links, link, moment)
    except BadLink:
        return await _page(request, link)
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        told = await receipts.telling(connection, number)
        outcome = None if told is None else await answered(connection, told, given, moment)  # type: ignore[arg-type]
    return await _page(request, link, outcome)


@done("/receipts/gateway", ANYBODY, status_code=200)
async def gateway_answer(request: Asked) -> Response[Any]:
    """What a telephone gateway heard: signed, of this moment, good once."""
    doors: Doors = request.app.state.doors
    body = await request.body()
    if doors.gateway is None or not is_signed(doors.gateway, request, body):
        return Response({"reason": "sign with the secret of the gateway, within five minutes"}, status_code=401)
    try:
        given = msgspec.json.decode(body, type=GatewayAnswer)
    except msgspec.DecodeError as error:
        return Response({"reason": f"this is no answer: {error}"}, status_code=400)
    reply = read_reply(given.text) if given.text else None
    answer = KEYS.get(given.key) if given.key else (reply and reply[1])
    if answer is None:
        return Response({"reason": "an answer is key 1 or 2, or a text such as K7Q4 1"}, status_code=400)
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        told: Answerable | None
        if reply is not None:
            told = await receipts.telling_by_reply(connection, re.sub(r"[^0-9+]", "", given.number), reply[0])
        else:
            told = await receipts.telling_by_key(connection, given.id)
        if told is None:
            return Response({"reason": "nobody was told so, or it is closed"}, status_code=404)
        outcome = await answered(connection, told, answer, now())
    return Response({"done": outcome.done, "why_not": outcome.why_not})


def is_signed(secret: str, request: Asked, body: bytes) -> bool:
    """It comes from whoever knows the secret, and was signed now."""
    number, at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not re.fullmatch("[0-9]{1,12}", at) or abs(int(at) - time.time()) > CLOCKS_APART_SECONDS:
        return False
    expected = signature(secret, number, int(at), body).encode()
    # Several are sent while a secret is changed: by the old one and by the new one (Standard Webhooks).
    given = request.headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(expected, one) for one in given)


async def _page(request: Asked, link: str, outcome: Outcome | None = None) -> Response[Any]:
    doors: Doors = request.app.state.doors
    line, told = None, None
    if doors.links is not None:
        try:
            number = read_link(doors.links, link, now())
        except BadLink:
            pass
        else:
            async with reading(request.app.state.desk.pool) as connection:
                told = await receipts.telling(connection, number)
                line = None if told is None else await console.alert(connection, told.alert_id)
    values = {"line": line, "told": told, "done": outcome}
    return page(request, "receipt.html", values, 200 if line is not None else 404)


HANDLERS: Final[list[HTTPRouteHandler]] = [receipt_page, receipt, gateway_answer]
