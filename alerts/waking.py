"""Where nobody would wake up: urgent ladders whose every way only informs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from alerts.channels import Channel
from alerts.ladders.ladder import ladders_of
from alerts.router import duties_for
from alerts.routing import registered, step_routes, wakes_somebody
from detectors.detector import Severity
from detectors.times import Millis
from store.alerts import AlertPlace
from store.duty import RosterRows
from store.recipients import Recipient


class Sleeping(Struct, frozen=True):
    """Facilities where a P1 wakes nobody: those with a roster, and those with only a file of recipients."""

    rostered: list[str]
    registered: list[str]


def sleeping(
    homes: Iterable[tuple[int, AlertPlace]],
    rosters: RosterRows,
    recipients: list[Recipient],
    channels: Mapping[str, Channel],
    moments: Iterable[Millis],
) -> Sleeping:
    """Facilities where at one of the moments no step of the P1 ladder has a way that wakes."""
    found = Sleeping([], [])
    at = list(moments)
    for number, home in homes:
        steps = ladders_of(home.region)[Severity.P1].steps
        duties = [duties_for(rosters, home, moment) for moment in at]
        if duties[0] is None:
            routes = registered(Severity.P1, number, home.region, home.drill, recipients)
            if not any(wakes_somebody(route, channels) for route in routes if route.not_told is None):
                found.registered.append(home.facility)
            continue
        for known in duties:
            routes = [route for step in steps for route in step_routes(step, known or [], channels)]
            if not any(wakes_somebody(route, channels) for route in routes):
                found.rostered.append(home.facility)
                break
    return found
