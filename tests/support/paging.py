"""The pages of a store with many alerts, each as those ask for it who have it open all day."""

from __future__ import annotations

from typing import Final

from dashboards.console.users import Role

SCOPES: Final[dict[Role, dict[str, str]]] = {
    Role.DESK: {"region_prefix": "3706"},
    Role.VIEWER: {"region_prefix": ""},
    Role.FACILITY: {"facility": "H-0007"},
    Role.HOSPITAL: {"hospital": "S-1"},
}
PAGES: Final = (
    (Role.DESK, "inbox", "/"),
    (Role.DESK, "inbox, renewed", "/fragments/overview"),
    (Role.DESK, "inbox, unanswered P1", "/?worst=1&unanswered=1"),
    (Role.VIEWER, "inbox of the nation", "/"),
    (Role.DESK, "alert, open", "/alerts/{open}"),
    (Role.DESK, "alert, closed", "/alerts/{closed}"),
    (Role.FACILITY, "home", "/facilities/H-0007"),
    (Role.FACILITY, "check by hand", "/facilities/H-0007/check"),
    (Role.FACILITY, "report", "/facilities/H-0007/report"),
    (Role.DESK, "county", "/regions/370613"),
    (Role.DESK, "city", "/regions/370600"),
    (Role.HOSPITAL, "referrals of a hospital", "/referrals"),
    (Role.DESK, "referrals of a region", "/referrals"),
    (Role.HOSPITAL, "referral", "/referrals/{referral}"),
    (Role.DESK, "hand-over", "/hand-overs"),
    (Role.DESK, "reports", "/reports"),
    (Role.DESK, "technical alerts", "/technical"),
)
"""(who, what, path); `{open}` and the like are ids of `examples`."""

EXAMPLES: Final = """
    select (select min(a.id) from alerts a join facility_profiles p using (facility_id)
        where closed_at is null and severity = 1 and p.region = '370613') as open,
    (select min(a.id) from alerts a join facility_profiles p using (facility_id)
        where closed_at is not null and p.region = '370613') as closed,
    (select min(id) from referrals where ended_at is null) as referral
"""
