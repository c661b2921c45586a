"""One-time token in, cookie session out: loopback only, until there are accounts."""

from __future__ import annotations

import hmac
import secrets
from typing import Any, Final

from litestar import Response
from litestar.response import Redirect

from alerts.acting import EVERYTHING
from dashboards.console.pages import Asked, notice
from dashboards.console.users import EVERYWHERE, Role, User

COOKIE: Final = "sizao_session"


class Sessions:
    """The token printed at the start opens one session; each session has its own form secret."""

    def __init__(self, token: str | None = None) -> None:
        self.token: str | None = token or secrets.token_urlsafe(18)
        self._forms: dict[str, str] = {}

    def exchange(self, token: str) -> str | None:
        """A session for the one-time token, which is good no more; None for any other."""
        if self.token is None or not hmac.compare_digest(token.encode(), self.token.encode()):
            return None
        self.token = None
        session = secrets.token_urlsafe(24)
        self._forms[session] = secrets.token_urlsafe(24)
        return session

    def form_secret(self, session: str | None) -> str | None:
        """What a form of this session must carry; None: no such session."""
        return self._forms.get(session or "")


TRIAL: Final = User(0, "trial", "值班员", Role.DESK, EVERYWHERE, EVERYTHING)


async def found(request: Asked) -> User | Response[Any]:
    """The one-time token opens a session; with a session one is the desk of everywhere."""
    sessions: Sessions = request.app.state.desk.sessions
    token = request.query_params.get("token")
    session = None if token is None else sessions.exchange(token)
    if session is not None:
        response = Redirect("/", status_code=303)
        response.set_cookie(COOKIE, session, httponly=True, samesite="strict")
        return response
    secret = sessions.form_secret(request.cookies.get(COOKIE))
    if secret is None:
        zh = "链接无效或已用过。请使用启动时打印的链接；重新启动会打印新的链接。"
        return notice(request, 403, zh, "This link is not good, or was used before: use the one printed at the start.")
    request.scope["user"] = TRIAL
    request.scope["csrf"] = secret  # type: ignore[typeddict-unknown-key]
    return TRIAL
