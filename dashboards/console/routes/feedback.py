"""Was the alert right? One press, by whoever came; it may be said anew."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from dashboards.console.access import SignedIn, done, to
from dashboards.console.forms import text
from dashboards.console.pages import Asked, notice, now
from dashboards.console.users import Role
from store import feedback
from store.connection import reading, transaction
from store.feedback import VERDICTS, FeedbackRow


@done("/alerts/{alert_id:int}/feedback", to(Role.FACILITY, Role.DESK, Role.HOSPITAL, right="acknowledge"))
async def say_feedback(request: Asked, user: SignedIn, alert_id: FromPath[int]) -> Response[Any]:
    """It was true, false, or nothing was to be done."""
    form = await request.form()
    verdict = next((one for one in VERDICTS if one == form.get("verdict")), None)
    if verdict is None:
        return notice(
            request, 400, "请选择属实、误报、待定或无需处置。", "Choose true, false, unsure or nonactionable."
        )
    async with reading(request.app.state.desk.pool) as connection, transaction(connection):
        await feedback.add(connection, FeedbackRow(alert_id, now(), user.name, verdict, text(form, "comment", 200)))
    return Redirect(f"/alerts/{alert_id}", status_code=303)


HANDLERS: Final[list[HTTPRouteHandler]] = [say_feedback]
