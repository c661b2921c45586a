"""What is written down by hand goes through the same door as everything: the gateway, with a token for this once."""

from __future__ import annotations

from typing import Any, Final

import httpx
import structlog

from dashboards.console.pages import Asked
from store import tokens
from store.connection import reading, transaction

SECONDS: Final = 12.0
"""The gateway answers within ten, one way or the other."""
AWAY: Final = (
    "平台暂时无法接收，请稍后再试；重发不会重复计入。",
    "Not taken yet: send it again in a moment, it does no harm.",
)
NO_GATEWAY: Final = (
    "本机未设置接收地址(SIZAO_GATEWAY)，无法提交。",
    "The console knows no gateway: set SIZAO_GATEWAY.",
)

log = structlog.get_logger()


async def hand_in(request: Asked, facility_id: int, *events: dict[str, Any]) -> tuple[str, str] | None:
    """The events are taken; else why one was not, in Chinese and English. Those that were are not taken twice."""
    desk = request.app.state.desk
    if desk.gateway is None:
        return NO_GATEWAY
    async with reading(desk.pool) as connection, transaction(connection):
        number, secret = await tokens.create(connection, facility_id, "console")
    try:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
            answer = await client.post(
                f"{desk.gateway}/v1/events", json=list(events), headers={"authorization": f"Bearer {secret}"}
            )
        return _why_not(answer)
    except httpx.HTTPError as error:
        log.warning("gateway_away", error=type(error).__name__)
        return AWAY
    finally:
        async with reading(desk.pool) as connection, transaction(connection):
            await tokens.forget(connection, number)


def _why_not(answer: httpx.Response) -> tuple[str, str] | None:
    if answer.status_code not in (httpx.codes.ACCEPTED, httpx.codes.BAD_REQUEST):
        return AWAY
    refused = [one for one in answer.json().get("results", []) if one["result"] == "rejected"]
    if refused:
        return refused[0]["reason"]["zh"], refused[0]["reason"]["en"]
    return None if answer.status_code == httpx.codes.ACCEPTED else AWAY
