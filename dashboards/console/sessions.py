"""Who is signed in: a cookie, its session in the database, how long it lasts, and what is still to be shown.

A session says what was proven. From it and the account follows the next step, so that no half-way state is kept:
password, code of the telephone, a password of one's own, a telephone enrolled; then one is let in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, Final, Literal
from urllib.parse import quote

from litestar import Response
from litestar.response import Redirect
from msgspec import Struct

from dashboards.console.pages import Asked, is_fragment, now
from dashboards.console.users import Role, Scope, User, rights_of
from detectors.times import DAY, HOUR, MINUTE, Millis
from store import accounts, sessions
from store.accounts import Account
from store.connection import Connection, reading, transaction
from store.sessions import Proven, SessionRow

COOKIE: Final = "sizao_session"
Step = Literal["code", "password", "enrolment"]

LONGEST: Final[dict[Role, Millis]] = dict.fromkeys(Role, 13 * HOUR) | {Role.FACILITY: 7 * DAY}
"""From signing in: a shift of twelve hours and its hand-over; a home's telephone for a week. Ours."""
IDLE: Final[dict[Role, Millis]] = dict.fromkeys(Role, HOUR) | {Role.FACILITY: 12 * HOUR}
"""Without any page open; a page that renews itself is somebody who is there. Ours."""
NOTED_EVERY: Final[Millis] = MINUTE


class Session(Struct, frozen=True):
    """Somebody who has shown a password at least, and what is still to be shown (None: they are let in)."""

    account: Account
    token: str
    row: SessionRow

    @property
    def role(self) -> Role:
        """What the account is for."""
        return Role(self.account.role)

    @property
    def step(self) -> Step | None:
        """What is to be shown next."""
        return next_step(self.account, self.row.proven)

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest()

    @property
    def ends_at(self) -> Millis:
        """When one must sign in again."""
        return self.row.created_at + LONGEST[self.role]

    @property
    def user(self) -> User:
        """As the pages know them."""
        one = self.account
        return User(one.id, one.login, one.name, self.role, scope_of(one), rights_of(one.rights))


def next_step(account: Account, proven: Proven) -> Step | None:
    """What is to be shown next; the code first, so that nobody changes anything with the password alone."""
    if proven == "link":
        return None
    wants_factor = account.role != Role.FACILITY.value
    if wants_factor and account.factor_secret is not None and proven != "factor":
        return "code"
    if account.password_is_given:
        return "password"
    return "enrolment" if wants_factor and account.factor_secret is None else None


def scope_of(account: Account) -> Scope:
    """What of the country the account is for; a desk's rosters say what it answers for."""
    regions = [*account.desk_regions, *(() if account.region_prefix is None else (account.region_prefix,))]
    facilities = [*account.desk_facilities, *(() if account.facility is None else (account.facility,))]
    return Scope(tuple(regions), tuple(facilities), account.hospital)


async def open_session(connection: Connection, account_id: int, proven: Proven, instead_of: str | None = None) -> str:
    """The token of a new session; the one before is good no more, so that nobody prepares one for somebody else."""
    token = secrets.token_urlsafe(32)
    if instead_of is not None:
        await sessions.close(connection, instead_of)
    await sessions.open_session(connection, token, account_id, proven, now())
    return token


async def find(request: Asked) -> Session | None:
    """The session of the cookie, if it has not run out; it is noted that somebody is there."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    moment = now()
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        row = await sessions.find(connection, token)
        account = None if row is None else await accounts.by_id(connection, row.account_id)
        if row is None or account is None:
            return None
        found = Session(account, token, row)
        if moment >= min(found.ends_at, row.seen_at + IDLE[found.role]):
            await sessions.close(connection, token)
            return None
        if moment >= row.seen_at + NOTED_EVERY:
            await sessions.seen(connection, token, moment)
    request.scope["csrf"] = found.csrf  # type: ignore[typeddict-unknown-key]
    return found


async def signed_in(request: Asked) -> User | Response[Any]:
    """Who asks, for `access.door`; or the way to sign in, the same from every page."""
    found = await find(request)
    if found is None or found.step is not None:
        return _to_sign_in(request)
    user = found.user
    request.scope["user"] = user
    request.scope["ends_at"] = found.ends_at  # type: ignore[typeddict-unknown-key]
    return user


def _to_sign_in(request: Asked) -> Response[Any]:
    if is_fragment(request):
        # The page around it asks again as a whole (htmx does so by this header), and comes to the form.
        return Response(None, status_code=401, headers={"hx-refresh": "true", "cache-control": "no-store"})
    if request.url.path in ("/", "/account/sign-out"):
        return Redirect("/sign-in", status_code=303)
    if request.method != "GET":
        return Redirect("/sign-in?ended=1", status_code=303)
    return Redirect(f"/sign-in?next={quote(request.url.path)}", status_code=303)


def with_cookie(request: Asked, response: Response[Any], token: str | None) -> Response[Any]:
    """The browser keeps the token, or forgets it (None). Scripts never see it; over https it never travels without."""
    secure = request.url.scheme == "https"
    if token is None:
        response.delete_cookie(COOKIE)
    else:
        # Lax: a link in a chat or an e-mail opens the alert; what changes something wants the form's secret anyhow.
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, max_age=7 * 86_400)
    return response
