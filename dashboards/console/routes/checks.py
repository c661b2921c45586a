"""A check written down by hand for any resident, and a reading without a resident claimed: both through the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from dashboards.console import check_form
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.check_form import BOXES, CONSCIOUSNESS, PRESENCES, SIGNS, SITES, SYMPTOMS, Scene
from dashboards.console.claiming import claim_of
from dashboards.console.facility import SHOWN, facility_values
from dashboards.console.forms import Odd, Wrong, text
from dashboards.console.handing_in import hand_in
from dashboards.console.pages import Asked, nothing, now, page, words_of
from dashboards.console.users import Role
from dashboards.console.words import local
from ingest.identity import canonical_id
from ingest.sentences import Refused
from store import checks, console, profiles, registry, roll
from store.checks import Original
from store.connection import Connection, reading

WRITERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")


@shown("/facilities/{facility:str}/check", WRITERS)
async def check_page(request: Asked, facility: FromPath[str]) -> Response[Any]:
    """The form, for whoever is due next or was chosen."""
    given = {name: request.query_params.get(name, "")[:64] for name in ("resident", "at")}
    taken = request.query_params.get("taken", "")[:64]
    return await _form(request, facility, given, taken=taken)


@done("/facilities/{facility:str}/check", WRITERS)
async def enter_check(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """What was measured is handed in like every reading; an odd value is asked about once more."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    w = words_of(request)
    async with reading(request.app.state.desk.pool) as connection:
        found = await registry.find_facility(connection, facility)
        if found is None:
            return nothing(request)
        zone = (await profiles.profiles_of(connection, found.id)).default[-1].zone
        before = await _saturation_before(connection, found.id, text(form, "resident", 64))
    try:
        events = check_form.events_of(form, Scene(facility, user.name, zone, now()), before)
    except Wrong as wrong:
        return await _form(request, facility, form, w(wrong.zh, wrong.en))
    except Odd as odd:
        return await _form(request, facility, form, odd=odd)
    why_not = await hand_in(request, found.id, *events)
    if why_not is not None:
        return await _form(request, facility, form, w(*why_not))
    return Redirect(f"/facilities/{quote(facility)}/check?taken={quote(form['resident'])}", status_code=303)


@shown("/facilities/{facility:str}/claim", WRITERS)
async def claim_page(request: Asked, facility: FromPath[str]) -> Response[Any]:
    """Whose is this reading? Nothing is changed by looking."""
    return await _claim(request, facility, request.query_params)


@done("/facilities/{facility:str}/claim", WRITERS)
async def claim(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """A resident is named: for this reading, or for the device from then on."""
    form, w = await request.form(), words_of(request)
    resident, how = text(form, "resident", 64), form.get("how")
    if resident is None or how not in ("reading", "device"):
        return await _claim(request, facility, form, w("请选择老人。", "Choose the resident."))
    async with reading(request.app.state.desk.pool) as connection:
        found = await registry.find_facility(connection, facility)
        original = None if found is None else await _original(connection, found.id, form)
    if found is None or original is None:
        return await _claim(request, facility, form)
    event = claim_of(original, facility, resident, how, user.name)
    why_not = await hand_in(request, found.id, event)
    if why_not is not None:
        return await _claim(request, facility, form, w(*why_not))
    return Redirect(f"/facilities/{quote(facility)}", status_code=303)


async def _form(
    request: Asked,
    code: str,
    given: Mapping[str, str],
    said: str = "",
    odd: Odd | None = None,
    taken: str = "",
) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        values = await facility_values(connection, code, now())
    if values is None:
        return nothing(request)
    due = [one.resident for one in (*values["due"].repeats, *values["due"].checks)]
    voided = request.method == "GET" and "voided" in request.query_params
    # After a record of the wrong resident nobody is chosen: whose it is must be said.
    chosen = given.get("resident") or ("" if voided else next((one for one in due if one != taken), ""))
    shown_values = {name: values[name] for name in ("code", "name", "zone", "drill", "people")} | {
        "given": dict(given) | {"resident": chosen},
        "number": given.get("id") or str(uuid4()),
        "at": given.get("at") or local(now(), values["zone"], "%Y-%m-%dT%H:%M"),
        "waiting": len(set(due)),
        "said": said,
        "odd": odd,
        "taken": taken,
        "voided": voided,
        "boxes": BOXES,
        "sites": SITES,
        "minds": CONSCIOUSNESS,
        "presences": PRESENCES,
        "symptoms": SYMPTOMS,
        "signs": SIGNS,
    }
    return page(request, "check.html", shown_values, 400 if said or odd else 200)


async def _saturation_before(connection: Connection, facility_id: int, resident: str | None) -> float | None:
    last = await console.last_values(connection, facility_id, now() - SHOWN)
    return next(
        (one.spo2_tenths / 10 for one in last if one.resident == resident and one.spo2_tenths is not None), None
    )


async def _claim(request: Asked, code: str, given: Mapping[str, Any], said: str = "") -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        facility = await registry.find_facility(connection, code)
        if facility is None:
            return nothing(request)
        original = await _original(connection, facility.id, given)
        values = {
            "code": code,
            "zone": (await profiles.profiles_of(connection, facility.id)).default[-1].zone,
            "people": await roll.residents(connection, facility.id, now()),
            "e": original,
            "resident": given.get("resident", ""),
            "said": said,
        }
    return page(request, "claim.html", values, 400 if said else 200)


async def _original(connection: Connection, facility_id: int, given: Mapping[str, Any]) -> Original | None:
    at = str(given.get("at", ""))
    try:
        event_id = canonical_id(str(given.get("event", "")))
    except Refused:
        return None
    return (
        await checks.original(connection, facility_id, event_id, int(at)) if at.isdecimal() and len(at) < 15 else None
    )


HANDLERS: Final[list[HTTPRouteHandler]] = [check_page, enter_check, claim_page, claim]
