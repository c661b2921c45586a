"""The page as an ASGI app: overview, alert, facility; reading and one action."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any, Final

import jinja2
import structlog
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from alerts.acting import Actor, acknowledge
from dashboards.console.facility import facility_values
from dashboards.console.plot import plot
from dashboards.console.receipts import Doors, gateway_answer, receipt, receipt_page
from dashboards.console.sessions import Sessions
from dashboards.console.words import Words, local
from detectors.times import DAY, HOUR, MINUTE, Millis
from store import console, deliveries, profiles, transitions
from store.connection import Pool, open_pool, reading, transaction
from store.console import AlertLine
from store.errors import StoreError
from streams.catalogue import in_force

COOKIE: Final = "sizao_session"
BEFORE: Final[Millis] = 48 * HOUR
AFTER: Final[Millis] = 24 * HOUR
ZONE: Final[Millis] = 8 * HOUR
_FILES: Final = resources.files("dashboards.console")
_PAGES: Final = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda name: (_FILES / "templates" / name).read_text("utf-8")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)
_PAGES.globals["local"] = local
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
log = structlog.get_logger()


class Desk(Struct):
    """What the handlers share."""

    pool: Pool
    sessions: Sessions


Asked = Request[Any, Any, State]


@get("/")
async def overview(request: Asked) -> Response[Any]:
    """Open alerts first, then the facilities."""
    return await _overview(request, "overview.html")


@get("/fragments/overview")
async def overview_part(request: Asked) -> Response[Any]:
    """The inside of the overview, fetched again and again."""
    return await _overview(request, "overview_part.html")


async def _overview(request: Asked, template: str) -> Response[Any]:
    desk, now = _desk(request), _now()
    today = (now + ZONE) // DAY * DAY - ZONE
    async with reading(desk.pool) as connection:
        values = {
            "counters": await console.counters(connection, now - 10 * MINUTE),
            "alerts": await console.alerts(connection),
            "facilities": await console.overview(connection, today),
        }
    return _page(request, template, values)


@get("/alerts/{alert_id:int}")
async def alert_page(request: Asked, alert_id: FromPath[int]) -> Response[Any]:
    """One alert: why, since when, on what, and who was told."""
    desk = _desk(request)
    async with reading(desk.pool) as connection:
        line = await console.alert(connection, alert_id)
        if line is None:
            return _notice(request, 404, "没有这条预警。", "There is no such alert.")
        course = (await transitions.of_alerts(connection, [alert_id]))[alert_id]
        told = (await deliveries.of_alerts(connection, [alert_id]))[alert_id]
        until = min(_now(), line.last_transition_at + AFTER)
        since = line.opened_at - BEFORE
        points = await console.curve(connection, line.facility_id, line.resident_id, since, until)
        known = await profiles.profiles_of(connection, line.facility_id)
        rules = await in_force(connection, known.region)
    values = {
        "a": line,
        "course": course,
        "told": told,
        "rule": rules.rule(line.rule, line.last_transition_at),
        "plots": _plots(line, points, b"".join(step.evidence for step in course), since, until, _words(request)),
        "csrf": desk.sessions.form_secret(request.cookies.get(COOKIE)),
    }
    return _page(request, "alert.html", values)


@post("/alerts/{alert_id:int}/acknowledge")
async def acknowledge_alert(request: Asked, alert_id: FromPath[int]) -> Response[Any]:
    """Somebody has looked. Doing it twice is harmless."""
    desk = _desk(request)
    form = await request.form()
    if not desk.sessions.is_from_form(request.cookies.get(COOKIE), str(form.get("csrf", ""))):
        return _notice(request, 403, "页面已过期，请返回后重试。", "This page is out of date: go back and try again.")
    actor = str(form.get("actor", "")).strip()[:40]
    if not actor:
        return _notice(request, 400, "请写上您的姓名。", "Please give your name.")
    async with reading(desk.pool) as connection:
        line = await console.alert(connection, alert_id)
    if line is None:
        return _notice(request, 404, "没有这条预警。", "There is no such alert.")
    comment = str(form.get("comment", "")).strip()[:200] or None
    async with reading(desk.pool) as connection, transaction(connection):
        await acknowledge(connection, [alert_id], Actor(actor), comment, _now())
    return Redirect(f"/alerts/{alert_id}", status_code=303)


@get("/facilities/{code:str}")
async def facility_page(request: Asked, code: FromPath[str]) -> Response[Any]:
    """One facility: what is to be measured again, latest values, what became of what was sent."""
    return await _facility(request, code, "facility.html")


@get("/fragments/facilities/{code:str}")
async def facility_part(request: Asked, code: FromPath[str]) -> Response[Any]:
    """The inside of a facility's page, fetched again and again."""
    return await _facility(request, code, "facility_part.html")


async def _facility(request: Asked, code: FromPath[str], template: str) -> Response[Any]:
    desk = _desk(request)
    async with reading(desk.pool) as connection:
        values = await facility_values(connection, code, _now())
    if values is None:
        return _notice(request, 404, "没有这家机构。", "There is no such facility.")
    return _page(request, template, values)


@get("/static/{name:str}", sync_to_thread=False)
def static_file(name: FromPath[str]) -> Response[bytes]:
    """Style and script of the page."""
    kinds = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}
    if name not in kinds:
        raise HTTPException(status_code=404)
    return Response((_FILES / "static" / name).read_bytes(), headers={**_HEADERS, "content-type": kinds[name]})


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz")
async def readyz(request: Asked) -> Response[Any]:
    """The database can be reached."""
    async with reading(request.app.state.desk.pool):
        return Response({"database": True})


@get("/metrics", sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Prometheus metrics."""
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})


# ------------------------------------------------------------ parts


def _plots(
    line: AlertLine, points: list[console.Point], evidence: bytes, since: Millis, until: Millis, w: Words
) -> list[tuple[str, str]]:
    seen = evidence.decode()
    limit = 93.0 if line.condition == "hypoxia" and line.severity <= 2 else None
    spo2 = [(p.at, p.spo2_tenths / 10, p.event_id in seen) for p in points if p.spo2_tenths is not None]
    heat = [(p.at, p.temperature_tenths / 10, p.event_id in seen) for p in points if p.temperature_tenths is not None]
    drawn = [
        (w("血氧", "Oxygen saturation"), plot(spo2, since, until, line.zone, "%", limit)),
        (
            w("体温", "Temperature"),
            plot(heat, since, until, line.zone, "°C", 37.3 if line.condition == "fever" else None),
        ),
    ]
    return [(name, svg) for name, svg in drawn if svg]


def _desk(request: Asked) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _words(request: Asked) -> Words:
    return Words(request.query_params.get("lang") or request.cookies.get("sizao_lang", "zh"))


def _page(request: Asked, template: str, values: dict[str, Any], status: int = 200) -> Response[Any]:
    words = _words(request)
    text = _PAGES.get_template(template).render(w=words, now=_now(), **values)
    response = Response(text, media_type=MediaType.HTML, headers=dict(_HEADERS), status_code=status)
    if "lang" in request.query_params:
        response.set_cookie("sizao_lang", words.language, samesite="strict", max_age=365 * 86_400)
    return response


def _notice(request: Asked, status: int, zh: str, en: str) -> Response[Any]:
    return _page(request, "notice.html", {"text": _words(request)(zh, en)}, status)


def _now() -> Millis:
    return round(time.time() * 1_000)


async def _let_in(request: Asked) -> Response[Any] | None:
    """Nobody sees a page without a session; the one-time token opens one."""
    if request.url.path in ("/healthz", "/readyz", "/metrics") or request.url.path.startswith("/static/"):
        return None
    desk = _desk(request)
    token = request.query_params.get("token")
    if token is not None:
        session = desk.sessions.exchange(token)
        if session is not None:
            response = Redirect("/", status_code=303)
            response.set_cookie(COOKIE, session, httponly=True, samesite="strict")
            return response
    if desk.sessions.form_secret(request.cookies.get(COOKIE)) is None:
        zh = "链接无效或已用过。请使用启动时打印的链接；重新启动会打印新的链接。"
        return _notice(request, 403, zh, "This link is not good, or was used before: use the one printed at the start.")
    return None


def _failed(request: Asked, error: Exception) -> Response[Any]:
    """A plain page with the remedy, never a traceback."""
    if isinstance(error, HTTPException):
        return _notice(request, error.status_code, "没有这个页面。", "There is no such page.")
    if isinstance(error, StoreError):
        log.warning("database_unavailable", error=str(error))
        return _notice(request, 503, "数据库暂时无法访问，请稍后刷新。", "The database is away: reload in a moment.")
    log.error("page_failed", path=request.url.path, error=type(error).__name__, exc_info=error)
    return _notice(request, 500, "页面出错，已记录。", "This page failed; it is on record.")


def make_console(database_url: str, sessions: Sessions, doors: Doors | None = None) -> Litestar:
    """The ASGI app; `doors` are for people and gateways without a session."""

    @asynccontextmanager
    async def living(app: Litestar) -> AsyncIterator[None]:
        pool = await open_pool(database_url, "console")
        app.state.desk = Desk(pool, sessions)
        app.state.doors = doors or Doors()
        try:
            yield
        finally:
            await pool.close()

    return Litestar(
        [
            overview,
            overview_part,
            alert_page,
            acknowledge_alert,
            facility_page,
            facility_part,
            receipt_page,
            receipt,
            gateway_answer,
            static_file,
            healthz,
            readyz,
            metrics,
        ],
        lifespan=[living],
        before_request=_let_in,
        exception_handlers={Exception: _failed},
        openapi_config=None,
        logging_config=None,  # the process decides how logs look
    )
