"""One-time token in, cookie session out: loopback only, until there are accounts."""

from __future__ import annotations

import hmac
import secrets


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

    def is_from_form(self, session: str | None, given: str) -> bool:
        """The form was ours."""
        wanted = self.form_secret(session)
        return wanted is not None and hmac.compare_digest(given.encode(), wanted.encode())
