"""Signing in: account and password, the code of the telephone; at first a password of one's own and the telephone.

One address shows whatever step is next. Which it is follows from the session (`sessions.next_step`): none is left out.
"""

from __future__ import annotations

import hmac
from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from dashboards.console import factors, passwords, signing_in
from dashboards.console.access import ANYBODY, done, shown
from dashboards.console.factor_key import WANTED, FactorKey
from dashboards.console.forms import text
from dashboards.console.pages import Asked, notice, now, page, words_of
from dashboards.console.sessions import Session, Step, find, with_cookie
from dashboards.console.signing_in import Wrong

WRONG: Final = ("账号或密码不正确。", "Account or password is not right.")
WRONG_CODE: Final = (
    "动态码不正确：请输入手机上最新的6位数字。",
    "The code is not right: type the newest six digits on your telephone.",
)
ENDED: Final = (
    "登录已到期，刚才的内容没有提交：请重新登录后再提交。",
    "The session is over and nothing was sent: sign in, and send it again.",
)


@shown("/sign-in", ANYBODY)
async def sign_in_page(request: Asked) -> Response[Any]:
    """The form of the next step; a one-time link of a trial is taken here."""
    link = request.query_params.get("link")
    if link is not None:
        token = await signing_in.with_link(_pool(request), link, _address(request))
        if token is not None:
            return with_cookie(request, Redirect("/", status_code=303), token)
        return notice(
            request,
            403,
            "链接无效或已用过。请使用最近一次启动时打印的链接；重新启动会打印新的链接。",
            "This link is not good, or was used before: use the newest one printed at a start; each start prints one.",
        )
    session = await find(request)
    if session is not None and session.step is None:
        return Redirect(quote(_next(request)), status_code=303)
    said = words_of(request)(*ENDED) if "ended" in request.query_params else ""
    return _form(request, None if "again" in request.query_params else session, said)


@done("/sign-in", ANYBODY)
async def password_given(request: Asked) -> Response[Any]:
    """Account and password were typed."""
    if not _is_ours(request):
        return _out_of_date(request)
    form = await request.form()
    login = text(form, "login", 80) or ""
    came = await signing_in.with_password(_pool(request), login, str(form.get("password", "")), _address(request))
    if isinstance(came, Wrong):
        return _form(request, None, _said(request, came, WRONG), 400, login)
    return with_cookie(request, _onward(request), came)


@done("/sign-in/code", ANYBODY)
async def code_given(request: Asked) -> Response[Any]:
    """The code of the telephone, or a recovery code, was typed."""
    session = await _on_the_way(request, "code")
    if isinstance(session, Response):
        return session
    code = str((await request.form()).get("code", ""))
    came = await signing_in.with_code(_pool(request), _key(request), session, code, _address(request))
    if isinstance(came, Wrong):
        return _form(request, session, _said(request, came, WANTED if came.lacks_key else WRONG_CODE), 400)
    return with_cookie(request, _onward(request), came)


@done("/sign-in/password", ANYBODY)
async def password_chosen(request: Asked) -> Response[Any]:
    """A password of one's own was chosen."""
    session = await _on_the_way(request, "password")
    if isinstance(session, Response):
        return session
    form = await request.form()
    chosen = str(form.get("password", ""))
    if chosen != str(form.get("again", "")):
        return _form(request, session, words_of(request)("两次输入不一致。", "The two are not the same."), 400)
    came = await signing_in.with_new_password(_pool(request), session, chosen)
    if not isinstance(came, str):
        return _form(request, session, words_of(request)(*came), 400)
    return with_cookie(request, _onward(request), came)


@done("/sign-in/telephone", ANYBODY)
async def telephone_enrolled(request: Asked) -> Response[Any]:
    """The telephone has shown that it has the secret; the recovery codes are shown, this once."""
    session = await _on_the_way(request, "enrolment")
    if isinstance(session, Response):
        return session
    form = await request.form()
    secret, key = str(form.get("secret", "")), _key(request)
    if key is None:
        return notice(request, 503, *WANTED)
    came = await signing_in.with_telephone(_pool(request), key, session, secret, str(form.get("code", "")))
    if isinstance(came, Wrong):
        return _form(request, session, words_of(request)(*WRONG_CODE), 400, secret=secret)
    token, codes = came
    return with_cookie(request, page(request, "recovery.html", {"codes": codes, "next": _next(request)}), token)


async def _on_the_way(request: Asked, step: Step) -> Session | Response[Any]:
    """The session whose next step this is, and whose form it was; else back to what is next."""
    session = await find(request)
    if session is None or session.step != step:
        return Redirect("/sign-in", status_code=303)
    given = str((await request.form()).get("csrf", ""))
    return session if hmac.compare_digest(given.encode(), session.csrf.encode()) else _out_of_date(request)


def _form(
    request: Asked, session: Session | None, said: str = "", status: int = 200, login: str = "", secret: str = ""
) -> Response[Any]:
    step = None if session is None else session.step
    values: dict[str, Any] = {"said": said, "login": login, "next": _next(request), "least": passwords.LEAST}
    if step == "enrolment" and session is not None:
        if _key(request) is None:
            return notice(request, 503, *WANTED)
        secret = secret if factors.is_secret(secret) else factors.new_secret()
        values |= {"secret": secret, "picture": factors.picture(secret, session.account.login)}
    template = {"code": "code.html", "password": "password.html", "enrolment": "enrolment.html"}
    return page(request, template.get(step or "", "sign_in.html"), values, status)


def _said(request: Asked, came: Wrong, wrong: tuple[str, str]) -> str:
    if not came.wait_until:
        return words_of(request)(*wrong)
    seconds = max(1, (came.wait_until - now()) // 1_000 + 1)
    minutes = (seconds + 59) // 60
    zh, en = (f"{seconds}秒", f"{seconds} s") if seconds < 90 else (f"{minutes}分钟", f"{minutes} min")
    return words_of(request)(f"尝试次数过多：请{zh}后再试。", f"Too many tries: try again in {en}.")


def _onward(request: Asked) -> Response[Any]:
    """To the next step, or to the page that was wanted."""
    wanted = _next(request)
    return Redirect("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}", status_code=303)


def _next(request: Asked) -> str:
    """Where somebody wanted to go; only pages of ours."""
    wanted = request.query_params.get("next", "/")
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\", "/sign-in"))
    return wanted if is_ours and wanted.isprintable() and not set(wanted) & set("?&#\\") else "/"


def _is_ours(request: Asked) -> bool:
    """The form was sent from a page of ours: without a session there is no secret to compare.

    Browsers say so by Sec-Fetch-Site. Those that do not (over plain http, and old ones) send an origin, which is null
    from pages that tell nobody where they are, as ours do.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
    if site is not None:
        return site in ("same-origin", "none")
    return origin == "null" or origin.split("://", 1)[-1] == request.headers.get("host", "")


def _out_of_date(request: Asked) -> Response[Any]:
    return notice(request, 403, "页面已过期，请返回后重试。", "This page is out of date: go back and try again.")


def _address(request: Asked) -> str:
    return request.client.host if request.client is not None else ""


def _pool(request: Asked) -> Any:
    return request.app.state.desk.pool


def _key(request: Asked) -> FactorKey | None:
    key: FactorKey | None = request.app.state.desk.factor_key
    return key


HANDLERS: Final[list[HTTPRouteHandler]] = [
    sign_in_page,
    password_given,
    code_given,
    password_chosen,
    telephone_enrolled,
]
