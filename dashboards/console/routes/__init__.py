"""The pages, a module for each part of the console.

How a page is added:

1. Write a handler in a module here, `@shown("/referrals/{referral_id:int}", to(Role.HOSPITAL, Role.DESK))` for what is
   read, `@done(..., to(Role.DESK, right="acknowledge"))` for what a form does, and list it in the module's `HANDLERS`.
   It takes `request: Asked` and, where it matters who asks, `user: SignedIn`.
2. A parameter of the path says whose it is in `dashboards/console/places.py`. Who may not see it has been turned away
   before the handler runs, with the answer that a missing thing gets.
3. A list is limited by `user.seen`, which the statements of the store take. Where `user.is_told_who` is false it names
   no resident, unit or bed; where it does, `await viewed(request, user, ["F-001/R-07", ...])` puts on record whom it
   shows. What a path names is on record without that.
4. A form carries `<input type="hidden" name="csrf" value="{{ csrf }}">`; what acts on alerts does so as `user.actor`.
5. List the module below. `tests/integration/console/test_access.py` then asks it as a stranger and as somebody of
   another region: it reads the router's own table, and fails for a page that it has no example of.
"""

from __future__ import annotations

from typing import Final

from litestar.handlers import HTTPRouteHandler

from dashboards.console.routes import (
    account,
    acting,
    alerts,
    calls,
    checks,
    clusters,
    dispatches,
    editions,
    emergency,
    facilities,
    feedback,
    freezing,
    hand_overs,
    interventions,
    overview,
    proof,
    receipts,
    referrals,
    regions,
    reporting,
    reports,
    service,
    sign_in,
    silent,
    sirens,
    spot_checks,
    stream,
    technical,
    voiding,
)

HANDLERS: Final[list[HTTPRouteHandler]] = [
    *sign_in.HANDLERS,
    *account.HANDLERS,
    *overview.HANDLERS,
    *stream.HANDLERS,
    *sirens.HANDLERS,
    *alerts.HANDLERS,
    *acting.HANDLERS,
    *feedback.HANDLERS,
    *facilities.HANDLERS,
    *checks.HANDLERS,
    *voiding.HANDLERS,
    *referrals.HANDLERS,
    *hand_overs.HANDLERS,
    *calls.HANDLERS,
    *reporting.HANDLERS,
    *clusters.HANDLERS,
    *interventions.HANDLERS,
    *emergency.HANDLERS,
    *regions.HANDLERS,
    *technical.HANDLERS,
    *receipts.HANDLERS,
    *reports.HANDLERS,
    *silent.HANDLERS,
    *spot_checks.HANDLERS,
    *dispatches.HANDLERS,
    *freezing.HANDLERS,
    *editions.HANDLERS,
    *proof.HANDLERS,
    *service.HANDLERS,
]
