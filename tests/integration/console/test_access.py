"""A stranger, and somebody of another region, gets nothing: every route of the router's own table is asked.

Nothing is the answer that a thing gets which does not exist.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_args

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from structlog.testing import capture_logs

from alerts.acting import Right
from dashboards.console.access import ANYBODY, NoRule, Who, rule_of, shown, to
from dashboards.console.app import make_console
from dashboards.console.routes import HANDLERS, stream
from dashboards.console.users import Role
from store import views
from tests.acceptance.story import Story
from tests.support.accounts import sign_in

Client = AsyncTestClient[Litestar]
SECRETS = ("R-07", "F-001", "幸福敬老院", "370613")
"""What the pages of the home say, and nobody else's may."""

THERE_AND_MISSING: dict[str, tuple[str, str]] = {
    "alert_id": ("1", "987654"),
    "facility": ("F-001", "F-999"),
    "referral_id": ("1", "987654"),
    "sight_id": ("1", "987654"),
    "region": ("370613", "370699"),
    "hand_over_id": ("1", "987654"),
    "dispatch_region": ("370613", "370699"),
    "item_id": ("1", "987654"),
}
"""For each parameter of a path an example within the home, and one that is not there."""

ELSEWHERE: dict[Role, dict[str, str]] = {
    Role.FACILITY: {"facility": "F-002"},
    Role.DESK: {"region_prefix": "510107"},
    Role.HOSPITAL: {"hospital": "H-9"},
    Role.VIEWER: {"region_prefix": "51"},
    Role.OPERATOR: {"region_prefix": ""},  # sees technical things only, wherever it is
}
HERE: dict[Role, dict[str, str]] = {
    Role.FACILITY: {"facility": "F-001"},
    Role.DESK: {"region_prefix": "3706"},
    Role.VIEWER: {"region_prefix": "37"},
}
EVERYTHING = get_args(Right)


def _routes() -> Iterator[tuple[str, str, Who]]:
    """(method, path, for whom) of everything that is registered."""
    app = make_console("postgresql://unused")
    for route in app.routes:
        for handler in route.route_handlers:  # type: ignore[union-attr]
            for method in sorted(handler.http_methods - {"OPTIONS"}):  # type: ignore[union-attr]
                yield method, route.path_format, rule_of(handler)


ROUTES = sorted(_routes(), key=lambda route: "sign-out" in route[1])  # it ends the asking
GUARDED = [(method, path, who) for method, path, who in ROUTES if not who.anybody]


@pytest.fixture(autouse=True)
def _short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is asked here ends at once."""
    monkeypatch.setattr(stream, "LASTS_SECONDS", 0.0)


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database)) as opened:
        yield opened


async def _ask(client: Client, method: str, path: str, which: int, csrf: str = "") -> tuple[int, str, str]:
    """Status, where it sends, and the text, for the thing that is there (0) or the missing one (1)."""
    asked = path
    for name in re.findall(r"{(\w+)", path):
        assert name in THERE_AND_MISSING, f"{path}: say in THERE_AND_MISSING what a {name} of the home is"
        asked = re.sub(rf"{{{name}[^}}]*}}", THERE_AND_MISSING[name][which], asked)
    given: dict[str, Any] = {"data": {"csrf": csrf}} if method == "POST" else {}
    answer = await client.request(method, asked, follow_redirects=False, **given)
    # The way to sign in repeats what was asked for, whatever it was.
    location = answer.headers.get("location", "").replace(f"/sign-in?next={asked}", "/sign-in")
    return answer.status_code, location, answer.text


async def test_a_stranger_gets_the_same_for_what_is_there_and_what_is_not(ill: Story, client: Client) -> None:
    for method, path, _ in GUARDED:
        there = await _ask(client, method, path, 0)
        assert there == await _ask(client, method, path, 1), path
        assert there[0] in (303, 401), path
        assert not any(word in there[2] for word in SECRETS), path


@pytest.mark.parametrize("role", list(Role))
async def test_somebody_of_elsewhere_gets_the_same_for_what_is_there_and_what_is_not(
    ill: Story, client: Client, database: str, role: Role
) -> None:
    csrf = await sign_in(client, database, role, rights=EVERYTHING, **ELSEWHERE[role])
    for method, path, _ in GUARDED:
        with capture_logs() as said:
            there = await _ask(client, method, path, 0, csrf)
        assert there == await _ask(client, method, path, 1, csrf), path
        assert not any(word in there[1] + there[2] for word in SECRETS), path
        if "{" in path:
            assert there[0] == 404, path
            assert [(one["event"], one["login"]) for one in said] == [("turned_away", "somebody")], path
    assert (await ill.open_alerts())[0].signal == "on"


@pytest.mark.parametrize("role", list(HERE))
async def test_who_is_meant_gets_the_page_and_nobody_else_does(
    ill: Story, client: Client, database: str, role: Role
) -> None:
    csrf = await sign_in(client, database, role, **HERE[role])
    for method, path, who in GUARDED:
        if method == "GET":
            status, _, text = await _ask(client, method, path, 0, csrf)
            assert (status in (200, 303)) == (role in who.roles and not who.inspectors), path  # nobody is named one
            assert ("R-07" not in text) or role is not Role.VIEWER, f"{path}: a viewer is not told who"


async def test_whoever_is_shown_a_resident_is_on_record(ill: Story, client: Client, database: str) -> None:
    for role, scope in HERE.items():
        await sign_in(client, database, role, login=role.value, **scope)
        for method, path, who in GUARDED:
            before = await views.head(ill.connection)
            if method == "GET" and role in who.roles and "R-07" in (await _ask(client, method, path, 0))[2]:
                rows = await views.newest(ill.connection, role.value, ["F-001/R-07", "F-001"], limit=1)
                # A page that renews itself was written down when it was opened.
                assert rows, f"{path}: say with `viewed` whom it shows"
                assert path.startswith("/fragments/") or rows[0].id > before.id, path


async def test_who_may_look_and_not_act_changes_nothing(ill: Story, client: Client, database: str) -> None:
    csrf = await sign_in(client, database, Role.DESK, rights=(), **HERE[Role.DESK])
    rights = [(method, path) for method, path, who in GUARDED if who.right is not None]
    assert rights
    for method, path in rights:
        assert (await _ask(client, method, path, 0, csrf))[0] == 403, path
    assert (await ill.open_alerts())[0].signal == "on"


async def test_what_is_taken_from_an_account_is_gone_from_its_open_session(
    ill: Story, client: Client, database: str
) -> None:
    csrf = await sign_in(client, database, Role.DESK, **HERE[Role.DESK])

    async def asked() -> tuple[int, int]:
        shown = await client.get("/alerts/1")
        acted = await client.post("/alerts/1/acknowledge", data={"csrf": csrf}, follow_redirects=False)
        return shown.status_code, acted.status_code

    assert await asked() == (200, 303)
    await ill.connection.execute("update accounts set rights = '{}'")
    assert await asked() == (200, 403)
    await ill.connection.execute("update accounts set rights = '{acknowledge}', region_prefix = '5101'")
    assert await asked() == (404, 404)
    await ill.connection.execute("update accounts set region_prefix = '3706', disabled_at = now()")
    assert await asked() == (200, 303), "both come to the form for signing in"
    assert "R-07" not in (await client.get("/alerts/1")).text


async def test_a_form_without_its_secret_changes_nothing(ill: Story, client: Client, database: str) -> None:
    await sign_in(client, database, Role.DESK, **HERE[Role.DESK])
    for method, path, who in GUARDED:
        if method != "GET" and Role.DESK in who.roles:
            status = (await _ask(client, method, path, 0, "wrong"))[0]
            assert status == (404 if who.inspectors else 403), path  # nobody here is named an inspector
    assert (await ill.open_alerts())[0].signal == "on"


def test_a_page_without_a_rule_is_not_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    from litestar import get

    @get("/free")
    async def free() -> str:
        return ""

    monkeypatch.setattr("dashboards.console.app.HANDLERS", [*HANDLERS, free])
    with pytest.raises(NoRule, match="say for whom it is"):
        make_console("postgresql://unused")
    with pytest.raises(NoRule, match="whose a dream_id is"):
        shown("/dreams/{dream_id:int}", to(Role.DESK))
    assert {path for _, path, who in ROUTES if who == ANYBODY} <= {
        "/sign-in",
        "/sign-in/code",
        "/sign-in/password",
        "/sign-in/telephone",
        "/r/{link}",
        "/receipts/gateway",
        "/self-check",  # signed by our sender
        "/static/{name}",
        "/healthz",
        "/readyz",
    }, "few pages are for anybody: each is named here"
