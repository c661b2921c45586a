"""Transitions become alerts, their ladders and all-clears, inside the transaction that found them."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct, structs

from alerts import reporting, routing
from alerts.alert import Decision, Place, Told, after
from alerts.by_hand import numbered
from alerts.clocks.clock import CONDITIONS
from alerts.evidence import evidence_as_json
from alerts.explain import explain
from alerts.reconcile import Reconciled, Transition
from alerts.referring import Scene, suggest
from detectors.detector import Severity
from detectors.schedule import Rules
from detectors.times import Millis
from store import alerts, deliveries, ids, transitions
from store.alerts import AlertRow
from store.connection import Connection
from store.deliveries import DeliveryRow, Kind, NewDelivery
from store.transitions import TransitionRow

OVER: Final = "over before it was sent"
PAST: Final = "backfill never pages"


class Home(Struct, frozen=True):
    """The facility it happened in."""

    id: int
    region: str | None
    rules: Rules


class Happened(Struct, frozen=True):
    """What reconciling one resident found."""

    home: Home
    resident_id: int
    found: Reconciled


class _Case(Struct):
    """One resident and condition."""

    home: Home
    place: Place
    told: list[Told]
    decision: Decision


async def apply(connection: Connection, happened: list[Happened], origin: str, now: Millis) -> list[Told]:
    """Alerts, transitions and deliveries are as the transitions demand; what was told. Facilities are locked."""
    open_alerts = {
        (row.resident_id, row.condition): row
        for row in await alerts.lock_open(connection, [one.resident_id for one in happened])
    }
    cases = [case for one in happened for case in _cases(one, open_alerts, origin, now)]
    await _number(connection, cases)
    numbers = await ids.reserve(connection, "transitions", sum(len(case.told) for case in cases))
    rows: list[TransitionRow] = []
    of_case: list[tuple[_Case, int]] = []
    for case in cases:
        for one in case.told:
            rows.append(_row(case, one, numbers[len(rows)], origin, now))
        of_case.append((case, rows[-1].id))
    await alerts.save(connection, [case.decision.alert for case in cases if case.decision.alert is not None])
    await transitions.add(connection, rows)
    await deliveries.add(connection, await _deliveries(connection, of_case, origin, now))
    if origin == "live":
        await _suggest_referrals(connection, cases, now)
        await _start_clocks(connection, cases, now)
    return [one for case in cases for one in case.told]


async def _start_clocks(connection: Connection, cases: list[_Case], now: Millis) -> None:
    """A positive is to be reported in time."""
    for case in cases:
        alert = case.decision.alert
        if alert is not None and case.decision.notice == "alarm" and alert.condition in CONDITIONS:
            evidence = [element for one in case.told for element in one.explained.evidence]
            known = await reporting.known_at(connection, evidence, now)
            await reporting.start(connection, alert.id, alert.facility_id, case.home.region, known)


async def _suggest_referrals(connection: Connection, cases: list[_Case], now: Millis) -> None:
    """Whoever is now alarmed about at P1 may have to go to a hospital; units and facilities go nowhere."""
    alarms: dict[int, tuple[Home, list[AlertRow]]] = {}
    for case in cases:
        alert = case.decision.alert
        if alert is not None and alert.severity == Severity.P1 and case.decision.notice == "alarm":
            alarms.setdefault(case.home.id, (case.home, []))[1].append(alert)
    for home, mine in alarms.values():
        await suggest(connection, Scene(home.id, home.rules), mine, now)


def _cases(one: Happened, open_alerts: dict[tuple[int, str], AlertRow], origin: str, now: Millis) -> list[_Case]:
    by_condition: dict[str, list[Transition]] = {}
    for transition in one.found.transitions:
        by_condition.setdefault(transition.episode.condition, []).append(transition)
    cases = []
    for condition, found in by_condition.items():
        place = Place(one.home.id, one.resident_id, condition)
        told = [Told(transition, explain(transition, one.home.rules)) for transition in found]
        standing = next(
            (s for s in one.found.kept if s.episode.condition == condition and s.episode.ended is None), None
        )
        decision = after(open_alerts.get((one.resident_id, condition)), told, standing, place, now)
        if decision.alert is not None and decision.notice == "alarm" and origin == "backfill":
            decision = structs.replace(decision, alert=structs.replace(decision.alert, next_escalation_at=None))
        cases.append(_Case(one.home, place, told, decision))
    return cases


async def _number(connection: Connection, cases: list[_Case]) -> None:
    """New alerts have their ids, and codes that no other open alert of the facility has."""
    new = [case for case in cases if case.decision.alert is not None and case.decision.alert.id == 0]
    if not new:
        return
    rows = [case.decision.alert for case in new if case.decision.alert is not None]
    for case, alert in zip(new, await numbered(connection, rows), strict=True):
        case.decision = structs.replace(case.decision, alert=alert)


def _row(case: _Case, one: Told, number: int, origin: str, now: Millis) -> TransitionRow:
    explained = one.explained
    return TransitionRow(
        id=number,
        episode_id=one.transition.id,
        alert_id=None if case.decision.alert is None else case.decision.alert.id,
        facility_id=case.home.id,
        resident_id=case.place.resident_id,
        at=one.transition.at,
        recorded_at=now,
        kind=one.transition.kind,
        condition=case.place.condition,
        severity=int(explained.severity),
        rule=explained.rule,
        rule_version=explained.rule_version,
        reason_zh=explained.reason.zh,
        reason_en=explained.reason.en,
        evidence=msgspec.json.encode([evidence_as_json(element) for element in explained.evidence]),
        origin="live" if origin == "live" else "backfill",
    )


async def _deliveries(
    connection: Connection, of_case: list[tuple[_Case, int]], origin: str, now: Millis
) -> list[NewDelivery]:
    """All-clears, and who hears nothing for a reason; alarms are routed when the alert's ladder is looked at."""
    clears = [
        case.decision.alert.id for case, _ in of_case if case.decision.alert and case.decision.notice == "all_clear"
    ]
    await deliveries.take_back(connection, clears, OVER)
    told = await deliveries.of_alerts(connection, clears) if clears else {}
    new = []
    for case, transition_id in of_case:
        alert = case.decision.alert
        if alert is None:
            continue
        is_clear = case.decision.notice == "all_clear"
        for number, route in enumerate(_routes(case.decision, alert, told, origin)):
            key = f"msg_{transition_id}_{now}_{number}"  # after a restore the ids come again
            kind: Kind = "all_clear" if is_clear and route.not_told is None else "alarm"
            severity = max(alert.severity, 2)  # alarms go first
            plain = structs.replace(route, role=None)  # there is nothing to do any more
            new.append(routing.telling(plain, (alert.id, transition_id), kind, key, now, severity=severity))
    return new


def _routes(
    decision: Decision, alert: AlertRow, told: dict[int, list[DeliveryRow]], origin: str
) -> list[routing.Route]:
    if decision.notice == "all_clear":
        known = told[alert.id]
        unheard = [] if known else [routing.Route(routing.NOBODY, "", not_told=OVER)]
        return routing.told_before(known) or unheard
    silent = PAST if decision.notice == "alarm" and origin == "backfill" else decision.silent_because
    return [] if silent is None else [routing.Route(routing.NOBODY, "", not_told=silent)]
