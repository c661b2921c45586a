"""Referrals: the steps that people and systems said, and what following them came to.

Steps of events are derived from observations and corrections; steps of the
console and of rules are written here. Whoever stores either follows the
referrals they touch in the same transaction (`alerts/referring.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, structs

from detectors.referral import StepKind
from detectors.times import Millis
from store.connection import Connection, Moment
from store.console import Seen
from store.observations import EventKey
from store.sql import statements

_SQL: Final = statements("referrals")

Plan = tuple[tuple[str, str], ...]
"""((code, name), ...): hospitals in the order in which they are asked."""

_plan_of: Final = msgspec.json.Decoder(Plan).decode


class StepRow(Struct, frozen=True):
    """One step as somebody said it; `at` is when it happened."""

    facility_id: int
    at: Millis
    id: str
    recorded_at: Millis
    referral: str
    step: StepKind
    source: Literal["event", "console", "rule"]
    resident_id: int | None = None
    alert: str | None = None
    hospital: str | None = None
    actor: str | None = None
    reason: str | None = None
    bed: str | None = None
    transport: str | None = None


class ReferralRow(Struct, frozen=True):
    """A referral as it stands; `content` is what `alerts.referrals.course` came to, as JSON."""

    facility_id: int
    code: str
    resident_id: int | None
    alert_id: int | None
    stage: str
    hospital: str | None
    began_at: Millis
    requested_at: Millis | None
    ended_at: Millis | None
    due_at: Millis | None
    looked_at: Millis
    plan: Plan
    content: bytes
    seen_by: tuple[str, ...] = ()  # hospitals that are asked, or have accepted
    id: int = 0  # the store's own


class ReferralPlace(Struct, frozen=True):
    """Whose a referral is."""

    facility: str
    region: str | None
    resident: str | None
    hospitals: frozenset[str]  # that see it


class AnsweredAlert(Struct, frozen=True):
    """The alert that a referral comes from."""

    resident_id: int
    at: Millis | None  # when somebody first did something about it
    is_over: bool


class DueReferral(Struct, frozen=True):
    """A referral whose clock may have run out."""

    facility: str
    partition: int
    code: str
    resident_id: int | None
    due_at: Millis


async def settle_events(connection: Connection, keys: Collection[EventKey], facility_ids: Iterable[int]) -> set[Any]:
    """The steps of these events, and of the originals that corrections among them name, are as they count now.

    (facility id, referral) of every step that came, went or stayed.
    """
    if not keys:
        return set()
    values = {
        "times": [Moment(at) for at, _ in keys],
        "ids": [event_id for _, event_id in keys],
        "facilities": list(facility_ids),
    }
    gone = await (await connection.execute(_SQL["drop_event_steps"], values)).fetchall()
    come = await (await connection.execute(_SQL["add_event_steps"], values)).fetchall()
    return {*gone, *come}


async def add_steps(connection: Connection, steps: Iterable[StepRow]) -> None:
    """The steps are on record; one that is known stays as it is. The caller has locked the facilities."""
    values = [structs.asdict(one) | {"at": Moment(one.at), "recorded_at": Moment(one.recorded_at)} for one in steps]
    if values:
        await connection.cursor().executemany(_SQL["add_step"], values)


async def related(connection: Connection, facility_id: int, codes: Iterable[str]) -> list[str]:
    """These referrals of a facility and every other one of the same residents."""
    values = {"facility": facility_id, "codes": sorted(set(codes))}
    return [code for (code,) in await (await connection.execute(_SQL["related"], values)).fetchall()]


async def steps_of(connection: Connection, facility_id: int, codes: Sequence[str]) -> list[StepRow]:
    """Every step of some referrals of a facility, in order."""
    values = {"facility": facility_id, "codes": list(codes)}
    return [StepRow(*row) for row in await (await connection.execute(_SQL["steps_of"], values)).fetchall()]


async def save(connection: Connection, rows: Iterable[ReferralRow]) -> None:
    """The referrals are as given, new or known."""
    values = [
        structs.asdict(one)
        | {
            "began_at": Moment(one.began_at),
            "requested_at": Moment.of(one.requested_at),
            "ended_at": Moment.of(one.ended_at),
            "due_at": Moment.of(one.due_at),
            "looked_at": Moment(one.looked_at),
            "plan": msgspec.json.encode(one.plan).decode(),
            "content": one.content.decode(),
            "seen_by": list(one.seen_by),
        }
        for one in rows
    ]
    if values:
        await connection.cursor().executemany(_SQL["save_referral"], values)


async def drop(connection: Connection, facility_id: int, codes: Sequence[str]) -> None:
    """Referrals whose every step was taken back are no more."""
    await connection.execute(_SQL["drop_referrals"], {"facility": facility_id, "codes": list(codes)})


async def of_facility(connection: Connection, facility_id: int, codes: Sequence[str]) -> dict[str, ReferralRow]:
    """Some referrals of a facility, by code."""
    found = await _referrals(connection, "referrals_by_code", facility=facility_id, codes=list(codes))
    return {one.code: one for one in found}


async def by_id(connection: Connection, referral_id: int) -> ReferralRow | None:
    """One referral by its number."""
    found = await _referrals(connection, "referral_by_id", id=referral_id)
    return found[0] if found else None


async def of_alert(connection: Connection, alert_id: int) -> list[ReferralRow]:
    """The referrals that come from an alert, the newest first."""
    return await _referrals(connection, "referrals_of_alert", alert=alert_id)


async def of_resident(connection: Connection, resident_id: int, at: Millis) -> list[ReferralRow]:
    """The referrals of a resident that have not ended, or ended at or after a time; those on their way first."""
    return await _referrals(connection, "referrals_of_resident", resident=resident_id, since=Moment(at))


async def since(connection: Connection, facility_id: int, at: Millis, limit: int = 1_000) -> list[ReferralRow]:
    """The referrals of a facility that have not ended, or ended at or after a time, the newest first."""
    return await _referrals(connection, "referrals_since", facility=facility_id, since=Moment(at), limit=limit)


async def of_hospital(connection: Connection, hospital: str, at: Millis, limit: int = 200) -> list[ReferralRow]:
    """The referrals on their way to a hospital, and those that ended at or after a time; the longest due first."""
    return await _referrals(connection, "referrals_of_hospital", hospital=hospital, since=Moment(at), limit=limit)


async def of_homes(connection: Connection, seen: Seen, at: Millis, limit: int = 500) -> list[ReferralRow]:
    """The referrals of a reader's facilities that have not ended, or ended at or after a time; what is due first."""
    return await _referrals(connection, "referrals_of_homes", since=Moment(at), limit=limit, **seen.arrays)


async def place_of(connection: Connection, referral_id: int, at: Millis) -> ReferralPlace | None:
    """Whose a referral is; hospitals do not see what ended before a time."""
    values = {"id": referral_id, "since": Moment(at)}
    row = await (await connection.execute(_SQL["place_of_referral"], values)).fetchone()
    return None if row is None else ReferralPlace(row[0], row[1], row[2], frozenset(row[3]))


async def hospitals_of_alert(connection: Connection, alert_id: int, at: Millis) -> frozenset[str]:
    """The hospitals that are asked to take the resident of an alert, or were until a time."""
    values = {"alert": alert_id, "since": Moment(at)}
    rows = await (await connection.execute(_SQL["hospitals_of_alert"], values)).fetchall()
    return frozenset(code for (code,) in rows)


async def unended(connection: Connection, resident_ids: Iterable[int]) -> set[int]:
    """Those of these who have a referral that has not ended, or are no resident but a place."""
    cursor = await connection.execute(_SQL["unended"], {"residents": list(resident_ids)})
    return {number for (number,) in await cursor.fetchall()}


async def due(
    connection: Connection, partitions: Sequence[int], looked: Sequence[Millis], limit: int
) -> list[DueReferral]:
    """Referrals that are due, the longest first: of each partition up to where it was looked at. No lock."""
    values = {"partitions": list(partitions), "looked": [Moment(at) for at in looked], "limit": limit}
    return [DueReferral(*row) for row in await (await connection.execute(_SQL["due_referrals"], values)).fetchall()]


async def hospitals_for(connection: Connection, facility_id: int) -> Plan:
    """Whom to ask in which order: the paired hospital, then those of the same county, then of the same city."""
    cursor = await connection.execute(_SQL["hospitals_for"], {"facility": facility_id})
    return tuple((code, name) for code, name in await cursor.fetchall())


async def answered_at(connection: Connection, facility_id: int, alert_ids: Iterable[int]) -> dict[int, AnsweredAlert]:
    """Of these alerts those of the facility, by number: what else somebody wrote into a step is none."""
    values = {"facility": facility_id, "alerts": list(alert_ids)}
    rows = await (await connection.execute(_SQL["answered_at"], values)).fetchall()
    return {number: AnsweredAlert(*facts) for number, *facts in rows}


async def _referrals(connection: Connection, name: str, **values: Any) -> list[ReferralRow]:
    rows = await (await connection.execute(_SQL[name], values)).fetchall()
    every = ((*facts, _plan_of(plan), content, tuple(seen), number) for *facts, plan, content, seen, number in rows)
    return [ReferralRow(*one) for one in every]
