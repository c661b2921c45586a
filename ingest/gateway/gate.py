"""What the handlers of the gateway share: pool, producer, who may send, and how a refusal is put."""

from __future__ import annotations

from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from msgspec import Struct

from ingest.gateway.senders import Buckets, Senders, Unknown
from ingest.producer import Coalescer, Producer
from ingest.spool import SpoolingPublisher
from store import tokens
from store.connection import Pool, reading
from store.errors import StoreError
from store.tokens import Sender

READINGS_A_SECOND: Final = 2_000.0
log = structlog.get_logger()


class GatewaySettings(Struct, frozen=True):
    """What the gateway is told."""

    kafka: str
    database_url: str
    cluster_id: str
    prefix: str = ""
    spool: bool = False
    deadline_seconds: float = 10.0


class Gate:
    """The parts of the gateway, put together."""

    def __init__(self, settings: GatewaySettings, pool: Pool, producer: Producer) -> None:
        self.settings = settings
        self.pool = pool
        self.producer = producer
        self.spool = SpoolingPublisher(producer, pool, settings.cluster_id) if settings.spool else None
        self.coalescer = Coalescer(self.spool or producer)
        self.senders = Senders(self._find)
        self.buckets = Buckets(READINGS_A_SECOND, 5_000)

    async def _find(self, secret: str) -> Sender | None:
        async with reading(self.pool) as connection:
            return await tokens.find(connection, secret)


async def sender_of(request: Request[Any, Any, State], gate: Gate) -> Sender | Response[Any]:
    """Whose token came with the request, or what to answer instead."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        return answer(401, "缺少令牌", "no token: send 'Authorization: Bearer ...'")
    try:
        sender = await gate.senders.of(secret.strip())
    except Unknown:
        return later(503, 2, "平台暂时无法核对令牌，请稍后重发", "the token cannot be checked now: send again")
    return sender or answer(401, "令牌无效或已撤销", "this token is not known or was revoked")


def answer(status: int, zh: str, en: str) -> Response[Any]:
    """A sentence that says how to mend it."""
    return Response({"reason": {"zh": zh, "en": en}}, status_code=status, media_type="application/json")


def later(status: int, seconds: float, zh: str, en: str) -> Response[Any]:
    """Not now: the same again after a while is harmless."""
    return Response(
        {"reason": {"zh": zh, "en": en}},
        status_code=status,
        headers={"retry-after": str(max(1, round(seconds + 0.5)))},
        media_type="application/json",
    )


def failed(request: Request[Any, Any, State], error: Exception) -> Response[Any]:
    """What no handler answered itself, in the shape of every other refusal; never a traceback."""
    if isinstance(error, StoreError):
        return later(503, 2, "平台暂时无法查询，请稍后再试", "this cannot be looked up now: ask again")
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return answer(404, "没有这个地址", "there is no such address: /v1/events and /v1/alerts are")
    if status == 405:
        return answer(405, "该地址不支持此方法", "this address does not take that method")
    if status < 500 and isinstance(error, HTTPException):
        return answer(status, "请求参数缺失或无效", f"a parameter is missing or not valid: {error.detail}")
    log.error("request_failed", path=request.url.path, error=type(error).__name__, exc_info=error)
    return answer(500, "平台出错，已记录", "this failed by a fault of ours; it is on record")
