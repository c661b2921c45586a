"""The facility's report: the form of today, or of yesterday for who is late, and its one-tap zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from dashboards.console import report_form
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.forms import Odd, Wrong
from dashboards.console.handing_in import hand_in
from dashboards.console.pages import Asked, nothing, now, page, words_of
from dashboards.console.report_form import KINDS, MEDICINE, NUMBERS, OPERATING, Sheet, against_zero, seen_of
from dashboards.console.users import Role
from dashboards.console.words import date_of
from detectors.times import DAY
from store import profiles, registry, reports
from store.connection import Connection, reading
from store.figures import NATION
from store.reports import DifficultyRow, Report

READERS: Final = to(Role.FACILITY, Role.DESK)
WRITERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")


class Known(Struct, frozen=True):
    """What is known of a facility when its report is written."""

    facility_id: int
    name: str
    zone: str
    sent: list[Report]  # the last of each day, the newest day first
    difficulties: list[DifficultyRow]  # also those that are over


@shown("/facilities/{facility:str}/report", READERS)
async def report_page(request: Asked, facility: FromPath[str]) -> Response[Any]:
    """The report of today, or of yesterday (`?day=`): what was sent, and the form."""
    given = {"day": request.query_params.get("day", "")}
    return await _form(request, facility, given, is_sent="sent" in request.query_params)


@done("/facilities/{facility:str}/report", WRITERS)
async def send_report(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """The form is handed in; what is wrong or odd is said above it, and nothing written is lost."""
    return await _hand_in(request, user.name, facility, is_zero=False)


@done("/facilities/{facility:str}/report/zero", WRITERS)
async def send_zero(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """Nothing to report, in one tap; a second one where something is on record."""
    return await _hand_in(request, user.name, facility, is_zero=True)


async def _hand_in(request: Asked, by: str, code: str, *, is_zero: bool) -> Response[Any]:
    form = {name: str(value) for name, value in (await request.form()).items()}
    w = words_of(request)
    try:
        async with reading(request.app.state.desk.pool) as connection:
            known = await _known(connection, code)
            if known is None:
                return nothing(request)
            sheet = _sheet(known, code, by, form)
            if is_zero:
                found = await reports.on_record(connection, known.facility_id, sheet.day)
                event = report_form.zero(sheet, form, known.difficulties, found)
            else:
                event = report_form.event_of(form, sheet, known.difficulties)
    # The form takes a connection of its own: by now this one is given back.
    except Wrong as wrong:
        return await _form(request, code, form, w(wrong.zh, wrong.en))
    except Odd as odd:
        return await _form(request, code, form, odd=odd, is_zero=is_zero)
    why_not = await hand_in(request, known.facility_id, event)
    if why_not is not None:
        return await _form(request, code, form, w(*why_not))
    query = urlencode({"sent": 1} | ({} if sheet.is_todays else {"day": date_of(sheet.day)}))
    return Redirect(f"/facilities/{quote(code)}/report?{query}", status_code=303)


async def _form(
    request: Asked,
    code: str,
    given: Mapping[str, str],
    said: str = "",
    odd: Odd | None = None,
    *,
    is_zero: bool = False,
    is_sent: bool = False,
) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        known = await _known(connection, code)
        if known is None:
            return nothing(request)
        try:
            sheet = _sheet(known, code, "", given)
        except Wrong as wrong:  # a form of long ago: what was written is kept, for today
            sheet = _sheet(known, code, "", {})
            said = said or words_of(request)(wrong.zh, wrong.en)
        found = await reports.on_record(connection, known.facility_id, sheet.day)
    is_written = request.method == "POST" and not is_zero
    values = {
        "code": code,
        "name": known.name,
        "zone": known.zone,
        "date": date_of(sheet.day),
        "is_todays": sheet.is_todays,
        "yesterday": date_of(sheet.day - 1) if sheet.is_todays and _lacks(known, sheet.day - 1) else "",
        "said": said,
        "odd": odd,
        "is_zero": is_zero,
        "is_sent": is_sent,
        "sent": sheet.sent,
        "before": sheet.before,
        "against": against_zero(found) if sheet.sent is not None and sheet.sent.said.nothing_to_report else [],
        "given": dict(given) if is_written else _as_given(sheet.sent),
        "number": given.get("id") or str(uuid4()),
        "seen": given.get("seen", seen_of(sheet.sent)),
        "is_open": is_written or (sheet.sent is None and not is_sent),
        "difficulties": [one for one in known.difficulties if one.is_open],
        "numbers": NUMBERS,
        "medicine": MEDICINE,
        "operating": OPERATING,
        "kinds": KINDS,
    }
    return page(request, "report.html", values, 400 if said or odd else 200)


async def _known(connection: Connection, code: str) -> Known | None:
    facility = await registry.find_facility(connection, code)
    if facility is None:
        return None
    found = await profiles.profiles_of(connection, facility.id)
    return Known(
        facility.id,
        code if found.facility is None else found.facility.name or code,
        found.default[-1].zone,
        await reports.latest(connection, facility.id, now() - 3 * DAY),
        await reports.difficulties(connection, NATION, code, closed=True),
    )


def _sheet(known: Known, code: str, by: str, given: Mapping[str, str]) -> Sheet:
    moment = now()
    day = report_form.day_asked(given.get("day", ""), moment, known.zone)
    sent = next((one for one in known.sent if one.day == day), None)
    before = next((one for one in known.sent if one.day < day), None)
    return Sheet(code, by, moment, known.zone, day, sent, before)


def _lacks(known: Known, day: int) -> bool:
    return all(one.day != day for one in known.sent)


def _as_given(sent: Report | None) -> dict[str, str]:
    """A report that is there, as the boxes of the form: whoever corrects one number keeps the others."""
    if sent is None:
        return {}
    found = {box.name: sent.said[box.name] for box in NUMBERS} | dict(sent.said.medicine)
    given = {name: str(value) for name, value in found.items() if value is not None}
    return given if sent.said.operating is None else given | {"operating": sent.said.operating}


HANDLERS: Final[list[HTTPRouteHandler]] = [report_page, send_report, send_zero]
