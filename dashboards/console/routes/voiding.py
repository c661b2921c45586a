"""A record that is wrong is taken back (作废): it stays, marked, with who says so, and is judged anew at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID, uuid5

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.facility import EVENTS_SHOWN, SHOWN, VOIDABLE
from dashboards.console.handing_in import hand_in
from dashboards.console.pages import Asked, nothing, now, page, words_of
from dashboards.console.users import Role
from dashboards.console.words import local
from detectors.times import to_text
from store import console, fates, registry
from store.connection import Connection, reading
from store.fates import Shown

WRITERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")
REASONS: Final = {
    "typing": ("数值录错了", "a wrong value was typed"),
    "wrong_resident": ("录到了别的老人名下", "it is somebody else's"),
    "device": ("设备测得不对", "the device measured wrongly"),
}


@shown("/facilities/{facility:str}/void", WRITERS)
async def void_page(request: Asked, facility: FromPath[str]) -> Response[Any]:
    """What would be taken back, and why? Nothing is changed by looking."""
    return await _form(request, facility, request.query_params)


@done("/facilities/{facility:str}/void", WRITERS)
async def void(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """It is entered in error; pressing twice is one correction. What is right is written down next."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    w = words_of(request)
    if form.get("reason") not in REASONS:
        return await _form(request, facility, form, w("请选择原因。", "Choose why."))
    async with reading(request.app.state.desk.pool) as connection:
        found = await registry.find_facility(connection, facility)
        wrong = None if found is None else await _record(connection, found.id, form)
        zone = await console.zone_of(connection, facility)
    if found is None or wrong is None:
        return await _form(request, facility, form)
    why_not = await hand_in(request, found.id, correction_of(wrong, facility, form["reason"], user.name))
    if why_not is not None:
        return await _form(request, facility, form, w(*why_not))
    whose = "" if form["reason"] == "wrong_resident" else wrong.resident or ""
    # What is right was measured when what is wrong was; the door of the check takes back a week.
    query = urlencode({"voided": 1, "resident": whose, "at": local(wrong.observed_at, zone, "%Y-%m-%dT%H:%M")})
    return Redirect(f"/facilities/{quote(facility)}/check?{query}", status_code=303)


def correction_of(wrong: Shown, facility: str, reason: str, by: str) -> dict[str, Any]:
    """The event that takes it back; its id follows from the record, so that two presses are one."""
    return {
        "type": "correction",
        "event_id": str(uuid5(UUID(wrong.event_id), "entered_in_error")),
        "facility": facility,
        "resident": wrong.resident,
        "observed_at": to_text(wrong.observed_at),
        "reporter": by[:64],
        "corrects": {"event_id": wrong.event_id, "observed_at": to_text(wrong.observed_at)},
        "action": "entered_in_error",
        "reason": reason,
    }


async def _form(request: Asked, code: str, given: Mapping[str, str], said: str = "") -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        facility = await registry.find_facility(connection, code)
        if facility is None:
            return nothing(request)
        values = {
            "code": code,
            "zone": await console.zone_of(connection, code),
            "e": await _record(connection, facility.id, given),
            "reasons": REASONS,
            "reason": given.get("reason", ""),
            "said": said,
        }
    return page(request, "void.html", values, 400 if said else 200)


async def _record(connection: Connection, facility_id: int, given: Mapping[str, str]) -> Shown | None:
    """One of those that the page of the home lists, and that counts still."""
    listed = await fates.newest(connection, facility_id, now() - SHOWN, limit=EVENTS_SHOWN)
    named = (given.get("event"), given.get("at"))
    standing = [one for one in listed if one.effect == 0 and one.type in VOIDABLE]
    return next((one for one in standing if (str(one.event_id), str(one.observed_at)) == named), None)


HANDLERS: Final[list[HTTPRouteHandler]] = [void_page, void]
