"""Referrals: which are on their way, where one stands, what is said of it, and the text that goes along."""

from __future__ import annotations

from typing import Any, Final, get_args

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts.referrals.sbar import sbar
from alerts.referring import NewStep, Scene, new_code, say
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.forms import Wrong, moment, text
from dashboards.console.pages import Asked, nothing, notice, now, page, words_of
from dashboards.console.referral import WANTS_REASON, handover, lines, referral_values, steps_for
from dashboards.console.users import Role, User
from detectors.referral import StepKind
from store import alerts, patients, profiles, referrals, registry
from store.connection import Connection, reading, transaction
from store.referrals import ReferralRow
from streams.catalogue import in_force

READERS: Final = to(Role.FACILITY, Role.DESK, Role.HOSPITAL)
SAYERS: Final = to(Role.FACILITY, Role.DESK, Role.HOSPITAL, right="acknowledge")
REFERRERS: Final = to(Role.FACILITY, Role.DESK, right="acknowledge")
_KINDS: Final = frozenset(get_args(StepKind))


@shown("/referrals", READERS)
async def referrals_page(request: Asked, user: SignedIn) -> Response[Any]:
    """Those on their way: a hospital's own, or of the reader's homes; what is due first, first. Nobody is named."""
    return await _list(request, user, "referrals.html")


@shown("/fragments/referrals", READERS)
async def referrals_part(request: Asked, user: SignedIn) -> Response[Any]:
    """The inside of the list, fetched again and again."""
    return await _list(request, user, "referrals_part.html")


async def _list(request: Asked, user: User, template: str) -> Response[Any]:
    async with reading(request.app.state.desk.pool) as connection:
        found = await lines(connection, user, now())
    return page(request, template, {"lines": found})


@shown("/referrals/{referral_id:int}", READERS)
async def referral_page(request: Asked, user: SignedIn, referral_id: FromPath[int]) -> Response[Any]:
    """Where a referral stands, and what a doctor must know of the resident."""
    async with reading(request.app.state.desk.pool) as connection:
        row = await referrals.by_id(connection, referral_id)
        if row is None:
            return nothing(request)
        values = await referral_values(connection, row, user, now(), words_of(request))
    return page(request, "referral.html", values)


@shown("/referrals/{referral_id:int}/sbar", READERS)
async def sbar_page(request: Asked, referral_id: FromPath[int]) -> Response[Any]:
    """The text of the hand-over in both languages, to be printed or read aloud."""
    async with reading(request.app.state.desk.pool) as connection:
        row = await referrals.by_id(connection, referral_id)
        given = None if row is None else await handover(connection, row, now())
    if row is None or given is None:
        return nothing(request)
    return page(request, "sbar.html", {"row": row, "zh": sbar(given, "zh"), "en": sbar(given, "en")})


@done("/referrals/{referral_id:int}/steps", SAYERS)
async def say_step(request: Asked, user: SignedIn, referral_id: FromPath[int]) -> Response[Any]:
    """Somebody says what happened, now or afterwards."""
    form = await request.form()
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        row = await referrals.by_id(connection, referral_id)
        if row is None:
            return nothing(request)
        try:
            said = await _said(connection, row.facility_id, form, user)
        except Wrong as wrong:
            return notice(request, 400, wrong.zh, wrong.en)
        await _say(connection, row, said)
    return Redirect(f"/referrals/{referral_id}", status_code=303)


@done("/alerts/{alert_id:int}/refer", REFERRERS)
async def refer_from_alert(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """The suggestion of an alert becomes a request; without one a referral is made."""
    form = await request.form()
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        found = await alerts.lock(connection, alert_id)
        if found is None:
            return nothing(request)
        running = await referrals.of_resident(connection, found.resident_id, now())
        waiting = [one for one in running if one.ended_at is None]
        code = waiting[0].code if waiting else await new_code(connection, found)
        said = NewStep("requested", user.name, text(form, "hospital", 64), text(form, "reason", 200))
        scene = await _scene(connection, found.facility_id)
        await say(connection, scene, code, said, now(), found.resident_id, alert_id)
        row = (await referrals.of_facility(connection, found.facility_id, [code]))[code]
    return Redirect(f"/referrals/{row.id}", status_code=303)


@done("/facilities/{facility:str}/referrals", REFERRERS)
async def refer_by_hand(request: Asked, user: SignedIn, facility: FromPath[str]) -> Response[Any]:
    """A resident is referred without any alert."""
    form = await request.form()
    who = text(form, "resident", 64) or ""
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        resident_id = await patients.find(connection, facility, who)
        known = None if resident_id is None else await patients.patient(connection, resident_id)
        if known is None:
            return notice(
                request,
                400,
                "没有这个老人编号：请核对后重新填写。",
                "There is no resident with this code: check it and try again.",
            )
        reason = text(form, "reason", 200)
        if reason is None:
            return notice(request, 400, "请写明转诊原因。", "Say why the resident is referred.")
        moment_now = now()
        code = f"{facility}-{moment_now // 1_000:x}"[-20:]
        said = NewStep("requested", user.name, text(form, "hospital", 64), reason)
        scene = await _scene(connection, known.facility_id)
        await say(connection, scene, code, said, moment_now, known.resident_id)
        row = (await referrals.of_facility(connection, known.facility_id, [code]))[code]
    return Redirect(f"/referrals/{row.id}", status_code=303)


async def _said(connection: Connection, facility_id: int, form: Any, user: User) -> NewStep:
    """What the form says; raises Wrong."""
    step = str(form.get("step", ""))
    if step not in _KINDS or step not in steps_for(user):
        raise Wrong("请选择一个步骤。", "Choose a step.")
    reason = text(form, "reason", 200)
    if step in WANTS_REASON and reason is None:
        raise Wrong("这一步需要写明原因。", "This step needs its reason.")
    zone = (await patients.homes(connection, [facility_id]))[facility_id][1]
    hospital = user.scope.hospital if user.role is Role.HOSPITAL else text(form, "hospital", 64)
    return NewStep(
        step,
        user.name,
        hospital,
        reason,
        text(form, "bed", 64),
        text(form, "transport", 64),
        moment(form, "at", zone, now()),
    )


async def _say(connection: Connection, row: ReferralRow, said: NewStep) -> None:
    scene = await _scene(connection, row.facility_id)
    await say(connection, scene, row.code, said, now(), row.resident_id)


async def _scene(connection: Connection, facility_id: int) -> Scene:
    code = (await registry.codes_of(connection, [facility_id]))[facility_id]
    return await scene_of(connection, code)


async def scene_of(connection: Connection, facility: str) -> Scene:
    """The facility by its code, locked, with the rules in force there."""
    found = (await registry.lock_facilities(connection, [facility]))[facility]
    known = await profiles.profiles_of(connection, found.id)
    return Scene(found.id, await in_force(connection, known.region))


HANDLERS: Final[list[HTTPRouteHandler]] = [
    referrals_page,
    referrals_part,
    referral_page,
    sbar_page,
    say_step,
    refer_from_alert,
    refer_by_hand,
]
