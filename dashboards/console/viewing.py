"""Every view of a resident is on record before the page is made: who, when, which page, whom.

A page that is opened is a view. A page that renews itself is one view for an hour; whoever is newly on it is another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import structlog

from dashboards.console.pages import Asked, is_fragment, now
from dashboards.console.users import Place, User
from detectors.times import HOUR, Millis
from store import views
from store.connection import Pool, reading
from store.views import View

LASTS: Final[Millis] = HOUR
HEAD_EVERY: Final = 100
"""Rows; the head then stands in the log too, which is kept elsewhere (`sizao audit-log verify --head`)."""
_REMEMBERED: Final = 200_000
log = structlog.get_logger()


class Views:
    """Writes views down; what was written a while ago by this process need not be again."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._noted: dict[tuple[int, str], Millis] = {}

    async def note(self, request: Asked, user: User, subjects: Iterable[str]) -> None:
        """These subjects are on the page that is asked for."""
        moment, is_renewed = now(), is_fragment(request)
        wanted = dict.fromkeys(subjects)
        new = [one for one in wanted if not is_renewed or moment - self._noted.get((user.account_id, one), 0) >= LASTS]
        if not new:
            return
        view = View(moment, user.account_id, user.login, user.role.value, request.url.path, tuple(new))
        async with reading(self._pool) as connection:
            head = await views.add(connection, view)
        if len(self._noted) > _REMEMBERED:
            self._noted.clear()
        self._noted |= dict.fromkeys(((user.account_id, one) for one in new), moment)
        if head.id % HEAD_EVERY == 0:
            log.info("views_recorded", head=str(head))


def subject_of(place: Place) -> str:
    """`F-001/R-07`, or `F-001` for everybody there."""
    return place.facility if place.resident is None else f"{place.facility}/{place.resident}"


async def viewed(request: Asked, user: User, subjects: Iterable[str]) -> None:
    """A list shows these residents, as `F-001/R-07`; what a path names is noted by the door."""
    found: Views = request.app.state.desk.views
    await found.note(request, user, subjects)
