"""How a page is made: one language, strict headers, and who is looking."""

from __future__ import annotations

import time
from importlib import resources
from typing import Any, Final

import jinja2
from litestar import MediaType, Request, Response
from litestar.datastructures import State

from dashboards.console.users import User
from dashboards.console.words import Words, date_of, local
from detectors.times import MINUTE, Millis

Asked = Request[Any, Any, State]

WARNED: Final[Millis] = 30 * MINUTE
"""Before a session ends its pages say so, also those that have been open for long."""

FILES: Final = resources.files("dashboards.console")
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # the path of a receipt is a key
    "cache-control": "no-store",
}
_PAGES: Final = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda name: (FILES / "templates" / name).read_text("utf-8")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)
_PAGES.globals["local"] = local
_PAGES.filters["date"] = date_of


def is_fragment(request: Asked) -> bool:
    """A part of a page, fetched again and again while the page is open: it has no menu."""
    return request.url.path.startswith("/fragments/")


def page(request: Asked, template: str, values: dict[str, Any], status: int = 200) -> Response[Any]:
    """The template with `values`.

    It also knows `w` (words), `now`, `user` (or None), `more` (for the menu), `csrf` (for every form)
    and `proof` (of the alert path).
    """
    words = words_of(request)
    ends_at: Millis = request.scope.get("ends_at", 0)  # type: ignore[assignment]
    known = {
        "w": words,
        "now": now(),
        "user": user_of(request),
        "is_asked_again": request.method == "GET",  # the same page may be had in the other language
        "more": request.scope.get("more", frozenset()),  # pages beyond those of the role
        "csrf": request.scope.get("csrf", ""),
        "ends_at": ends_at,  # when one must sign in again
        "warned_at": ends_at - WARNED,
        "proof": request.app.state.watch,
        "status": status,
    }
    text = _PAGES.get_template(template).render(**known, **values)
    response = Response(text, media_type=MediaType.HTML, headers=dict(HEADERS), status_code=status)
    if "lang" in request.query_params:
        response.set_cookie("sizao_lang", words.language, samesite="strict", max_age=365 * 86_400)
    return response


def notice(request: Asked, status: int, zh: str, en: str) -> Response[Any]:
    """One sentence, with its remedy."""
    return page(request, "notice.html", {"text": words_of(request)(zh, en)}, status)


def nothing(request: Asked) -> Response[Any]:
    """The one answer to what is not there and to what is not for this user."""
    return notice(request, 404, "没有这个页面。", "There is no such page.")


def words_of(request: Asked) -> Words:
    """In the language of the reader."""
    return Words(request.query_params.get("lang") or request.cookies.get("sizao_lang", "zh"))


def user_of(request: Asked) -> User | None:
    """Who is signed in."""
    found: User | None = request.scope.get("user")
    return found


def now() -> Millis:
    """The clock on the wall."""
    return round(time.time() * 1_000)
