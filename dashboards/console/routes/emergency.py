"""Breaking the glass: a doctor must see a resident who was not referred to their hospital, and says why.

The reason is on record before anything is shown, the sight ends by itself, and
only who gave the reason has it.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.forms import text
from dashboards.console.pages import Asked, nothing, notice, now, page, words_of
from dashboards.console.referral import BEFORE, limit_of, number_for, patient_values
from dashboards.console.users import Role
from detectors.times import HOUR, Millis
from store import patients, sights
from store.connection import reading, transaction
from store.sights import NewSight

DOCTORS: Final = to(Role.HOSPITAL)
LASTS: Final[Millis] = 4 * HOUR
SHORTEST: Final = 6
"""Characters of a reason that says anything (own choice)."""


@done("/emergency", DOCTORS)
async def break_glass(request: Asked, user: SignedIn) -> Response[Any]:
    """The reason is on record, and the resident may be seen for some hours."""
    form = await request.form()
    reason, hospital = text(form, "reason", 200) or "", user.scope.hospital
    if len(reason) < SHORTEST or hospital is None:
        return notice(
            request,
            400,
            "请写明紧急查看的原因（至少6个字）：原因和您的姓名会留档备查。",
            "Say why you must see the resident (6 characters at least): the reason and your name are kept.",
        )
    at = now()
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        who = await patients.find(connection, text(form, "facility", 64) or "", text(form, "resident", 64) or "")
        known = None if who is None else await patients.patient(connection, who)
        here = await patients.hospital(connection, hospital)
        # Within the same city: an emergency brings nobody from further, and nobody can leaf through the country.
        if known is None or here is None or not here.region or (known.region or "")[:4] != here.region[:4]:
            return nothing(request)
        new = NewSight(user.login, user.name, hospital, known.facility_id, known.resident_id, reason, at, at + LASTS)
        number = await sights.add(connection, new)
    return Redirect(f"/emergency/{number}", status_code=303)


@shown("/emergency/{sight_id:int}", DOCTORS)
async def emergency_page(request: Asked, user: SignedIn, sight_id: FromPath[int]) -> Response[Any]:
    """What a doctor must know of the resident, for whoever gave the reason."""
    async with reading(request.app.state.desk.pool) as connection:
        sight = await sights.by_id(connection, sight_id)
        who = None if sight is None else await patients.patient(connection, sight.resident_id)
        if sight is None or who is None or sight.login != user.login:
            return nothing(request)
        until = now()
        values = await patients.vitals(connection, who.facility_id, who.resident_id, until - BEFORE, until)
        limit = await limit_of(connection, who, until)
    shown_values = patient_values(who, values, None, limit, until, words_of(request))
    return page(request, "emergency.html", {"sight": sight, "ring": number_for(user, who, None), **shown_values})


HANDLERS: Final[list[HTTPRouteHandler]] = [break_glass, emergency_page]
