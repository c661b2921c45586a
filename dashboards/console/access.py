"""Who may use which page: said where the page is, asked before it is made.

A handler is registered by `shown` (GET) or `done` (POST), and both want to know for whom.
Before the handler runs, `let_in` has

1. let everybody pass who wants a page of `ANYBODY`,
2. found who is signed in, or sent them to sign in,
3. compared the role, whether they are named inspectors, and the right where one is needed,
4. compared the form's secret, for what changes something,
5. looked up whose the things are that the path names (`places.PLACES`), and compared with the user's scope,
6. written down that somebody looks at them,
7. found which pages this user has beyond those of the role, for the menu.

Whoever fails at 3 or 5 gets the same answer as for a thing that does not exist. It is logged who was turned away.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

import structlog
from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from prometheus_client import Counter

from alerts.acting import Right
from dashboards.console.pages import Asked, is_fragment, nothing, notice
from dashboards.console.places import PLACES
from dashboards.console.users import Place, Role, User
from dashboards.console.viewing import subject_of, viewed
from store import spot_checks
from store.connection import reading
from store.nudges import prefix_of

turned_away = Counter("sizao_console_turned_away_total", "Requests of people who may not, by what it failed", ["kind"])
for _by in ("role", "form", "place", "right"):
    turned_away.labels(_by)
log = structlog.get_logger()


class Who(Struct, frozen=True):
    """For whom a page is."""

    roles: frozenset[Role] = frozenset()
    right: Right | None = None  # None: reading
    anybody: bool = False
    inspectors: bool = False  # and of them those who are named for spot checks of a level within their scope


class NoRule(Exception):
    """A page does not say for whom it is, or whose the thing is that its path names."""


ANYBODY: Final = Who(anybody=True)
"""No session is needed: signing in, health, and links that are keys themselves."""
EVERY_ROLE: Final = Who(frozenset(Role))
INSPECTING: Final = frozenset((Role.DESK, Role.VIEWER))
"""Whoever of them is named for a level sees its spot checks."""
CONCERNED: Final = INSPECTING | {Role.FACILITY}
"""Whoever is told what visits have found at their homes."""
_PARAMETER: Final = re.compile(r"{(\w+):")


def to(*roles: Role, right: Right | None = None) -> Who:
    """These roles, and of them those who have the right."""
    return Who(frozenset(roles), right)


def shown(path: str, who: Who, **others: Any) -> Callable[[Any], HTTPRouteHandler]:
    """A page, which changes nothing."""
    return get(path, opt={"who": _checked(path, who)}, **others)


def done(path: str, who: Who, **others: Any) -> Callable[[Any], HTTPRouteHandler]:
    """What a form or a button does. The form carries `csrf`, or the request the header `x-csrf`."""
    return post(path, opt={"who": _checked(path, who)}, **others)


def _checked(path: str, who: Who) -> Who:
    unknown = [] if who.anybody else [one for one in _PARAMETER.findall(path) if one not in PLACES]
    if unknown:
        raise NoRule(f"{path}: dashboards/console/places.py does not say whose a {unknown[0]} is")
    return who


def rule_of(handler: Any) -> Who:
    """For whom a registered page is; raises NoRule."""
    who = handler.opt.get("who")
    if not isinstance(who, Who):
        raise NoRule(f"{handler.paths}: register it with `shown` or `done`, and say for whom it is")
    return who


Find = Callable[[Asked], Awaitable["User | Response[Any]"]]
"""Who is signed in, or the way to sign in."""


def door(find: Find) -> Callable[[Asked], Awaitable[Response[Any] | None]]:
    """Asked before every page; None: it may be made."""

    async def let_in(request: Asked) -> Response[Any] | None:
        if request.method == "OPTIONS":
            return nothing(request)  # the framework's own answer, which no page has a rule for
        who = rule_of(request.route_handler)
        if who.anybody:
            return None
        found = await find(request)
        if not isinstance(found, User):
            return found
        if found.role not in who.roles or (who.inspectors and not await levels_of(request, found)):
            _turned_away(request, found, "role")
            return nothing(request)
        if request.method != "GET" and not await _is_from_form(request):
            _turned_away(request, found, "form")
            return notice(
                request, 403, "页面已过期，请返回后重试。", "This page is out of date: go back and try again."
            )
        places = await _within(request, found)
        if places is None:
            _turned_away(request, found, "place")
            return nothing(request)
        if who.right is not None and who.right not in found.rights:
            _turned_away(request, found, "right")
            return notice(
                request,
                403,
                "您可以查看，但没有处理的权限；请联系管理员。",
                "You may look, and not act: ask the operator for the right.",
            )
        shown_of = [subject_of(one) for one in places if one.facility]
        if shown_of and request.method == "GET":
            await viewed(request, found, shown_of)
        if request.method == "GET" and not is_fragment(request):
            request.scope["more"] = await _more(request, found)  # type: ignore[typeddict-unknown-key]
        return None

    return let_in


def _turned_away(request: Asked, user: User, by: Literal["role", "form", "place", "right"]) -> None:
    """It is on record who asked for what is not theirs, or is not there: one is a slip, many are somebody who looks."""
    turned_away.labels(by).inc()
    log.warning("turned_away", login=user.login, role=user.role.value, path=request.url.path[:200], by=by)


async def levels_of(request: Asked, user: User) -> list[str]:
    """The levels whose spot checks this user may see: named for them, and still responsible for all of them."""
    async with reading(request.app.state.desk.pool) as connection:
        found = await spot_checks.inspectors(connection, account_id=user.account_id)
    return [one.region for one in found if user.sees(Place("", prefix_of(one.region)))]


async def _more(request: Asked, user: User) -> frozenset[str]:
    """Pages of spot checks that are not empty for this user, by their paths."""
    found = set()
    if user.role in INSPECTING and await levels_of(request, user):
        found.add("/spot-checks")
    if user.role in CONCERNED:
        async with reading(request.app.state.desk.pool) as connection:
            if await spot_checks.is_anything_found(connection, user.seen.regions, user.seen.facilities):
                found.add("/rectifications")
    return frozenset(found)


async def _is_from_form(request: Asked) -> bool:
    given = request.headers.get("x-csrf") or str((await request.form()).get("csrf", ""))
    wanted: str = request.scope["csrf"]  # type: ignore[typeddict-item]
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


async def _within(request: Asked, user: User) -> list[Place] | None:
    """Whose the things are that the path names; None: one is not there, or not for this user."""
    found = []
    names = [one for one in PLACES if one in request.path_params]
    if names:
        async with reading(request.app.state.desk.pool) as connection:
            for name in names:
                place = await PLACES[name](connection, request.path_params)
                if place is None or not user.sees(place):
                    return None
                found.append(place)
    return found


def _signed_in(request: Asked) -> User:
    user: User = request.scope["user"]
    return user


DEPENDENCIES: Final = {"user": Provide(_signed_in, sync_to_thread=False)}
SignedIn = NamedDependency[User]
"""A handler that wants to know who asks takes `user: SignedIn`."""
