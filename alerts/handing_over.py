"""Handing over (交接班): one action offers everything open, and responsibility moves when it is taken.

Each thing that is offered is taken or sent back by itself, so that one doubtful
alert does not keep the rest. Taking over silences nothing: an alert that rings
goes on ringing, for somebody else. Both names and times stay on the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from alerts.acting import Actor, NotAllowed, Outcome, Refused
from alerts.keeping import keepers
from alerts.messages import DRILL, SEVERITIES, SHAPES, condition_name
from alerts.plain import plain_line
from alerts.referrals.words import STEPS
from alerts.referring import referral_of
from alerts.templating import Language
from detectors.times import MINUTE, Millis
from store import alerts, console, hand_overs, patients, referrals, registry
from store.alerts import ActionRow
from store.connection import Connection
from store.console import AlertLine, Seen, Wanted
from store.hand_overs import Answer, HandOver, Item, NewItem, Promise

MOST: Final = 2_000
WORST: Final = 3
"""P1 to P3: tasks (C) belong to the facility, not to a shift, and stay in its inbox."""

LONGEST_NOTE: Final = 500
_LANGUAGES: Final[tuple[Language, Language]] = ("zh", "en")


class Person(Struct, frozen=True):
    """Who gives or takes."""

    actor: Actor
    login: str

    @property
    def names(self) -> tuple[str, str]:
        """As records keep them."""
        return self.actor.name, self.login


class Offer(Struct, frozen=True):
    """What the giver says beside what is open."""

    seen: Seen  # the giver's desk or home
    only_mine: bool = False  # what the giver has accepted or taken over, and not the whole desk
    wanted: str | None = None  # whom they expect
    note: str | None = None


async def offer(connection: Connection, giver: Person, given: Offer, now: Millis) -> int:
    """Everything open is offered, and what this giver offered before is in this record; its number."""
    _may(giver.actor)
    await hand_overs.withdraw(connection, giver.login, now)
    lines = await console.alerts(connection, given.seen, Wanted(worst=WORST), MOST)
    if given.only_mine:
        lines = await _mine(connection, lines, giver.actor.name)
    items = [_alert(line, now) for line in lines]
    if not given.only_mine:
        items += await _referrals(connection, given.seen, now)
    items += [_promise(one) for one in await hand_overs.promises_of(connection, giver.login)]
    items = items or [NewItem("nothing", "没有待交接的预警、转诊和承诺", "No alert, referral or promise is open")]
    number = await hand_overs.add(
        connection, giver.names, given.seen, items, now, given.wanted, (given.note or "")[:LONGEST_NOTE] or None
    )
    for one in items:
        if one.alert_id is not None:
            wanted = None if given.wanted is None else f"→ {given.wanted}"
            await alerts.act(connection, ActionRow(one.alert_id, now, giver.actor.name, "handed_over", wanted))
    return number


async def take(
    connection: Connection, number: int, taker: Person, positions: Iterable[int], now: Millis
) -> list[Outcome]:
    """The taker answers for these things from now on. What the giver had accepted is accepted by the taker."""
    record, wanted = await _answerable(connection, number, taker, positions)
    numbers = [one.alert_id for one in wanted if one.alert_id is not None]
    places = await alerts.places_of(connection, numbers)
    await registry.lock_facilities(connection, {place.facility for place in places.values()})
    rows = {row.id: row for row in await alerts.lock_all(connection, numbers)}
    done: list[Outcome] = []
    for one in wanted:
        row = None if one.alert_id is None else rows.get(one.alert_id)
        is_over = row is not None and row.closed_at is not None
        await hand_overs.answer(
            connection, number, one.position, Answer("over" if is_over else "accepted", *taker.names, now)
        )
        done.append(Outcome(one.position, not is_over, "it is closed" if is_over else ""))
        if row is not None and not is_over:
            if row.responsibility == "accepted" and row.responsible == record.giver:
                moved = structs.replace(row, responsible=taker.actor.name, responsible_at=now)
                await alerts.save(connection, [moved])
            action = ActionRow(row.id, now, taker.actor.name, "took_over", f"← {record.giver}")
            await alerts.act(connection, action)
        if one.promise_id is not None:
            await hand_overs.pass_on(connection, one.promise_id, taker.names)
    return done


async def send_back(
    connection: Connection, number: int, taker: Person, positions: Iterable[int], reason: str, now: Millis
) -> list[Outcome]:
    """These things stay with the giver, who reads why."""
    _, wanted = await _answerable(connection, number, taker, positions)
    if not reason.strip():
        raise Refused("请写明退回原因：交班人要看。", "Say why: the giver reads it.")
    given = Answer("refused", *taker.names, now, reason.strip())
    for one in wanted:
        await hand_overs.answer(connection, number, one.position, given)
        if one.alert_id is not None:
            action = ActionRow(one.alert_id, now, taker.actor.name, "hand_over_refused", reason.strip())
            await alerts.act(connection, action)
    return [Outcome(one.position, True) for one in wanted]


async def _answerable(
    connection: Connection, number: int, taker: Person, positions: Iterable[int]
) -> tuple[HandOver, list[Item]]:
    """The record and those of its things that wait for an answer, locked; raises Refused."""
    _may(taker.actor)
    record = await hand_overs.find(connection, number)
    if record is None:
        raise Refused("没有这份交接班记录。", "There is no such record.")
    if record.giver_login == taker.login:
        raise Refused(
            "交班人不能自己接班：请接班人用自己的账号确认。",
            "The giver cannot take it over: the next on shift confirms with their own account.",
        )
    chosen = set(positions)
    found = await hand_overs.items(connection, number, lock=True)
    waiting = [one for one in found if one.position in chosen and one.state == "offered"]
    if not waiting:
        raise Refused(
            "所选事项已有人答复，或没有选择：请看最新状态。",
            "Nothing is chosen that still waits: somebody has answered, see below.",
        )
    return record, waiting


async def _mine(connection: Connection, lines: list[AlertLine], name: str) -> list[AlertLine]:
    chains = await hand_overs.chains(connection, [line.id for line in lines])
    return [
        line
        for line in lines
        if (line.responsibility == "accepted" and line.responsible == name)
        or name in keepers(chains.get(line.id, ())).names
    ]


def _alert(line: AlertLine, now: Millis) -> NewItem:
    said = [
        f"{DRILL[language] if line.drill else ''}{SHAPES[line.severity]} {SEVERITIES[line.severity][index]} "
        f"{condition_name(line.condition, language)} · {line.facility_name or line.facility} "
        f"{line.unit or ''}{line.bed or ''} {line.resident} {line.code or ''} · "
        f"{plain_line(line, line.zone, now, language)}"
        for index, language in enumerate(_LANGUAGES)
    ]
    subject = f"{line.facility}/{line.resident}"
    return NewItem("alert", said[0], said[1], alert_id=line.id, subject=subject)


async def _referrals(connection: Connection, seen: Seen, now: Millis) -> list[NewItem]:
    rows = [row for row in await referrals.of_homes(connection, seen, now) if row.ended_at is None]
    homes = await patients.homes(connection, {row.facility_id for row in rows})
    found = []
    for row in rows:
        stage = STEPS[referral_of(row).stage]
        late = row.due_at is not None and row.due_at + MINUTE < now
        name = homes[row.facility_id][0]
        zh = f"转诊 {row.code} · {name} · {stage[0]}{' · 超时' if late else ''}"
        en = f"Referral {row.code} · {name} · {stage[1]}{' · overdue' if late else ''}"
        found.append(NewItem("referral", zh, en, referral_id=row.id))
    return found


def _promise(one: Promise) -> NewItem:
    return NewItem("promise", f"承诺 · {one.words}", f"Promise · {one.words}", promise_id=one.id)


def _may(actor: Actor) -> None:
    if "acknowledge" not in actor.rights:
        raise NotAllowed(f"{actor.name} may look, and not hand over")
