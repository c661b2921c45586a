"""What is no page of anybody's: style and script, and whether the process is well."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dashboards.console.access import ANYBODY, shown
from dashboards.console.pages import FILES, HEADERS, Asked
from store.connection import reading

KINDS: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@shown("/static/{name:str}", ANYBODY, sync_to_thread=False)
def static_file(name: FromPath[str]) -> Response[bytes]:
    """Style and script of the pages."""
    there = {file.name for file in (FILES / "static").iterdir()}
    if name not in there:
        raise HTTPException(status_code=404)
    kind = KINDS[name.rpartition(".")[2]]
    return Response((FILES / "static" / name).read_bytes(), headers={**HEADERS, "content-type": kind})


@shown("/healthz", ANYBODY, sync_to_thread=False)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@shown("/readyz", ANYBODY)
async def readyz(request: Asked) -> Response[Any]:
    """The database can be reached."""
    async with reading(request.app.state.desk.pool):
        return Response({"database": True})


HANDLERS: Final[list[HTTPRouteHandler]] = [static_file, healthz, readyz]
