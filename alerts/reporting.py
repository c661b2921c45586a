"""Reporting a positive in time (10 min, 30 min, 24 h): clocks that run, remind, and stop when somebody has reported.

A clock is a row and outlives every process. Acknowledging the alert stops none:
seen is not reported. One report speaks of everything that was known of a home
when it was made, and stops the same clock of each of its positives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from alerts import routing
from alerts.acting import Actor, NotAllowed, Refused
from alerts.channels import CHANNELS, Channel
from alerts.clocks.clock import SHORT, Clock, clocks_of
from alerts.duties import duties_for
from alerts.ladders.ladder import Step
from alerts.messages import duration
from alerts.routing import Route, telling
from detectors.detector import Severity
from detectors.observations import Case, Element, TestResult
from detectors.times import Millis
from store import alerts, clocks, deliveries, duty, recipients, registry
from store.alerts import ActionRow, AlertPlace
from store.clocks import ClockRow, NewReport
from store.connection import Connection
from store.deliveries import Kind, NewDelivery

_READ: Final = "antigen"
AFTERWARDS: Final = ("duty_officer", "duty_leader")
"""Who hears that a report is overdue."""


class Report(Struct, frozen=True):
    """What was reported to whom, and when; None: now."""

    clock: str
    whom: str
    words: str
    at: Millis | None = None


async def start(connection: Connection, alert_id: int, facility_id: int, region: str | None, known: Millis) -> None:
    """The clocks of an alert run from when the positive was known; those that run go on."""
    first = [(name, clock) for name, clock in clocks_of(region).items() if clock.after is None]
    await clocks.start(connection, [clock_row(alert_id, facility_id, name, clock, known) for name, clock in first])


async def known_at(connection: Connection, evidence: Sequence[Element], now: Millis) -> Millis:
    """Since when a home knows of a positive.

    Whoever does an antigen test reads it. What a laboratory found is known when it reported it, where the message
    says so, and otherwise when it arrives.
    """
    tests = [one for one in evidence if isinstance(one, TestResult) and one.result == "positive"]
    found: list[tuple[str, Millis, str]] = [(one.test, one.at, one.id) for one in tests]
    found += [(one.said[0], one.at, one.id) for one in evidence if isinstance(one, Case) and one.sign == "positive"]
    read = [at for test, at, _ in found if test == _READ]
    reported = await clocks.reported(connection, [(at, event_id) for test, at, event_id in found if test != _READ])
    return min([*read, *reported], default=now)


def clock_row(alert_id: int, facility_id: int, name: str, clock: Clock, started: Millis) -> ClockRow:
    """A clock that starts, and will be looked at when it is time to remind."""
    due = started + clock.lasts
    return ClockRow(alert_id, name, facility_id, started, due, due - clock.warns_before)


async def report(connection: Connection, alert_id: int, actor: Actor, given: Report, now: Millis) -> None:
    """It is reported: the clock stops for every positive of the home that was known then; raises Refused."""
    if "acknowledge" not in actor.rights:
        raise NotAllowed(f"{actor.name} may look, and not report")
    at = now if given.at is None else given.at
    if at > now:
        raise Refused("报告时间晚于现在：请核对后重填。", "The report lies in the future: check its time.")
    if not given.whom.strip() or not given.words.strip():
        raise Refused("请写明向谁报告、报告了什么。", "Say whom it was reported to, and what.")
    place = (await alerts.places_of(connection, [alert_id])).get(alert_id)
    if place is None:
        raise Refused("没有这条预警。", "There is no such alert.")
    found = (await registry.lock_facilities(connection, [place.facility]))[place.facility]
    running = await clocks.running(connection, found.id, given.clock)
    mine = next((one for one in running if one.alert_id == alert_id), None)
    if mine is None:
        raise Refused(
            "这项报告已登记，或时限未在运行：请看最新状态。",
            "This report is on record, or its clock does not run: see below.",
        )
    if at < mine.started_at:
        raise Refused("报告时间早于得知阳性的时间：请核对。", "The report lies before the positive was known.")
    stopped = [one for one in running if one.started_at <= at]
    new = NewReport(given.clock, found.id, at, now, actor.name, given.whom.strip(), given.words.strip())
    await clocks.stop(connection, new, [one.alert_id for one in stopped])
    following = [(name, clock) for name, clock in clocks_of(place.region).items() if clock.after == given.clock]
    rows = [clock_row(one.alert_id, found.id, name, clock, at) for one in stopped for name, clock in following]
    await clocks.start(connection, rows)
    for one in stopped:
        said = f"{given.whom.strip()}：{given.words.strip()}"
        await alerts.act(connection, ActionRow(one.alert_id, now, actor.name, f"reported_{given.clock}", said))


async def remind(
    connection: Connection, now: Millis, channels: Mapping[str, Channel] = CHANNELS, limit: int = 200
) -> int:
    """Whoever must report is told before a clock runs out, and the desk when it has; how many clocks were due.

    Of several positives of a home one is told. The caller has opened a transaction.
    """
    due = await clocks.claim(connection, now, limit)
    if not due:
        return 0
    places = await alerts.places_of(connection, [one.alert_id for one in due])
    facilities, regions = {one.facility for one in places.values()}, {one.region for one in places.values()}
    rosters = await duty.read(connection, facilities, regions, now)
    known = await recipients.read(connection)
    new: list[NewDelivery] = []
    told: set[tuple[int, str]] = set()
    for one in due:
        place = places[one.alert_id]
        clock = clocks_of(place.region).get(one.clock)
        is_late = now >= one.due_at
        await clocks.look_again(connection, one, None if is_late or clock is None else one.due_at)
        if clock is None or (one.facility_id, one.clock) in told:
            continue
        told.add((one.facility_id, one.clock))
        duties = duties_for(rosters, place, now)
        if duties is None:
            routes = routing.registered(Severity.P1, one.facility_id, place.region, place.drill, known)
        else:
            roles = [Step(role, 0, wakes=clock.lasts <= SHORT) for role in (AFTERWARDS if is_late else clock.roles)]
            routes = [route for step in roles for route in routing.step_routes(step, duties, channels)]
        new += _tellings(one, clock, place, routes, now)
    await deliveries.add(connection, new)
    return len(due)


def _tellings(
    one: ClockRow, clock: Clock, place: AlertPlace, routes: Sequence[Route], now: Millis
) -> list[NewDelivery]:
    is_late = now >= one.due_at
    kind: Kind = "report_late" if is_late else "report_due"
    left = duration(max(0, now - one.due_at) if is_late else one.due_at - now)
    zh = f"{clock.name.zh}：{'已超时' if is_late else '还剩'}{left[0]}"
    en = f"{clock.name.en}: {left[1]} {'overdue' if is_late else 'left'}"
    about = (one.alert_id, place.transition_id)
    return [
        telling(
            # The cards of the ladder are about residents.
            Route(route.channel, route.address, route.recipient_id, route.not_told, route.person, route.fallbacks),
            about,
            kind,
            f"{kind}_{one.alert_id}_{one.clock}_{now}_{number}",
            now,
            severity=1 if is_late else 2,
            note=f"{zh} / {en}",
        )
        for number, route in enumerate(routes)
    ]
