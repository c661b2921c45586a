"""Who has not reported is asked for it (催报): one action for many facilities, each with its result.

A nudge is a C alert about the facility itself, so that it has a code, a link by
which a phone answers, and an end: it is closed when the report has come. It is
asked for at once, whatever the hour: somebody sits at the desk and wants it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from msgspec import Struct, structs

from alerts import routing
from alerts.alert import Place, unnumbered
from alerts.by_hand import facility_subject, numbered, on_record
from alerts.channels import CHANNELS, Channel
from alerts.duties import duties_for
from alerts.ladders.ladder import Step
from alerts.routing import NOBODY, Route
from detectors.detector import Severity
from detectors.times import Millis
from store import alerts, deliveries, duty, nudges, recipients, registry
from store.alerts import AlertPlace, AlertRow
from store.connection import Connection
from store.deliveries import NewDelivery
from store.recipients import Recipient
from store.registry import Facility

CONDITION: Final = "report_missing"
RULE: Final = "催报"
ROLES: Final = ("carer", "head")


class Nudged(Struct, frozen=True):
    """What came of asking one facility: whom it goes to, or why to nobody."""

    facility: str
    told: tuple[str, ...] = ()
    not_told: tuple[str, ...] = ()
    reported: bool = False  # the report has come meanwhile: nobody is asked


async def nudge(
    connection: Connection,
    facilities: Sequence[str],
    day: int,
    by: str,
    now: Millis,
    channels: Mapping[str, Channel] = CHANNELS,
) -> list[Nudged]:
    """Each of these facilities is asked for its report of a day, by code; the caller has opened a transaction."""
    locked = await registry.lock_facilities(connection, facilities)
    given = await nudges.given(connection, [one.id for one in locked.values()], day)
    asked = {code: one for code, one in locked.items() if one.id not in given}
    opened = await _alerts(connection, asked, day, by, now)
    places = await alerts.places_of(connection, [one.id for one in opened.values()])
    rosters = await duty.read(connection, asked, {place.region for place in places.values()}, now)
    known = await recipients.read(connection)
    found = [Nudged(code, reported=True) for code in locked if code not in asked]
    new: list[NewDelivery] = []
    for code, alert in opened.items():
        place = places[alert.id]
        routes = _routes(rosters, known, alert, place, channels, now)
        for number, route in enumerate(routes):
            plain = structs.replace(route, role=None)  # the cards of the ladder are about residents
            key, about = f"nudge_{alert.id}_{now}_{number}", (alert.id, place.transition_id)
            new.append(routing.telling(plain, about, "reminder", key, now, severity=alert.severity))
        told = tuple(route.person or route.address for route in routes if route.not_told is None)
        why_not = tuple(route.not_told for route in routes if route.not_told is not None)
        found.append(Nudged(code, told, why_not))
    await deliveries.add(connection, new)
    await nudges.record(connection, day, [(one.facility_id, one.id) for one in opened.values()], by, now)
    return sorted(found, key=lambda one: one.facility)


async def close_answered(connection: Connection, now: Millis) -> int:
    """Nudges whose reports have come are closed; how many. The caller has opened a transaction."""
    found = await nudges.answered(connection, CONDITION)
    if not found:
        return 0
    await registry.lock_facilities(connection, {code for _, code in found})
    rows = await alerts.lock_all(connection, [number for number, _ in found])
    gone = [
        structs.replace(one, condition_state="absent", signal="off", closed_at=now, last_transition_at=now)
        for one in rows
    ]
    await alerts.save(connection, gone)
    await deliveries.take_back(connection, [one.id for one in gone], "the report has come")
    await on_record(connection, gone, "cleared", now)
    return len(gone)


# ------------------------------------------------------------ inside


async def _alerts(
    connection: Connection, asked: Mapping[str, Facility], day: int, by: str, now: Millis
) -> dict[str, AlertRow]:
    """Per facility its open alert about reports, opened now where there was none."""
    subjects = {code: await facility_subject(connection, one.id, code) for code, one in asked.items()}
    rows = await alerts.lock_open(connection, subjects.values())
    standing = {row.facility_id: row for row in rows if row.condition == CONDITION}
    fresh = [code for code, one in asked.items() if one.id not in standing]
    opened = {code: standing[one.id] for code, one in asked.items() if one.id in standing}
    new = [unnumbered(Place(asked[code].id, subjects[code], CONDITION), Severity.C, now, now) for code in fresh]
    ruled = [structs.replace(one, rule=RULE) for one in new]
    opened |= dict(zip(fresh, await numbered(connection, ruled), strict=True))
    zh, en = _reason(day, by)
    said = {code: structs.replace(one, reason_zh=zh, reason_en=en) for code, one in opened.items()}
    await alerts.save(connection, said.values())
    await on_record(connection, [said[code] for code in fresh], "opened", now)
    return said


def _reason(day: int, by: str) -> tuple[str, str]:
    said = date.fromordinal(date(1970, 1, 1).toordinal() + day)
    return (
        f"{said.month}月{said.day}日的机构日报尚未收到，请填写；没有情况也请报“零报告”。催报人：{by}",
        f"The report of {said.isoformat()} has not come: please send it, also if there is nothing. Asked by {by}",
    )


def _routes(
    rosters: duty.RosterRows,
    known: Sequence[Recipient],
    alert: AlertRow,
    place: AlertPlace,
    channels: Mapping[str, Channel],
    now: Millis,
) -> list[Route]:
    """The carer on shift and the head; where no roster answers, whoever is registered for tasks."""
    duties = duties_for(rosters, place, now)
    if duties is None:
        return routing.registered(Severity.C, alert.facility_id, place.region, place.drill, known)
    routes = [one for role in ROLES for one in routing.step_routes(Step(role, 0), duties, channels)]
    told = [one for one in routes if one.channel != NOBODY]
    return told or routes
