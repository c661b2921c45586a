"""Other editions of a dispatch as files: the ministry's page, and the evidence for closing or opening again."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from dashboards.console.access import shown
from dashboards.console.dispatches import date_of, day_of
from dashboards.console.pages import HEADERS, Asked, notice, now, words_of
from dashboards.console.routes.dispatches import READERS, TYPES
from dashboards.dispatch.editions import closure_pack, ministry_page
from dashboards.dispatch.rendering import BRIEF_FORMATS, FORMATS
from dashboards.fonts import NoFont
from store.connection import reading, transaction


@shown("/dispatches/{dispatch_region:str}/edition", READERS)
async def edition(request: Asked, dispatch_region: FromPath[str]) -> Response[Any]:
    """`?edition=ministry|closure&date=&format=`; what is not produced is a page that says why."""
    asked = request.query_params
    day, kind, which = day_of(asked.get("date", "")), asked.get("format", "pdf"), asked.get("edition", "")
    formats = {"ministry": BRIEF_FORMATS, "closure": FORMATS}.get(which, {})
    if day is None or kind not in formats:
        return Redirect(f"/dispatches/{dispatch_region}", status_code=303)
    language = words_of(request).language
    try:
        async with reading(request.app.state.desk.pool) as connection, transaction(connection):
            if which == "ministry":
                page, _ = await ministry_page(connection, dispatch_region, day, None, language, now())
                written = BRIEF_FORMATS[kind](page)
            else:
                pack = await closure_pack(connection, dispatch_region, day, language, now())
                written = FORMATS[kind](pack)
    except NoFont as missing:
        return notice(request, 503, "服务器没有中文字体，不能生成PDF；请联系管理员安装字体。", str(missing))
    name = f"{which}-{dispatch_region}-{date_of(day)}.{kind}"
    headers = HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
    return Response(written, media_type=TYPES[kind], headers=headers)


HANDLERS: Final[list[HTTPRouteHandler]] = [edition]
