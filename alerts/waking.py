"""Where nobody would wake up: urgent ladders whose every way only informs, and no inbox that can be heard. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from alerts.channels import Channel
from alerts.duties import duties_for
from alerts.ladders.ladder import ladders_of
from alerts.rosters import OnDuty
from alerts.routing import registered, step_routes, wakes_somebody
from detectors.detector import Severity
from detectors.times import HOUR, MINUTE, Millis
from store.alerts import AlertPlace
from store.duty import RosterRows
from store.recipients import Recipient
from store.sirens import Siren

HEARD_WITHIN: Final[Millis] = 3 * MINUTE
"""An open inbox says so every minute."""
EARLY: Final[Millis] = 30 * MINUTE
"""Whoever comes before the shift begins tests the sound then (own choice)."""
LONGEST_SHIFT: Final[Millis] = 12 * HOUR
"""Of somebody whom no roster names (own choice)."""


class Sleeping(Struct, frozen=True):
    """Facilities where a P1 wakes nobody: those with a roster, and those with only a file of recipients."""

    rostered: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    by_siren: list[str] = field(default_factory=list)  # nothing else wakes there than an inbox that is open now
    unheard: list[str] = field(default_factory=list)  # inboxes that do not count, each with the reason


def sleeping(
    homes: Iterable[tuple[int, AlertPlace]],
    rosters: RosterRows,
    recipients: list[Recipient],
    channels: Mapping[str, Channel],
    moments: Sequence[Millis],
    sirens: Sequence[Siren] = (),
) -> Sleeping:
    """Facilities where at one of the moments no step of the P1 ladder has a way that wakes.

    The first moment is now: an inbox that is open now, and was tested in this shift, wakes somebody.
    """
    found = Sleeping()
    unheard: dict[str, None] = {}
    for number, home in homes:
        duties = [duties_for(rosters, home, moment) for moment in moments]
        if _wakes(number, home, duties, recipients, channels):
            continue
        mine = [one for one in sirens if one.is_for(home.facility, home.region)]
        reasons = [why_unheard(one, duties[0] or [], moments[0]) for one in mine]
        if any(reason is None for reason in reasons):
            found.by_siren.append(home.facility)
            continue
        unheard |= dict.fromkeys(reason for reason in reasons if reason is not None)
        (found.registered if duties[0] is None else found.rostered).append(home.facility)
    found.unheard.extend(unheard)
    return found


def why_unheard(siren: Siren, duties: Iterable[OnDuty], now: Millis) -> str | None:
    """Why an inbox does not count as waking; None: it does."""
    ago = (now - siren.heard_at) // MINUTE
    if now - siren.heard_at > HEARD_WITHIN:
        return f"the inbox of {siren.name} was last heard {ago} min ago: it is closed, or its sound is off"
    began = [one.since for one in duties if one.person.name == siren.name or one.desk == siren.desk]
    if siren.tested_at < max(began, default=now - LONGEST_SHIFT) - EARLY:
        return f"the inbox of {siren.name} is open, and its sound was not tested in this shift"
    return None


def _wakes(
    number: int,
    home: AlertPlace,
    duties: Sequence[Sequence[OnDuty] | None],
    recipients: list[Recipient],
    channels: Mapping[str, Channel],
) -> bool:
    steps = ladders_of(home.region)[Severity.P1].steps
    if duties[0] is None:
        routes = registered(Severity.P1, number, home.region, home.drill, recipients)
        return any(wakes_somebody(route, channels) for route in routes if route.not_told is None)
    return all(
        any(wakes_somebody(route, channels) for step in steps for route in step_routes(step, known or [], channels))
        for known in duties
    )
