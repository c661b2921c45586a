"""Everybody can use every page: each route of the router's own table, in both languages, in a real Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest

from alerts.receipts import link_of
from dashboards.console.access import Who
from dashboards.console.routes.receipts import Doors
from dashboards.console.sessions import COOKIE
from dashboards.console.users import Role
from detectors.times import HOUR, MINUTE, to_datetime
from ingest.registry.rows import Resident
from sizao.registry_import import tables_of
from store import fates, registration, sights
from store.connection import transaction
from store.sights import NewSight
from tests.acceptance import test_calls, test_clusters
from tests.acceptance.conftest import story
from tests.acceptance.handing_over import Shift
from tests.acceptance.referring import Ward
from tests.acceptance.story import ZONE, Story
from tests.integration.console.test_access import ROUTES, THERE_AND_MISSING
from tests.support.accessible import axe_finds, not_by_keyboard, too_small, too_wide
from tests.support.accounts import sign_in
from tests.support.browser import chromium, served, set_width

__all__ = ["story"]
SECRET: Final = "receipt-secret"  # as the story's sender has it
SCOPES: Final[dict[Role, dict[str, str]]] = {
    Role.FACILITY: {"facility": "F-001"},
    Role.DESK: {"region_prefix": "3706"},
    Role.HOSPITAL: {"hospital": "H-1"},
    Role.VIEWER: {"region_prefix": "37"},
    Role.OPERATOR: {"region_prefix": ""},
}
OTHER_ALERTS: Final = ("2", "3")
"""A case from a call, whose reporting clocks run; a cluster."""
NO_PAGES: Final = ("/static/", "/fragments/", "/healthz", "/readyz")
FILES: Final = re.compile(r"\.(csv|xlsx|pdf|docx|html)$|/download|format")


class View(NamedTuple):
    """A page as somebody opens it."""

    role: Role | None  # None: a stranger
    path: str


class Jar:
    """What `sign_in` wants of a client."""

    def __init__(self) -> None:
        self.cookies = httpx.Cookies()


def _views(path: str, who: Who, link: str, unbound: str) -> Iterator[View]:
    """Who opens it: the carer or else the first who may, and the stranger where anybody may."""
    named = path.replace("{link}", link)
    for name, (there, _) in THERE_AND_MISSING.items():
        named = re.sub(rf"{{{name}[^}}]*}}", there, named)
    role = None if who.anybody else next(one for one in Role if one in who.roles)
    # A sight is its hospital's, and the first page of a desk is the inbox.
    yield View(Role.HOSPITAL if "{sight_id" in path else role, named)
    if path == "/":
        yield View(Role.DESK, path)
    if path == "/referrals":
        yield View(Role.HOSPITAL, path)
    if path == "/alerts/{alert_id:int}":
        for other in OTHER_ALERTS:
            yield View(Role.DESK, f"/alerts/{other}")
    if path.endswith("/check"):
        yield View(role, f"{named}?resident=R-07&taken=R-08")
    if path.endswith(("/claim", "/void")):
        yield View(role, f"{named}?{unbound}")


@pytest.fixture
async def everything(story: Story) -> Story:
    """Of each thing that a page can show there is one, and what is long is long."""
    story.now = round(time.time() * 1_000)
    for code, name in (("H-1", "县人民医院"), ("H-2", "市第二人民医院")):
        await story.hospital(code, name)
    await story.connection.execute("update facility_profiles set hospital = 'H-1'")
    people = [Resident("F-001", code, "三楼东区", "12床", 1938, responsible="S-1") for code in ("R-07", "R-08")]
    async with transaction(story.connection):
        given = frozenset(Resident.__struct_fields__)
        await registration.take_in(story.connection, "residents", people, given, story.now, tables_of)
    ward, now = Ward(story), story.now
    for hours in range(40, 0, -2):
        story.now = now - hours * HOUR
        await ward.measures(spo2_percent=97 - hours % 5, pulse_per_min=70, temperature_celsius=36.6)
    story.now = now - MINUTE
    await ward.measures(spo2_percent=86, pulse_per_min=110)
    await ward.measures(resident=None, device="OX-9", spo2_percent=95)
    story.now = now
    story.resident("R-07").rests(spo2=86)
    await story.judged()
    await story.sends()
    await story.does("accept", "护士小李", comment="马上到床旁")
    await ward.says("requested", "王院长", reason="血氧持续下降")
    await Shift(story).offers("护士小李", note="夜里停过一次电")
    await Shift(story).promises("护士小李", "九点给家属回电话")
    story.day = to_datetime(now - 5 * MINUTE).astimezone(ZONE).date().isoformat()
    called = await test_calls.rings(story, story.clock(now - 5 * MINUTE), "抗原阳性2例，均无症状", is_case=True)
    cluster = await test_clusters.found(story, "case_excess")
    assert (str(called.alert_id), str(cluster)) == OTHER_ALERTS
    async with transaction(story.connection):
        why = NewSight("hospital", "护士小李", "H-1", 1, 1, "家属电话求助", now, now + HOUR)
        await sights.add(story.connection, why)
        await story.connection.execute(
            "insert into technical_alerts (kind, subject, first_at, last_at, said) values"
            " ('channel', 'sms', now(), now(), 'answered 503 again and again, and nothing was delivered')"
        )
    return story


async def test_everybody_can_use_every_page_in_both_languages(everything: Story, database: str, tmp_path: Path) -> None:
    tokens = {}
    for role, scope in SCOPES.items():
        jar: Any = Jar()
        await sign_in(jar, database, role, login=role.value, name="护士小李", **scope)
        tokens[role] = jar.cookies[COOKIE]
    named = "insert into inspectors (region, account_id, named_by) select '370600', id, '李处长' from accounts"
    await everything.connection.execute(f"{named} where login in ('desk', 'viewer')")
    (told, *_) = await everything.told()
    (waiting,) = await fates.unbound(everything.connection, 1, 0)
    views = {
        view: None
        for method, path, who in ROUTES
        if method == "GET" and not path.startswith(NO_PAGES) and not FILES.search(path)
        for view in _views(
            path, who, link_of(SECRET, told.id, everything.now), f"event={waiting.event_id}&at={waiting.observed_at}"
        )
    }
    found: list[str] = []
    with served(database, Doors(SECRET)) as address, chromium(tmp_path) as browser:
        for role in (None, *SCOPES):
            browser.get(f"{address}/healthz")
            browser.delete_all_cookies()
            if role is not None:
                browser.add_cookie({"name": COOKIE, "value": tokens[role]})
            for view in [one for one in views if one.role is role]:
                found += _looked_at(browser, address, view)
    assert not found, "\n".join(found)


def _looked_at(browser: Any, address: str, view: View) -> list[str]:
    found = []
    for language in ("zh", "en"):
        set_width(browser, 360)
        browser.get(f"{address}{view.path}{'&' if '?' in view.path else '?'}lang={language}")
        assert not re.search("没有这个页面|There is no such page", browser.page_source), (
            f"{view}: there is no such thing in this story"
        )
        for folded in browser.find_elements("css selector", "details"):
            browser.execute_script("arguments[0].open = true", folded)
        found += axe_finds(browser)
        if language == "zh":
            found += [*too_wide(browser), *too_small(browser), *not_by_keyboard(browser)]
    who = "a stranger" if view.role is None else view.role.value
    return [f"{view.path} ({who}): {one}" for one in dict.fromkeys(found)]
