"""One's own account: what it is for, another password, signing out here or everywhere."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from dashboards.console import passwords, signing_in
from dashboards.console.access import EVERY_ROLE, done, shown
from dashboards.console.pages import Asked, page, words_of
from dashboards.console.sessions import COOKIE, Session, find, with_cookie
from dashboards.console.signing_in import Wrong
from store import accounts, sessions
from store.connection import reading, transaction


@shown("/account", EVERY_ROLE)
async def account_page(request: Asked) -> Response[Any]:
    """What the account is for, and the form for another password."""
    return await _page(request, await _session(request))


@done("/account/password", EVERY_ROLE)
async def password_changed(request: Asked) -> Response[Any]:
    """Another password; whoever was signed in with this account elsewhere is not any more."""
    session, form, w = await _session(request), await request.form(), words_of(request)
    pool = request.app.state.desk.pool
    client = request.client.host if request.client is not None else ""
    chosen = str(form.get("password", ""))
    if chosen != str(form.get("again", "")):
        return await _page(request, session, w("两次输入不一致。", "The two are not the same."), 400)
    # The present one is asked for as at the door, so that an open browser is no way to guess it.
    came = await signing_in.with_password(pool, session.account.login, str(form.get("present", "")), client)
    if isinstance(came, Wrong):
        said = w("现用密码不正确，或尝试次数过多。", "The present password is not right, or there were too many tries.")
        return await _page(request, session, said, 400)
    changed = await signing_in.with_new_password(pool, session, chosen)
    if not isinstance(changed, str):
        async with reading(pool) as connection:
            await sessions.close(connection, came)
        return await _page(request, session, w(*changed), 400)
    return with_cookie(request, Redirect("/account?changed=1", status_code=303), changed)


@done("/account/sign-out", EVERY_ROLE)
async def signed_out(request: Asked) -> Response[Any]:
    """Signed out here, or wherever one was signed in."""
    session = await _session(request)
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        if (await request.form()).get("everywhere"):
            await sessions.close_all(connection, session.account.id)
        else:
            await sessions.close(connection, request.cookies[COOKIE])
    return with_cookie(request, Redirect("/sign-in", status_code=303), None)


async def _session(request: Asked) -> Session:
    session = await find(request)
    assert session is not None, "the door let nobody else in"
    return session


async def _page(request: Asked, session: Session, said: str = "", status: int = 200) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        account = await accounts.by_id(connection, session.account.id)
    values = {
        "account": account,
        "said": said,
        "changed": "changed" in request.query_params and not said,
        "least": passwords.LEAST,
        "by_link": session.row.proven == "link",
    }
    return page(request, "account.html", values, status)


HANDLERS: Final[list[HTTPRouteHandler]] = [account_page, password_changed, signed_out]
