"""A case from a telephone call: its clocks begin with the call, not with the typing.

It is an alert like every other, with its code, its ladder and its page, but no
data end it: whoever has dealt with it says so. A second call about the same
person or home while a case is open is written down there.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from alerts import reporting, routing
from alerts.acting import Actor, NotAllowed, Refused
from alerts.alert import Place, unnumbered
from alerts.by_hand import facility_subject, numbered, on_record
from alerts.escalation import begun
from alerts.referring import NewStep, Scene, new_code, say, suggest
from detectors.detector import Severity
from detectors.times import DAY, Millis
from ingest.identity import refuse_personal_number
from ingest.sentences import Refused as PersonalNumber
from store import alerts, deliveries, patients, referrals
from store.alerts import ActionRow, AlertRow
from store.connection import Connection

CONDITION: Final = "phoned_in"
RULE: Final = "电话报告"
OLDEST: Final[Millis] = 7 * DAY
"""A call longer ago is a slip of the date (own choice)."""


class Call(Struct, frozen=True):
    """Who called when, about whom, and what they said."""

    facility: str
    caller: str
    at: Millis
    words: str  # nobody's name: people above the facility read it
    severity: Severity = Severity.P1
    resident: str | None = None  # None: it is about the facility
    refer: bool = False  # they ask for a hospital
    is_case: bool = False  # it is a confirmed or suspected infection, which is to be reported in time


class Opened(Struct, frozen=True):
    """The case, and whether it was open before."""

    alert_id: int
    code: str
    again: bool = False


async def phone_in(connection: Connection, call: Call, scene: Scene, actor: Actor, now: Millis) -> Opened:
    """The case is open since the call; raises Refused. `scene` is the facility of the call, locked."""
    _check(call, actor, now)
    subject = await _subject(connection, call, scene)
    standing = next((one for one in await alerts.lock_open(connection, [subject]) if one.condition == CONDITION), None)
    row = await _opened(connection, call, scene, subject, now) if standing is None else _again(standing, call, now)
    await alerts.save(connection, [row])
    if standing is None or row.severity < standing.severity:
        await on_record(connection, [row], "opened" if standing is None else "worsened", now, call.at)
    await alerts.act(connection, ActionRow(row.id, now, actor.name, "phoned_in", f"{call.caller}：{call.words}"))
    await _referral(connection, call, scene, row, actor, now)
    if call.is_case:
        place = (await alerts.places_of(connection, [row.id]))[row.id]
        await reporting.start(connection, row.id, row.facility_id, place.region, call.at)
    assert row.code is not None
    return Opened(row.id, row.code, standing is not None)


async def close(connection: Connection, alert_id: int, actor: Actor, words: str, now: Millis) -> None:
    """The case is dealt with, and whoever was told hears it; raises Refused. Its facility is locked."""
    _may(actor)
    row = await alerts.lock(connection, alert_id)
    if row is None or row.condition != CONDITION or row.closed_at is not None:
        raise Refused(
            "只有未办结的电话报告可以人工办结。", "Only a case from a call that is still open is closed by hand."
        )
    if not words.strip():
        raise Refused("请写明处置结果。", "Say what came of it.")
    over = structs.replace(
        row, condition_state="absent", signal="off", closed_at=now, last_transition_at=now, next_escalation_at=None
    )
    await alerts.save(connection, [over])
    await alerts.act(connection, ActionRow(row.id, now, actor.name, "closed", words.strip()))
    await on_record(connection, [over], "cleared", now)
    await deliveries.take_back(connection, [row.id], "over before it was sent")
    told = (await deliveries.of_alerts(connection, [row.id]))[row.id]
    about = (row.id, (await alerts.places_of(connection, [row.id]))[row.id].transition_id)
    new = []
    for number, route in enumerate(routing.told_before(told)):
        key, plain = f"closed_{row.id}_{now}_{number}", structs.replace(route, role=None)
        new.append(routing.telling(plain, about, "all_clear", key, now, severity=max(row.severity, 2)))
    await deliveries.add(connection, new)


def _check(call: Call, actor: Actor, now: Millis) -> None:
    _may(actor)
    if call.at > now:
        raise Refused("来电时间晚于现在：请核对后重填。", "The call lies in the future: check its time.")
    if call.at < now - OLDEST:
        raise Refused("来电时间在七天以前：请核对后重填。", "The call is more than seven days ago: check its time.")
    if not call.caller.strip() or not call.words.strip():
        raise Refused("请写明谁来电、说了什么。", "Say who called and what they said.")
    try:
        refuse_personal_number(call.words, "words")
    except PersonalNumber as error:
        raise Refused(
            "来电内容不得包含身份证号或手机号：回拨号码请写在“来电人”一栏。",
            "What was said must hold no identity-card or mobile number: write a number to ring beside the caller.",
        ) from error


async def _subject(connection: Connection, call: Call, scene: Scene) -> int:
    if call.resident is None:
        if call.refer:
            raise Refused("申请转诊请填写老人编号。", "Give the resident's code to ask for a referral.")
        return await facility_subject(connection, scene.facility_id, call.facility)
    found = await patients.find(connection, call.facility, call.resident)
    if found is None or await patients.patient(connection, found) is None:
        raise Refused(
            "没有这个老人编号：请核对，或先不填老人编号。",
            "There is no resident with this code: check it, or leave it out for now.",
        )
    return found


async def _opened(connection: Connection, call: Call, scene: Scene, subject: int, now: Millis) -> AlertRow:
    new = unnumbered(Place(scene.facility_id, subject, CONDITION), call.severity, call.at, now)
    zh, en = _reason(call)
    (row,) = await numbered(connection, [structs.replace(new, rule=RULE, reason_zh=zh, reason_en=en)])
    return begun(row, call.at)


def _again(standing: AlertRow, call: Call, now: Millis) -> AlertRow:
    """Worse than what was said before: the ladder begins again."""
    if call.severity >= standing.severity:
        return standing
    zh, en = _reason(call)
    worse = structs.replace(
        standing, severity=int(call.severity), signal="on", reason_zh=zh, reason_en=en, last_transition_at=now
    )
    return begun(structs.replace(worse, responsibility="undefined", responsible=None, responsible_at=None), call.at)


def _reason(call: Call) -> tuple[str, str]:
    words = call.words.strip()
    return f"电话报告：{words}", f"By telephone: {words}"


async def _referral(connection: Connection, call: Call, scene: Scene, row: AlertRow, actor: Actor, now: Millis) -> None:
    """Asked for: requested at the time of the call; otherwise suggested, as every P1 of a resident does."""
    if call.resident is None:
        return
    if not call.refer:
        await suggest(connection, scene, [row], now)
        return
    running = [one for one in await referrals.of_resident(connection, row.resident_id, now) if one.ended_at is None]
    code = running[0].code if running else await new_code(connection, row)
    if running and running[0].requested_at is not None:
        return
    said = NewStep("requested", actor.name, reason=call.words.strip()[:200], at=call.at)
    await say(connection, scene, code, said, now, row.resident_id, row.id)


def _may(actor: Actor) -> None:
    if "acknowledge" not in actor.rights:
        raise NotAllowed(f"{actor.name} may look, and not act")
