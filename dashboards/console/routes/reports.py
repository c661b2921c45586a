"""Facility reports: the form with its one-tap zero, who has not reported, and asking them all in one action."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts.nudges import nudge
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.handing_in import hand_in
from dashboards.console.pages import Asked, nothing, now, page, words_of
from dashboards.console.report_form import KINDS, MEDICINE, NUMBERS, OPERATING, NotANumber, day_of, event_of, zero
from dashboards.console.users import Role, User
from detectors.profile import Profile
from detectors.times import DAY
from store import nudges, profiles, registry, reports
from store.connection import Connection, reading, transaction
from store.figures import NATION
from store.nudges import Missing, NudgeResult

READERS: Final = to(Role.FACILITY, Role.DESK)
WRITERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")


@shown("/facilities/{facility:str}/report", READERS)
async def report_page(request: Asked, facility: FromPath[str]) -> Response[Any]:
    """Today's report of a facility: what was sent, and the form."""
    return await _form(request, facility, "sent" if "sent" in request.query_params else "")


@done("/facilities/{facility:str}/report", WRITERS)
async def send_report(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """The form is handed in; what is wrong with it is said above it, and nothing written is lost."""
    form = await request.form()
    async with reading(request.app.state.desk.pool) as connection:
        found = await _facility(connection, facility)
        known = await reports.difficulties(connection, NATION, facility, closed=True)
    if found is None:
        return nothing(request)
    facility_id, zone, _ = found
    try:
        event = event_of(form, facility, user.name, now(), zone, known)
    except NotANumber as wrong:
        return await _form(request, facility, words_of(request)(wrong.zh, wrong.en), dict(form))
    why_not = await hand_in(request, facility_id, event)
    if why_not is not None:
        return await _form(request, facility, words_of(request)(*why_not), dict(form))
    return Redirect(f"/facilities/{quote(facility)}/report?sent=1", status_code=303)


@done("/facilities/{facility:str}/report/zero", WRITERS)
async def send_zero(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """Nothing to report today, in one tap."""
    async with reading(request.app.state.desk.pool) as connection:
        found = await _facility(connection, facility)
    if found is None:
        return nothing(request)
    facility_id, zone, _ = found
    why_not = await hand_in(request, facility_id, zero(facility, user.name, now(), zone))
    if why_not is not None:
        return await _form(request, facility, words_of(request)(*why_not))
    return Redirect(f"/facilities/{quote(facility)}/report?sent=1", status_code=303)


@shown("/reports", to(Role.DESK, Role.VIEWER))
async def reports_page(request: Asked, user: SignedIn) -> Response[Any]:
    """Who of the reader's region has not reported today, and what came of asking them."""
    day = Profile().day_of(now())
    async with reading(request.app.state.desk.pool) as connection:
        missing = await _missing(connection, user, day)
        results = await _results(connection, user, day)
    values = {"date": day_of(now(), Profile().zone), "missing": missing, "results": results}
    return page(request, "reports.html", values)


@done("/reports/nudge", to(Role.DESK, right="acknowledge"))
async def nudge_all(request: Asked, user: SignedIn) -> Response[Any]:
    """Everybody whose report is missing is asked for it (催报)."""
    day = Profile().day_of(now())
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        codes = [one.facility for one in await _missing(connection, user, day)]
        await nudge(connection, codes, day, user.name, now())
    return Redirect("/reports", status_code=303)


async def _form(request: Asked, code: str, said: str, given: dict[str, Any] | None = None) -> Response[Any]:
    moment = now()
    async with reading(request.app.state.desk.pool) as connection:
        found = await _facility(connection, code)
        if found is None:
            return nothing(request)
        facility_id, zone, name = found
        sent = await reports.latest(connection, facility_id, moment - 2 * DAY)
        open_ones = await reports.difficulties(connection, NATION, code)
    today = Profile(zone=zone).day_of(moment)
    values = {
        "code": code,
        "name": name,
        "zone": zone,
        "date": day_of(moment, zone),
        "said": said,
        "today": next((one for one in sent if one.day == today), None),
        "before": next((one for one in sent if one.day < today), None),
        "given": given or {},
        "difficulties": open_ones,
        "numbers": NUMBERS,
        "medicine": MEDICINE,
        "operating": OPERATING,
        "kinds": KINDS,
    }
    return page(request, "report.html", values, 400 if given is not None else 200)


async def _facility(connection: Connection, code: str) -> tuple[int, str, str] | None:
    """Number, zone and name."""
    facility = await registry.find_facility(connection, code)
    if facility is None:
        return None
    known = await profiles.profiles_of(connection, facility.id)
    return facility.id, known.default[-1].zone, code if known.facility is None else known.facility.name


async def _missing(connection: Connection, user: User, day: int) -> list[Missing]:
    """Of the user's regions and facilities."""
    seen = user.seen
    regions = seen.regions if not seen.facilities else ("", *seen.regions)
    found = {one.facility: one for region in regions for one in await nudges.missing(connection, region or NATION, day)}
    return [one for one in found.values() if _is_within(user, one.facility, one.region)]


async def _results(connection: Connection, user: User, day: int) -> list[NudgeResult]:
    found = await nudges.results(connection, NATION, day)
    return [one for one in found if _is_within(user, one.facility, one.region)]


def _is_within(user: User, facility: str, region: str) -> bool:
    return facility in user.seen.facilities or any(region.startswith(one) for one in user.seen.regions)


HANDLERS: Final[list[HTTPRouteHandler]] = [report_page, send_report, send_zero, reports_page, nudge_all]
