"""Whatever somebody types into an address, a form or a header is answered in a sentence, and never by a fault.

Every route of the router's own table is asked, so that a new one is too.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from litestar.testing import AsyncTestClient

from alerts.notifiers.webhook import signature
from dashboards.console.app import make_console
from dashboards.console.pages import HEADERS
from dashboards.console.routes.receipts import Doors
from dashboards.console.users import Role
from tests.acceptance.story import Story
from tests.integration.console.test_access import (
    ELSEWHERE,
    EVERYTHING,
    GUARDED,
    HERE,
    ROUTES,
    THERE_AND_MISSING,
    Client,
    _short_streams,
)
from tests.support.accounts import sign_in

__all__ = ["_short_streams"]
SECRET: Final = "whsec_c2l6YW8tdGVzdA=="
NASTY: Final = ("\0", "²", "9" * 18, "x" * 3_000, "9999-12-31")
NUMBERS: Final = ("minutes", "alert", "item", "promise", "check", "revision", "days", "at")
TEXTS: Final = ("login", "comment", "reason", "words", "for_whom", "note", "said", "facility", "resident", "code")
RIGHT: Final = {
    "answer": "accept",
    "step": "requested",
    "verdict": "true",
    "kind": "call",
    "act": "issue",
    "due": "2026-11-28",
}
"""What lets a form come as far as the field that is wrong."""

NAMED_IN_FORMS: Final[dict[str, tuple[Role, dict[str, str], dict[str, str]]]] = {
    "/inbox/acknowledge": (Role.DESK, {"alert": "1"}, {"alert": "987654"}),
    "/calls": (
        Role.DESK,
        {"facility": "F-001", "caller": "王院长", "words": "发热"},
        {"facility": "F-999", "caller": "王院长", "words": "发热"},
    ),
    "/emergency": (
        Role.HOSPITAL,
        {"facility": "F-001", "resident": "R-07", "reason": "家属电话求助"},
        {"facility": "F-999", "resident": "R-07", "reason": "家属电话求助"},
    ),
    "/promises/kept": (Role.DESK, {"promise": "1"}, {"promise": "987654"}),
    "/rectifications": (Role.DESK, {"check": "1"}, {"check": "987654"}),
    "/spot-checks": (Role.DESK, {"check": "1"}, {"check": "987654"}),
}
"""By what a form names, a thing of the home and one that is not there: whoever is of elsewhere hears the same."""
OF_ONESELF: Final = {"/account/password", "/account/sign-out", "/siren", "/hand-overs", "/promises", "/reports/nudge"}
"""Forms that name nothing: they are about whoever sends them and what that one sees."""


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database, Doors("receipt-secret", SECRET))) as opened:
        yield opened


def _addresses(path: str) -> list[str]:
    """The path with things that are there, and with each of them mistyped."""
    names = re.findall(r"{(\w+)", path)

    def named(wrong: str = "", typed: str = "") -> str:
        found = path
        for name in names:
            there = typed if name == wrong else THERE_AND_MISSING.get(name, ("x", ""))[0]
            found = re.sub(rf"{{{name}[^}}]*}}", there, found)
        return found

    mistyped = ("%00", "9" * 25, "%C2%B2", "-1", "%ED%A0%80", "x" * 3_000)
    return [named(), *(named(name, typed) for name in names for typed in mistyped)]


async def test_nothing_that_is_typed_is_a_fault_and_every_answer_has_the_strict_headers(
    ill: Story, client: Client, database: str
) -> None:
    found = []
    for role in (None, Role.DESK, Role.OPERATOR):
        csrf = (
            ""
            if role is None
            else await sign_in(
                client, database, role, login=role.value, rights=EVERYTHING, **HERE.get(role, {"region_prefix": ""})
            )
        )
        for method, path, who in ROUTES:
            if "sign-out" in path or (role is not None and not who.anybody and role not in who.roles):
                continue
            for asked in _addresses(path):
                forms: list[dict[str, Any]] = [{"params": {"facility": "\0", "date": "²", "at": "²", "revision": "²"}}]
                if method == "POST":
                    fields = [dict.fromkeys((*NUMBERS, *TEXTS), one) for one in NASTY]
                    fields += [dict.fromkeys(NUMBERS, "²") | dict.fromkeys(TEXTS, "x")]
                    fields += [dict.fromkeys(NUMBERS, "5") | dict.fromkeys(TEXTS, "\0x")]
                    forms = [{"data": {"csrf": csrf, **RIGHT, **one}} for one in fields]
                for given in forms if asked == _addresses(path)[0] else forms[:1]:
                    answer = await client.request(method, asked, follow_redirects=False, **given)
                    if answer.status_code >= 500 or HEADERS.keys() - set(answer.headers):
                        found.append((method, asked[:60], answer.status_code, str(given)[:80]))
            for other in ("OPTIONS", "HEAD", "PUT"):
                answer = await client.request(other, _addresses(path)[0])
                if answer.status_code != 404 or HEADERS.keys() - set(answer.headers):
                    found.append((other, path, answer.status_code, ""))
    assert not found, "\n".join(map(str, found))


async def test_what_a_form_names_of_elsewhere_is_as_what_is_not_there(
    ill: Story, client: Client, database: str
) -> None:
    nameless = {path for method, path, _ in GUARDED if method == "POST" and "{" not in path}
    assert nameless == NAMED_IN_FORMS.keys() | OF_ONESELF, "say of a new form what it names"
    count = "select (select count(*) from {}), (select count(*) from {}), (select count(*) from {})"
    counted = count.format("alerts", "alert_actions", "emergency_sights")
    before = await (await ill.connection.execute(counted)).fetchall()
    for path, (role, there, missing) in NAMED_IN_FORMS.items():
        csrf = await sign_in(client, database, role, login=path, rights=EVERYTHING, **ELSEWHERE[role])
        said = [
            await client.post(path, data={"csrf": csrf, **given}, follow_redirects=False) for given in (there, missing)
        ]
        assert said[0].text == said[1].text, path
        assert said[0].status_code == said[1].status_code, path
    assert await (await ill.connection.execute(counted)).fetchall() == before


async def test_a_gateway_signs_with_both_secrets_while_one_is_changed_and_nothing_else_opens(client: Client) -> None:
    content, moment = json.dumps({"id": "nobody", "key": "1"}).encode(), int(time.time())
    right = signature(SECRET, "x", moment, content)
    for at, signed, status in (
        (str(moment), right, 404),  # it is let in: nobody was told so
        (str(moment), f"v1,b3RoZXI= {right}", 404),
        (str(moment), "", 401),
        (str(moment), "v1,é", 401),
        ("²", right, 401),
        ("9" * 4_000, right, 401),
        (f"-{moment}", right, 401),
    ):
        headers = {"webhook-id": "x", "webhook-timestamp": at, "webhook-signature": signed}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await client.post("/receipts/gateway", content=content, headers=raw)
        assert answer.status_code == status, (at[:20], signed)
