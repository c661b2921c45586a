"""The daily dispatch in the console: revisions, the dispatch itself, its words and signatures, and assigned items."""

from __future__ import annotations

from typing import Any, Final, get_args
from urllib.parse import quote, urlencode

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from alerts.acting import Refused
from dashboards.console.access import SignedIn, done, shown, to
from dashboards.console.dispatches import date_of, day_of, list_values, notes_of, regions_of, told
from dashboards.console.forms import text
from dashboards.console.pages import HEADERS, Asked, nothing, notice, now, page, words_of
from dashboards.console.users import Role, User
from dashboards.dispatch import signing
from dashboards.dispatch.reading import counted_in
from dashboards.dispatch.rendering import FORMATS
from dashboards.dispatch.signing import Act, Signer
from dashboards.dispatch.wording import Wording
from dashboards.fonts import NoFont
from detectors.profile import Profile
from detectors.times import HOUR, Millis
from store import items
from store.connection import reading, transaction
from store.items import Kind, NewItem

READERS: Final = to(Role.DESK, Role.VIEWER)
WRITERS: Final = to(Role.DESK, Role.VIEWER, right="dispatch")
SIGNERS: Final = to(Role.DESK, Role.VIEWER, right="issue")
SIGNED: Final[frozenset[str]] = frozenset(("issue", "return", "report"))
TEXT_MOST: Final = 500
TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@shown("/dispatches", READERS)
async def dispatches_page(request: Asked, user: SignedIn) -> Response[Any]:
    """The regions whose dispatches one answers for; a single one opens at once."""
    found = regions_of(user)
    if len(found) == 1:
        return Redirect(f"/dispatches/{found[0]}", status_code=303)
    said = Wording(words_of(request).language, Profile().day_of(now()))
    return page(request, "dispatches.html", {"regions": [(one, said.place(one)) for one in found]})


@shown("/dispatches/{dispatch_region:str}", READERS)
async def region_page(request: Asked, dispatch_region: FromPath[str]) -> Response[Any]:
    """Two weeks of a region: its revisions and states, the draft, what lies in it, and what is assigned."""
    values = await list_values(request.app.state.desk.pool, dispatch_region, words_of(request))
    return page(request, "dispatch_region.html", values)


@shown("/dispatches/{dispatch_region:str}/day", READERS)
async def day_page(request: Asked, user: SignedIn, dispatch_region: FromPath[str]) -> Response[Any]:
    """The dispatch of a period: `?date=2026-11-27&revision=1`; without a revision the newest, else the draft."""
    return await _day(request, user, dispatch_region)


@shown("/dispatches/{dispatch_region:str}/file", READERS)
async def file(request: Asked, dispatch_region: FromPath[str]) -> Response[Any]:
    """The same as a file of `?format=`, with the same numbers."""
    day, revision = _which(request)
    kind = request.query_params.get("format", "")
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        found = await told(connection, dispatch_region, day, revision, words_of(request))
    if found is None or kind not in FORMATS:
        return Redirect(f"/dispatches/{dispatch_region}", status_code=303)
    number = found.basis.frozen.revision if found.basis.frozen else 0
    name = f"dispatch-{dispatch_region}-{date_of(day)}-{number or 'draft'}.{kind}"
    headers = HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
    try:
        return Response(FORMATS[kind](found.document), media_type=TYPES[kind], headers=headers)
    except NoFont as missing:
        return notice(
            request, 503, "服务器没有中文字体，不能生成PDF；请下载其他格式，或联系管理员安装字体。", str(missing)
        )


@done("/dispatches/{dispatch_region:str}/text", WRITERS)
async def write(request: Asked, user: SignedIn, dispatch_region: FromPath[str]) -> Response[Any]:
    """What is written under the sections of the newest revision; its figures stay as they are."""
    form = dict(await request.form())
    day, revision = _asked(form)
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            for section in signing.SECTIONS:
                said = text(form, section, signing.TEXT_MOST) or ""
                await signing.write(connection, dispatch_region, day, revision, section, said, _signer(user), now())
    except Refused as why:
        return await _day(request, user, dispatch_region, why, form)
    return _back(dispatch_region, day, revision)


@done("/dispatches/{dispatch_region:str}/submit", WRITERS)
async def submit(request: Asked, user: SignedIn, dispatch_region: FromPath[str]) -> Response[Any]:
    """The newest revision goes to review."""
    return await _act(request, user, dispatch_region, "submit")


@done("/dispatches/{dispatch_region:str}/sign", SIGNERS)
async def sign(request: Asked, user: SignedIn, dispatch_region: FromPath[str]) -> Response[Any]:
    """It is issued, returned with the reason, or reported upward."""
    what = str((await request.form()).get("act", ""))
    known = next((one for one in get_args(Act) if one == what and one in SIGNED), None)
    return nothing(request) if known is None else await _act(request, user, dispatch_region, known)


@done("/dispatches/{dispatch_region:str}/items", WRITERS)
async def assign(request: Asked, user: SignedIn, dispatch_region: FromPath[str]) -> Response[Any]:
    """A call, help, check or visit is assigned, with its owner and deadline."""
    form = dict(await request.form())
    kind = next((one for one in get_args(Kind) if one == form.get("kind")), None)
    what, owner, due_at = _said(form, "what"), _said(form, "owner"), _deadline(form)
    if kind is None or not what or not owner or due_at is None:
        return _incomplete(request)
    new = NewItem(
        dispatch_region, Profile().day_of(now()), kind, what, owner, due_at, _said(form, "facility") or None,
        by=user.name, login=user.login,
    )  # fmt: skip
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        await items.add(connection, new, now())
    return Redirect(f"/dispatches/{dispatch_region}#items", status_code=303)


@done("/dispatch-items/{item_id:int}", WRITERS)
async def settle(request: Asked, user: SignedIn, item_id: FromPath[int]) -> Response[Any]:
    """An item is done, with its result; or moved on to another owner or day, with the reason."""
    form = dict(await request.form())
    comment, owner, due_at = _said(form, "comment"), _said(form, "owner"), _deadline(form)
    is_done = form.get("act") == "done"
    if not comment or (not is_done and (not owner or due_at is None)):
        return _incomplete(request)
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        item = await items.find(connection, item_id)
        if item is None or item.is_done:
            return notice(request, 409, "该事项已办结。", "This item is done already.")
        if is_done:
            await items.finish(connection, item, comment, user.name, user.login, now())
        elif due_at is not None:
            await items.move(connection, item, owner, due_at, comment, user.name, user.login, now())
    desk = counted_in(item.region, Profile().day_of(now()))
    return Redirect(f"/dispatches/{quote(desk)}#items", status_code=303)


async def _act(request: Asked, user: User, region: str, what: Act) -> Response[Any]:
    form = dict(await request.form())
    day, revision = _asked(form)
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            await signing.act(connection, region, day, revision, what, _signer(user), _said(form, "comment"), now())
    except Refused as why:
        return await _day(request, user, region, why, form)
    return _back(region, day, revision)


async def _day(
    request: Asked, user: User, region: str, why: Refused | None = None, form: dict[str, Any] | None = None
) -> Response[Any]:
    words = words_of(request)
    day, revision = _which(request) if form is None else _asked(form)
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        found = await told(connection, region, day, revision, words)
    said = Wording(words.language, day)
    if found is None:
        values = {"region": region, "said": said, "date": date_of(day)}
        return page(request, "dispatch_none.html", values)
    rights = {"submit": "dispatch"} | dict.fromkeys(SIGNED, "issue")
    values = {
        "region": region,
        "said": said,
        "date": date_of(day),
        "told": found,
        "revision": found.basis.frozen.revision if found.basis.frozen else 0,
        "document": found.document,
        "formats": tuple(FORMATS),
        "acts": [one for one in found.acts if rights[one] in user.rights],
        "may_write": "dispatch" in user.rights and "submit" in found.acts,
        "notes": [(name, str((form or {}).get(name, now_said))) for name, now_said in notes_of(found)],
        "refusal": None if why is None else words(why.zh, why.en),
    }
    return page(request, "dispatch_day.html", values, 200 if why is None else 409)


def _which(request: Asked) -> tuple[int, int | None]:
    """The day and revision that the address names; today, and the newest."""
    day = day_of(request.query_params.get("date", ""))
    given = request.query_params.get("revision", "")
    return Profile().day_of(now()) if day is None else day, int(given) if given.isdecimal() and len(given) < 9 else None


def _asked(form: dict[str, Any]) -> tuple[int, int]:
    day, given = day_of(str(form.get("date", ""))), str(form.get("revision", ""))
    return Profile().day_of(now()) if day is None else day, int(given) if given.isdecimal() and len(given) < 9 else 0


def _back(region: str, day: int, revision: int) -> Response[Any]:
    query = urlencode({"date": date_of(day), "revision": revision})
    return Redirect(f"/dispatches/{region}/day?{query}", status_code=303)


def _signer(user: User) -> Signer:
    return Signer(user.name, user.login)


def _said(form: dict[str, Any], name: str) -> str:
    return text(form, name, TEXT_MOST) or ""


def _deadline(form: dict[str, Any]) -> Millis | None:
    """The end of working hours of the day that is given."""
    day = day_of(_said(form, "due"))
    return None if day is None else Profile().midnight(day) + 17 * HOUR


def _incomplete(request: Asked) -> Response[Any]:
    return notice(
        request,
        400,
        "请填写事项或结果、责任人和时限后重试。",
        "Write what it is or what came of it, who answers for it and until when, and try again.",
    )


HANDLERS: Final[list[HTTPRouteHandler]] = [
    dispatches_page, region_page, day_page, file, write, submit, sign, assign, settle
]  # fmt: skip
