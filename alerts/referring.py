"""Steps of referrals become referrals, inside the transaction that stored them.

Steps come two ways and end the same: an event of the wire is stored by the
worker, a decision is stored here by the console; both then `settle`, which
follows every referral of the residents concerned from all of its steps. What
runs out of time is found by the worker's sweep, which settles again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec
from msgspec import Struct

from alerts.referrals.course import Referral, follow
from detectors.referral import STALLED, ReferralStalled, StepKind, stalled_rule
from detectors.schedule import Rules, scheduled
from detectors.times import MINUTE, Millis
from store import askings, referrals
from store.alerts import AlertRow
from store.connection import Connection
from store.referrals import Plan, ReferralRow, StepRow

LOOK_AGAIN: Final[Millis] = 30 * MINUTE
"""A suggestion that nobody answers is looked at this often: is its alert over?"""

BY_RULE: Final = "sizao"
_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder(Referral).decode


class Scene(Struct, frozen=True):
    """The facility, locked, and the rules in force there."""

    facility_id: int
    rules: Rules

    def clock(self, at: Millis) -> ReferralStalled:
        """The clocks in force at a moment."""
        return stalled_rule(rule.detector for rule in scheduled(self.rules).at(at).rules.rules)


class NewStep(Struct, frozen=True):
    """A step as somebody says it in the console."""

    step: StepKind
    actor: str
    hospital: str | None = None
    reason: str | None = None
    bed: str | None = None
    transport: str | None = None
    at: Millis | None = None  # None: now; a stage may be recorded late


async def say(
    connection: Connection,
    scene: Scene,
    code: str,
    said: NewStep,
    now: Millis,
    resident_id: int | None = None,
    alert_id: int | None = None,
) -> ReferralRow:
    """The step is on record and the referral as it stands with it. The caller has locked the facility."""
    at = now if said.at is None else min(said.at, now)
    row = StepRow(
        scene.facility_id,
        at,
        str(uuid4()),
        now,
        code,
        said.step,
        "console",
        resident_id,
        None if alert_id is None else str(alert_id),
        said.hospital,
        said.actor,
        said.reason,
        said.bed,
        said.transport,
    )
    await referrals.add_steps(connection, [row])
    settled = await settle(connection, scene, [code])
    return settled[code]


async def suggest(connection: Connection, scene: Scene, alarms: Iterable[AlertRow], now: Millis) -> None:
    """A P1 alert of a resident suggests a referral, unless one of theirs has not ended."""
    wanted = [one for one in alarms if one.severity == 1 and one.condition != STALLED]
    if not wanted:
        return
    busy = await referrals.unended(connection, [one.resident_id for one in wanted])
    for alert in wanted:
        if alert.resident_id in busy:
            continue
        busy.add(alert.resident_id)
        code = await new_code(connection, alert)
        number = str(uuid5(NAMESPACE_URL, f"urn:sizao:referral:{scene.facility_id}:{code}"))
        step = StepRow(
            scene.facility_id,
            now,
            number,
            now,
            code,
            "suggested",
            "rule",
            alert.resident_id,
            str(alert.id),
            actor=BY_RULE,
            reason=alert.rule,
        )
        await referrals.add_steps(connection, [step])
        await settle(connection, scene, [code])


async def new_code(connection: Connection, alert: AlertRow) -> str:
    """A code for another referral from this alert; it begins with what people say on the phone."""
    before = await referrals.of_alert(connection, alert.id)
    return f"{alert.code or 'A'}-{alert.id}" + (f"-{len(before) + 1}" if before else "")


async def settle(
    connection: Connection, scene: Scene, codes: Iterable[str], looked: Millis | None = None
) -> dict[str, ReferralRow]:
    """These referrals of a facility, and every other one of the same residents, are as their steps say now.

    `looked` is how far clocks have surely run; without it they stand where
    they stood, and the sweep looks at once.
    """
    wanted = await referrals.related(connection, scene.facility_id, codes)
    steps: dict[str, list[StepRow]] = {code: [] for code in wanted}
    for step in await referrals.steps_of(connection, scene.facility_id, wanted):
        steps[step.referral].append(step)
    known = await referrals.of_facility(connection, scene.facility_id, wanted)
    await referrals.drop(connection, scene.facility_id, [code for code, mine in steps.items() if not mine])
    alerts_of = {code: number for code, mine in steps.items() if (number := _alert_of(mine)) is not None}
    answered = await referrals.answered_at(connection, scene.facility_id, set(alerts_of.values()))
    plan = await referrals.hospitals_for(connection, scene.facility_id)
    settled: dict[str, ReferralRow] = {}
    for code, mine in steps.items():
        if not mine:
            continue
        before, resident_id = known.get(code), _resident_of(mine)
        alert_id = alerts_of.get(code)
        alert = None if alert_id is None else answered.get(alert_id)
        # The number is as somebody wrote it: another's alert is nothing to hang on, or to read from.
        if alert is None or resident_id not in (None, alert.resident_id):
            alert_id = alert = None
        asked = before is not None and before.requested_at is not None
        first = mine[0].at if alert is None else alert.at
        settled[code] = _row(
            scene,
            code,
            [*mine, *_taken_up(code, steps)],
            before.plan if before is not None and asked else plan,
            before,
            alert_id,
            first,
            looked,
        )
    await referrals.save(connection, settled.values())
    waiting = [
        (code, one.hospital, one.at)
        for code, row in settled.items()
        for one in referral_of(row).asked
        if one.answer == "waiting" and row.ended_at is None
    ]
    await askings.add(connection, scene.facility_id, waiting)
    return settled


def referral_of(row: ReferralRow) -> Referral:
    """Where the referral stands, as it was last followed."""
    return _decode(row.content)


def _row(
    scene: Scene,
    code: str,
    steps: Sequence[StepRow],
    plan: Plan,
    before: ReferralRow | None,
    alert_id: int | None,
    answered: Millis | None,
    looked: Millis | None,
) -> ReferralRow:
    stood = steps[0].at if before is None else before.looked_at
    until = stood if looked is None else max(stood, looked)
    found = follow(code, steps, plan, scene.clock(steps[0].at), until, answered)
    due = found.due
    if looked is None:
        due = max(one.recorded_at for one in steps)  # at once: what the step ends is told
    elif due is None and found.stage == "suggested":
        due = until + LOOK_AGAIN
    return ReferralRow(
        facility_id=scene.facility_id,
        code=code,
        resident_id=_resident_of(steps),
        alert_id=alert_id,
        stage=found.stage,
        hospital=found.hospital,
        began_at=found.began,
        requested_at=found.times.get("requested"),
        ended_at=None if found.ending is None else found.ending.at,
        due_at=due,
        looked_at=until,
        plan=plan,
        content=_encode(found),
        seen_by=found.seen_by,
    )


def _alert_of(steps: Iterable[StepRow]) -> int | None:
    said = next((one.alert for one in steps if one.alert), None)
    return int(said) if said is not None and said.isascii() and said.isdigit() and len(said) < 18 else None


def _resident_of(steps: Iterable[StepRow]) -> int | None:
    return next((one.resident_id for one in steps if one.resident_id is not None), None)


def _taken_up(code: str, steps: dict[str, list[StepRow]]) -> list[StepRow]:
    """A suggestion is over once the resident has another referral that went further."""
    mine = steps[code]
    if any(one.step != "suggested" for one in mine):
        return []
    began = mine[0].at
    for other, theirs in steps.items():
        further = [one.at for one in theirs if one.step in ("requested", "accepted", "departed", "arrived", "admitted")]
        if other != code and further and further[-1] >= began:
            at = max(began, further[0])
            over = StepRow(mine[0].facility_id, at, "", at, code, "cancelled", "rule", actor=BY_RULE, reason=other)
            return [over]
    return []


def over(row: ReferralRow, now: Millis) -> StepRow:
    """The step that ends a suggestion whose alert is over."""
    number = str(uuid5(NAMESPACE_URL, f"urn:sizao:referral:{row.facility_id}:{row.code}:over"))
    return StepRow(
        row.facility_id,
        now,
        number,
        now,
        row.code,
        "cancelled",
        "rule",
        row.resident_id,
        actor=BY_RULE,
        reason="预警已解除 / the alert is over",
    )
