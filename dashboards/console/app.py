"""The console as an ASGI app: where its parts are chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from litestar import Litestar, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from dashboards.console.access import DEPENDENCIES, door, rule_of
from dashboards.console.factor_key import FactorKey
from dashboards.console.pages import HEADERS, Asked, nothing, notice
from dashboards.console.routes import HANDLERS
from dashboards.console.routes.proof import Watch
from dashboards.console.routes.receipts import Doors
from dashboards.console.routes.stream import Lists
from dashboards.console.sessions import signed_in
from dashboards.console.viewing import Views
from store.connection import Pool, open_pool
from store.errors import Refused, StoreError

log = structlog.get_logger()


class Desk(Struct):
    """What the handlers share."""

    pool: Pool
    views: Views
    gateway: str | None = None  # where what is written by hand is handed in
    factor_key: FactorKey | None = None  # for the secrets of telephones; None: no code can be checked


def _failed(request: Asked, error: Exception) -> Response[Any]:
    """A plain page with the remedy, never a traceback."""
    if isinstance(error, HTTPException):
        return nothing(request)
    if isinstance(error, Refused):
        # A code that nothing can have is that of nothing; in a form it is a slip, and no fault of ours.
        if request.method == "GET":
            return nothing(request)
        return notice(
            request,
            400,
            "内容中有无法保存的字符或过大的数字，请更正后重试。",
            "It holds a character or a number that cannot be kept: mend it and try again.",
        )
    if isinstance(error, StoreError):
        log.warning("database_unavailable", error=str(error))
        return notice(request, 503, "数据库暂时无法访问，请稍后刷新。", "The database is away: reload in a moment.")
    log.error("page_failed", path=request.url.path, error=type(error).__name__, exc_info=error)
    return notice(request, 500, "页面出错，已记录。", "This page failed; it is on record.")


def _guard(response: Response[Any]) -> Response[Any]:
    """Whatever is answered has the strict headers, also what is no page."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def make_console(
    database_url: str, doors: Doors | None = None, gateway: str | None = None, factor_key: FactorKey | None = None
) -> Litestar:
    """The ASGI app; `doors` are for people and gateways without a session. Raises NoRule for a page without one.

    What is written by hand goes to `gateway`, an address such as http://127.0.0.1:8080.
    """
    for handler in HANDLERS:
        rule_of(handler)

    @asynccontextmanager
    async def living(app: Litestar) -> AsyncIterator[None]:
        pool = await open_pool(database_url, "console")
        app.state.desk = Desk(pool, Views(pool), None if gateway is None else gateway.rstrip("/"), factor_key)
        app.state.doors = doors or Doors()
        app.state.watch = Watch(pool)
        app.state.lists = Lists(pool)
        try:
            async with app.state.watch.looking():
                yield
        finally:
            await pool.close()

    return Litestar(
        HANDLERS,
        lifespan=[living],
        before_request=door(signed_in),
        after_request=_guard,
        dependencies=DEPENDENCIES,
        exception_handlers={Exception: _failed},
        openapi_config=None,
        logging_config=None,  # the process decides how logs look
    )
